"""What happens at moments that are hard to get right, through the whole session."""

import json
from typing import Any

import pytest

from realtime_run.core.events import (
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechEndedEvent,
    RealtimeUserSpeechStartedEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.talk import Options
from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.tap import Tap

ADD = {
    "when": "Add*",
    "calls": [{"name": "add", "arguments": {"a": 2, "b": 3}}],
    "say": "It is {results}.",
}
NAMES = [{"when": "*what is my name*", "say": "You said: {before}"}]
TALE = "Once there was a parrot that knew all the stars by their names."
THINKER = {"model": "gemini-3.8-live-extended-thinking"}
UNFINISHED = Options(finishes=False)


def of(tap: Tap, way: str, number: int = 0) -> list[dict[str, Any]]:
    """Return what passed on a connection, `sent` or `received`."""
    return [json.loads(text) for text in getattr(tap.connections[number], way)]


def spoke(text: str) -> Any:
    """Tell complete responses with these words."""
    return lambda e: e.is_complete and text in (e.text or "")


async def test_interrupting_a_model_that_says_it_thinks_stops_the_answer_too(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [{"say": "The answer is no."}, {"say": "Yes?"}]
    async with conversing(
        turns=turns, provider=THINKER, via=tap, options=UNFINISHED, speed=20
    ) as t:
        filler = await t.ask("Should I?")
        await t.play(filler.response_id, 100)
        await t.realtime.interrupt()
        await tap.until(lambda: count_idle(tap) == 1)
        after = await t.play_on(200)
        again = await t.answer("Hello?")

    assert not any(after)
    assert not t.seen.of(RealtimeResponseEvent, spoke("no"))
    assert again.status == "completed"


async def test_interrupting_a_model_that_thinks_in_silence_stops_the_answer(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [{"say": "The answer is no."}, {"say": "Yes?"}]
    async with conversing(
        turns=turns,
        provider=THINKER,
        via=tap,
        options=UNFINISHED,
        simulator={"latency": "0.3s"},
    ) as t:
        filler = await t.ask("Should I?")
        await t.hear_out(filler.response_id)
        await t.realtime.interrupt()
        await tap.until(lambda: count_idle(tap) == 1)
        after = await t.play_on(200)
        epoch = t.realtime.epoch

    assert not any(after)
    assert epoch == 1
    assert not t.seen.of(RealtimeResponseEvent, spoke("no"))


async def test_a_connection_is_not_left_while_the_model_thinks(
    conversing: Conversing, tap: Tap
) -> None:
    async with conversing(
        turns=[{"say": "The answer is no."}],
        provider={**THINKER, "rotate_after": "30s"},
        via=tap,
        simulator={"latency": "0.3s"},
    ) as t:
        filler = await t.ask("Should I?")
        await t.hear_out(filler.response_id)
        await t.clock.forward(31)
        moved = len(t.provider.connections)
        told = await t.seen.until(RealtimeResponseEvent, spoke("no"))
        await t.hear_out(told.response_id)
        await t.reconnected()

    assert moved == 1


async def test_what_the_user_says_during_a_function_is_answered_with_its_result(
    conversing: Conversing, tap: Tap
) -> None:
    slow = Calculator(waits=True)
    turns = [ADD, {"say": "I heard you."}]
    options = Options(tools=(slow,), finishes=False)
    async with conversing(turns=turns, options=options, via=tap) as t:
        await t.ask("Add 2 and 3.")
        await t.seen.until(ToolStartEvent)
        filler = await t.seen.until(RealtimeResponseEvent, lambda e: e.is_complete)
        await t.hear_out(filler.response_id)
        t.say(silence=False)
        await t.seen.until(RealtimeUserSpeechStartedEvent)
        slow.go.set()
        await t.seen.until(ToolEndEvent)
        await tap.until(lambda: any("toolResponse" in m for m in of(tap, "sent")))
        t.be_silent()
        await t.seen.until(RealtimeUserSpeechEndedEvent)
        answer = await t.seen.until(RealtimeResponseEvent, spoke("I heard you."))
        await t.hear_out(answer.response_id)

    (sent,) = [m["toolResponse"] for m in of(tap, "sent") if "toolResponse" in m]
    assert [one["scheduling"] for one in sent["functionResponses"]] == ["SILENT"]
    assert answer.status == "completed"
    assert t.seen.of(RealtimeErrorEvent) == []


@pytest.mark.parametrize("behavior", ["blocking", "non_blocking"])
async def test_after_an_interrupt_nothing_is_said_of_a_function_that_ran(
    conversing: Conversing, tap: Tap, behavior: str
) -> None:
    slow = Calculator(waits=True)
    options = Options(tools=(slow,), finishes=False)
    async with conversing(
        turns=[ADD, {"say": "Yes?"}],
        options=options,
        via=tap,
        provider={"tools": {"behavior": behavior}},
    ) as t:
        await t.ask("Add 2 and 3.")
        await t.seen.until(ToolStartEvent)
        await t.realtime.interrupt()
        slow.go.set()
        await tap.until(lambda: any("toolResponse" in m for m in of(tap, "sent")))
        after = await t.play_on(300)
        answer = await t.answer("Hello?")

    assert not any(after)
    assert not t.seen.of(RealtimeResponseEvent, spoke("It is"))
    assert answer.text == "Yes?"


async def test_both_things_said_during_one_answer_are_answered_after_it(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [
        {"say": TALE},
        {"heard": "One.", "say": "First."},
        {"heard": "Two.", "say": "You said: {heard}"},
    ]
    options = Options(barge_in="off", finishes=False)
    async with conversing(turns=turns, options=options, via=tap, speed=5) as t:
        first = await t.ask()
        t.say()
        t.say()
        await t.seen.until(RealtimeUserSpeechEndedEvent, count=2)
        done = await t.hear_out(first.response_id)
        second = await t.seen.until(
            RealtimeResponseEvent,
            lambda e: e.is_complete and e.response_id != first.response_id,
        )
        await t.hear_out(second.response_id)
        epoch = t.realtime.epoch

    assert (epoch, done.text, second.status) == (0, TALE, "completed")


async def test_what_is_typed_while_the_user_speaks_is_answered(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [{"say": "Typed."}, {"say": "Spoken."}]
    async with conversing(turns=turns, via=tap, options=UNFINISHED) as t:
        t.say(silence=False)
        await t.seen.until(RealtimeUserSpeechStartedEvent)
        typed = await t.ask("Answer this.")
        await t.complete(typed.response_id)
        t.be_silent()
        spoken = await t.seen.until(RealtimeResponseEvent, spoke("Spoken."))
        await t.hear_out(spoken.response_id)

    assert (spoken.text, spoken.status) == ("Spoken.", "completed")
    assert t.seen.of(RealtimeErrorEvent) == []


async def test_texts_in_a_row_are_not_taken_for_speech(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [{"say": TALE}, {"say": TALE}, {"say": "Okay."}]
    async with conversing(turns=turns, via=tap, options=UNFINISHED) as t:
        await t.ask()
        await t.realtime.simple_response("Stop.")
        await t.realtime.simple_response("Please.")
        okay = await t.seen.until(RealtimeResponseEvent, spoke("Okay."))
        await t.hear_out(okay.response_id)

    stops = [m for m in of(tap, "received") if "interrupted" in str(m)]
    assert len(stops) == 2
    assert t.seen.of(RealtimeUserSpeechStartedEvent) == []


async def test_each_token_is_told_of_once_over_a_conversation(
    conversing: Conversing, tap: Tap
) -> None:
    turns = [{"say": TALE}, {"say": "Okay."}, ADD, {"say": TALE}, {"say": "Bye."}]
    names = ("promptTokenCount", "responseTokenCount", "totalTokenCount")
    options = Options(tools=(Calculator(),), finishes=False)
    async with conversing(turns=turns, options=options, via=tap, speed=3) as t:
        first = await t.ask()
        await t.play(first.response_id, 200)
        t.say()
        okay = await t.seen.until(RealtimeResponseEvent, spoke("Okay."))
        await t.hear_out(okay.response_id)
        await t.realtime.simple_response("Add 2 and 3.")
        done = await t.seen.until(RealtimeResponseEvent, spoke("It is"))
        await t.hear_out(done.response_id)
        story = await t.ask("Once more.")
        await t.play(story.response_id, 200)
        await t.realtime.interrupt()
        await t.answer("Goodbye.")

    counted = [m["usageMetadata"] for m in of(tap, "received") if "usageMetadata" in m]
    told = [e.usage for e in t.seen.of(RealtimeResponseEvent) if e.usage]
    sums = [
        [sum(int(one.get(name, 0)) for one in each) for name in names]
        for each in (counted, told)
    ]
    assert sums[0] == sums[1]
    assert len(counted) > len(told)  # the interrupted ones are told with the next


async def test_a_connection_that_is_lost_during_a_function_is_asked_for_it_again(
    conversing: Conversing, tap: Tap
) -> None:
    slow = Calculator(waits=True)
    async with conversing(
        turns=[{"say": "Hello."}, ADD, ADD],
        options=Options(tools=(slow,), finishes=False),
        via=tap,
        provider={"tools": {"behavior": "blocking"}},
    ) as t:
        await t.answer("Hi.")
        await t.ask("Add 2 and 3.")
        await t.seen.until(ToolStartEvent)
        await tap.cut()
        stopped = await t.seen.until(ToolEndEvent)
        slow.go.set()
        await t.reconnected()
        told = await t.seen.until(RealtimeResponseEvent, spoke("It is 5."))
        await t.hear_out(told.response_id)

    (call,) = calls(tap, 1)
    (answer,) = [m["toolResponse"] for m in of(tap, "sent", 1) if "toolResponse" in m]
    assert not stopped.success
    assert [one["id"] for one in answer["functionResponses"]] == [call["id"]]


async def test_an_announced_end_waits_until_the_agent_has_spoken(
    conversing: Conversing, tap: Tap
) -> None:
    async with conversing(
        turns=[{"say": TALE}, {"say": "You said: {before}"}],
        faults={"go_away": "30"},
        faulty_connections=1,
        via=tap,
    ) as t:
        begun = await t.ask()
        await t.play(begun.response_id, 200)
        await t.clock.forward(10)
        early = len(t.provider.connections)
        await t.hear_out(begun.response_id)
        await t.reconnected()
        answer = await t.answer("What did I say?")

    assert early == 1
    assert answer.text == "You said: Tell me something."


async def test_a_server_that_goes_back_on_a_handle_is_begun_anew(
    conversing: Conversing, tap: Tap
) -> None:
    async with conversing(turns=NAMES, via=tap, options=UNFINISHED) as t:
        await t.answer("Hello.")
        await t.answer("My name is Ann.")
        await tap.cut()
        await t.reconnected()
        await tap.cut(1007, "Request contains an invalid argument.")
        await t.reconnected(3)
        answer = await t.answer("What is my name?")
        errors = t.seen.of(RealtimeErrorEvent)

    asked = [of(tap, "sent", n)[0]["setup"]["sessionResumption"] for n in range(3)]
    assert [[*each] for each in asked] == [[], ["handle"], []]
    assert answer.text == "You said: My name is Ann."
    assert errors == []


def calls(tap: Tap, number: int) -> list[dict[str, Any]]:
    """Return the calls of functions that came on a connection."""
    return [
        call
        for message in of(tap, "received", number)
        for call in message.get("toolCall", {}).get("functionCalls", [])
    ]


def count_idle(tap: Tap) -> int:
    """Return how many turns the model ended for good."""
    return sum(
        m.get("serverContent", {}).get("interactionStatus") == "IDLE"
        for m in of(tap, "received")
    )
