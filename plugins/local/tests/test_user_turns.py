"""Turns that the session marks, and answers that it decides about."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    CreateResponse,
    EndTurn,
    SendText,
    StartTurn,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.core.provider_events import (
    AudioOutput,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)

RULES = {
    "brain": {
        "use": "rules",
        "built_in": False,
        "otherwise": "You said {heard}.",
        "replies": [
            {"when": "talk", "say": "This is one of many sentences. " * 20},
            {"when": "bye", "say": "Bye."},
        ],
    }
}
OBSERVED = {"interruptible": False, "answers": False}


async def mark(talk: Any, speech: Pcm) -> None:
    await talk.send(StartTurn())
    for frame in Framer(16_000).push(speech):
        await talk.send(AppendAudio(pcm=frame))
    await talk.send(EndTurn())


@pytest.fixture
def fives(recording: Callable[[str], Pcm]) -> Pcm:
    return recording("five_five.wav")


async def test_a_turn_is_not_answered_until_the_session_asks(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, **OBSERVED) as talk:
        await talk.say(fives)
        said = await talk.until(UserTranscript, lambda e: e.mode == "final")
        await talk.send(SendText(text="bye"))
        first = await talk.done()
        await talk.send(CreateResponse())
        second = await talk.done()

    assert first.text == "Bye."
    assert second.text == f"You said {said.text}."


async def test_what_is_asked_while_a_turn_is_read_waits_for_its_words(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, **OBSERVED) as talk:
        await talk.say(fives)
        await talk.until(SpeechEnded)
        await talk.send(CreateResponse())
        done = await talk.done()
        (said,) = [e for e in talk.of(UserTranscript) if e.mode == "final"]

    assert said.text != ""
    assert done.text == f"You said {said.text}."


async def test_a_turn_without_words_is_not_answered_though_it_was_asked_about(
    talking: Any,
) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await mark(talk, Pcm.silence(500, 16_000))
        nothing = await talk.until(UserTranscript, lambda e: e.mode == "final")
        await talk.send(SendText(text="bye"))
        done = await talk.done()

    assert nothing.text == ""
    assert done.text == "Bye."


async def test_where_the_session_decides_speech_stops_nothing(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, **OBSERVED) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await talk.say(fives)
        await talk.until(SpeechStarted)
        done = await talk.done()

    assert done.status == "completed"


async def test_a_marked_turn_is_answered_and_its_bounds_are_not_reported(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await mark(talk, fives)
        done = await talk.done()
        (said,) = [e for e in talk.of(UserTranscript) if e.mode == "final"]

    assert done.text == f"You said {said.text}."
    assert talk.of(SpeechStarted) + talk.of(SpeechEnded) == []
    assert done.usage["input_seconds"] == pytest.approx(fives.duration_ms / 1000, 0.05)


async def test_what_is_said_outside_of_a_marked_turn_is_not_heard(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await talk.say(fives)
        await talk.send(EndTurn())
        await talk.send(SendText(text="bye"))
        done = await talk.done()

    assert done.text == "Bye."
    assert talk.of(UserTranscript) == []


async def test_a_marked_turn_of_less_than_100_ms_is_none(talking: Any) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await mark(talk, Pcm.silence(80, 16_000))
        nothing = await talk.until(UserTranscript)
        await talk.send(SendText(text="bye"))
        done = await talk.done()

    assert (nothing.text, nothing.mode) == ("", "final")
    assert done.text == "Bye."


async def test_the_answer_to_a_marked_turn_waits_for_the_response_before_it(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await mark(talk, fives)
        first = await talk.done()
        second = await talk.done()

    assert (first.status, second.status) == ("completed", "completed")
    assert talk.order.index("ResponseDone") < talk.order.index(
        "ResponseStarted", talk.order.index("ResponseStarted") + 1
    )


async def test_what_was_asked_about_a_turn_can_be_taken_back(
    talking: Any, fives: Pcm
) -> None:
    async with talking(RULES, manual_turns=True) as talk:
        await mark(talk, fives)
        await talk.send(CancelResponse(response_id=None))
        await talk.until(UserTranscript, lambda e: e.mode == "final")
        await talk.send(SendText(text="bye"))
        done = await talk.done()

    assert done.text == "Bye."
    assert len(talk.of(ResponseStarted)) == 1


async def test_marks_are_refused_where_the_turns_are_found_here(talking: Any) -> None:
    async with talking(RULES) as talk:
        with pytest.raises(ProviderError, match="this connection finds the turns"):
            await talk.send(StartTurn())


async def test_the_rules_brain_says_the_words_that_are_given_for_an_instruction(
    talking: Any,
) -> None:
    nudge = CreateResponse(instructions="Help the user on.", words="Still there?")

    async with talking(RULES) as talk:
        await talk.send(nudge)
        said: ResponseDone = await talk.done()

    assert said.text == "Still there?"


async def test_the_rules_brain_says_what_a_response_is_told_to_do(talking: Any) -> None:
    async with talking(RULES) as talk:
        await talk.send(CreateResponse(instructions="Welcome aboard. Sit down."))
        greeting: ResponseDone = await talk.done()
        await talk.send(SendText(text="bye"))
        after = await talk.done()

    assert greeting.text == "Welcome aboard. Sit down."
    assert after.text == "Bye."
