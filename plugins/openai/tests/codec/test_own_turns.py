"""Turns that the session finds, and answers that it decides about."""

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
    Truncate,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    ProviderFailed,
    SpeechEnded,
    UserTranscript,
)

FRAME = AppendAudio(pcm=Pcm(b"\x07\x00" * 480, 24_000))
NOTHING_SAID = UserTranscript(text="", mode="final")
NOTHING_COMMITTED = "input_audio_buffer_commit_empty"


@pytest.fixture
def manual(make_talk: Callable[..., Any]) -> Any:
    return make_talk(creates_responses=False, manual_turns=True).open()


@pytest.fixture
def manual_webrtc(make_talk: Callable[..., Any]) -> Any:
    return make_talk(
        creates_responses=False, manual_turns=True, transport="webrtc"
    ).open()


@pytest.fixture
def observed(make_talk: Callable[..., Any]) -> Any:
    return make_talk(creates_responses=False, answers=False).open()


def speak(talk: Any, frames: int = 10) -> None:
    talk.ask(StartTurn())
    for _ in range(frames):
        talk.ask(FRAME)


def begin(talk: Any, name: str) -> None:
    talk.hear("response.created", response={"id": name, "status": "in_progress"})


def end(talk: Any, name: str, status: str = "completed") -> None:
    talk.hear("response.done", response={"id": name, "status": status, "output": []})


def hear_turn(talk: Any, item_id: str) -> None:
    for kind in ("speech_started", "speech_stopped", "committed"):
        talk.hear(f"input_audio_buffer.{kind}", item_id=item_id)
    talk.hear(
        "conversation.item.added",
        item={"id": item_id, "type": "message", "role": "user", "content": []},
    )


def test_a_turn_is_committed_and_answered(manual: Any) -> None:
    speak(manual)
    manual.ask(EndTurn())

    assert manual.sent_types == [
        *["input_audio_buffer.append"] * 10,
        "input_audio_buffer.commit",
        "response.create",
    ]


def test_what_is_too_short_for_a_message_belongs_to_the_turn(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(creates_responses=False, manual_turns=True, append_ms=100).open()
    speak(talk, frames=7)
    talk.ask(EndTurn())

    assert talk.sent_types == [
        "input_audio_buffer.append",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert [len(message["audio"]) for message in talk.sent[:2]] == [6400, 2560]


def test_a_turn_of_less_than_100_ms_is_none(manual: Any) -> None:
    speak(manual, frames=4)
    manual.forget()
    sent = manual.ask(EndTurn())

    assert sent == []
    assert manual.events[1:] == [NOTHING_SAID]


def test_a_turn_does_not_begin_with_the_rest_of_what_was_none(manual: Any) -> None:
    speak(manual, frames=4)
    manual.ask(EndTurn())
    manual.forget()
    manual.ask(StartTurn())
    manual.hear("input_audio_buffer.cleared")
    manual.ask(SendText(text="Wait."))

    assert manual.sent_types == [
        "input_audio_buffer.clear",
        "conversation.item.create",
    ], "a text is not answered while the user speaks"


def test_the_answer_to_a_turn_waits_for_the_response_that_is_being_made(
    manual: Any,
) -> None:
    manual.ask(SendText(text="Tell me a story."))
    begin(manual, "story")
    manual.forget()
    speak(manual)
    manual.ask(EndTurn())
    during = manual.sent_types[10:]
    end(manual, "story")

    assert during == ["input_audio_buffer.commit"]
    assert manual.sent_types[11:] == ["response.create"]


def test_a_response_that_was_asked_for_before_a_turn_does_not_answer_it(
    manual: Any,
) -> None:
    manual.ask(SendText(text="Tell me a story."))
    speak(manual)
    manual.ask(EndTurn())
    begin(manual, "story")
    manual.hear("input_audio_buffer.committed", item_id="turn")
    manual.forget()
    end(manual, "story")

    assert manual.sent_types == ["response.create"]


def test_one_response_answers_a_turn_and_a_text_that_came_during_it(
    manual: Any,
) -> None:
    manual.ask(StartTurn())
    manual.ask(SendText(text="And this."))
    for _ in range(10):
        manual.ask(FRAME)
    manual.ask(EndTurn())
    manual.hear("input_audio_buffer.committed", item_id="turn")
    begin(manual, "both")
    end(manual, "both")

    assert manual.sent_types.count("response.create") == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_commit_that_was_empty_is_harmless(manual: Any, *, named: bool) -> None:
    speak(manual)
    manual.ask(EndTurn())
    commit = manual.sent[-2]["event_id"] if named else None
    manual.forget()
    manual.hear("error", error={"code": NOTHING_COMMITTED, "event_id": commit})
    begin(manual, "to_nothing")
    end(manual, "to_nothing", "cancelled")

    assert [e for e in manual.events if isinstance(e, ProviderFailed)] == []
    assert NOTHING_SAID in manual.events
    assert manual.sent_types == ["response.cancel"]


def test_a_turn_that_is_refused_while_another_response_is_made_is_not_answered(
    manual: Any,
) -> None:
    begin(manual, "story")
    speak(manual)
    manual.ask(EndTurn())
    commit = manual.sent[-1]["event_id"]
    manual.forget()
    manual.hear("error", error={"code": NOTHING_COMMITTED, "event_id": commit})
    end(manual, "story")

    assert manual.sent_types == []


def test_over_webrtc_a_turn_begins_with_an_empty_buffer(manual_webrtc: Any) -> None:
    manual_webrtc.ask(StartTurn())
    manual_webrtc.wait(0.5)
    manual_webrtc.ask(EndTurn())

    assert manual_webrtc.sent_types == [
        "input_audio_buffer.clear",
        "input_audio_buffer.commit",
        "response.create",
    ]


def test_over_webrtc_a_turn_is_as_long_as_it_took(manual_webrtc: Any) -> None:
    manual_webrtc.ask(StartTurn())
    manual_webrtc.wait(0.09)
    manual_webrtc.ask(EndTurn())

    assert manual_webrtc.sent_types == ["input_audio_buffer.clear"]
    assert NOTHING_SAID in manual_webrtc.events


@pytest.mark.parametrize("command", [StartTurn(), EndTurn()])
def test_a_server_that_finds_the_turns_is_told_of_none(talk: Any, command: Any) -> None:
    with pytest.raises(ProviderError, match="the server finds the turns") as refused:
        talk.ask(command)

    assert refused.value.code == "turns_unsupported"


def test_a_turn_that_the_session_leaves_alone_is_not_answered(observed: Any) -> None:
    hear_turn(observed, "turn")
    observed.wait(60)

    assert SpeechEnded(item_id="turn") in observed.events
    assert observed.sent == []
    assert observed.codec.deadline is None


def test_a_turn_that_the_session_asks_about_is_answered_once(observed: Any) -> None:
    hear_turn(observed, "turn")
    observed.ask(CreateResponse())
    begin(observed, "answer")
    end(observed, "answer")

    assert observed.sent_types == ["response.create"]


def test_a_response_of_before_the_turn_is_not_taken_for_its_answer(
    observed: Any,
) -> None:
    observed.ask(SendText(text="Tell me a story."))
    observed.hear("input_audio_buffer.speech_started", item_id="turn")
    observed.hear("input_audio_buffer.speech_stopped", item_id="turn")
    observed.ask(CreateResponse())
    begin(observed, "story")
    observed.forget()
    end(observed, "story")

    assert observed.sent_types == ["response.create"]


def test_an_interruption_after_the_turn_is_cancel_truncate_and_create_in_order(
    observed: Any,
) -> None:
    begin(observed, "story")
    observed.hear(
        "response.output_audio.delta",
        response_id="story",
        item_id="item",
        delta="AAAA" * 3200,
    )
    hear_turn(observed, "turn")
    observed.ask(CancelResponse(response_id="story"))
    observed.ask(
        Truncate(response_id="story", item_id="item", played_ms=100, heard="Once")
    )
    observed.ask(CreateResponse())
    before_the_end = observed.sent_types
    end(observed, "story", "cancelled")

    assert before_the_end == ["response.cancel", "conversation.item.truncate"]
    assert observed.sent[1]["audio_end_ms"] == 100
    assert observed.sent_types[2:] == ["response.create"]


def test_the_end_of_a_long_silence_is_answered_for_the_server_was_told_so(
    observed: Any,
) -> None:
    observed.hear("input_audio_buffer.timeout_triggered", item_id="silence")

    assert observed.sent_types == ["response.create"]


def test_instructions_for_a_response_come_after_those_of_the_session(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(instructions="Be brief.").open()
    talk.ask(CreateResponse(instructions="Greet the user."))
    begin(talk, "greeting")
    end(talk, "greeting")
    talk.ask(CreateResponse())

    assert [message.get("response") for message in talk.sent] == [
        {"instructions": "Be brief.\n\nGreet the user."},
        None,
    ]


def test_no_other_response_stands_for_one_with_instructions(talk: Any) -> None:
    talk.ask(CreateResponse())
    talk.ask(CreateResponse(instructions="Greet the user."))
    begin(talk, "first")
    end(talk, "first")

    assert [message.get("response") for message in talk.sent] == [
        None,
        {"instructions": "Greet the user."},
    ]


def test_what_waits_for_one_response_is_told_to_it_together(talk: Any) -> None:
    begin(talk, "first")
    talk.ask(CreateResponse(instructions="Greet the user."))
    talk.ask(CreateResponse(instructions="Be quick."))
    talk.ask(SendText(text="Hello?"))
    talk.forget()
    end(talk, "first")

    assert [message.get("response") for message in talk.sent] == [
        {"instructions": "Greet the user.\n\nBe quick."}
    ]


def test_a_response_that_the_server_refused_keeps_its_instructions(talk: Any) -> None:
    talk.ask(CreateResponse(instructions="Greet the user."))
    request = talk.sent[-1]["event_id"]
    begin(talk, "of_another")
    busy = "conversation_already_has_active_response"
    talk.hear("error", error={"code": busy, "event_id": request})
    talk.forget()
    end(talk, "of_another")

    assert [message.get("response") for message in talk.sent] == [
        {"instructions": "Greet the user."}
    ]
