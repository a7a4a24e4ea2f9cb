"""What another client of Gemini Live got wrong, through the whole session."""

import json
from typing import Any

import pytest

from realtime_run.core.events import (
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    RealtimeResponseEvent,
    ToolEndEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.talk import Options
from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.defects import *  # noqa: F403 - the tests
from realtime_run.testing.simulated.tap import Tap

ADD = {"name": "add", "arguments": {"a": 2, "b": 3}}
ADD_AGAIN = {"name": "add", "arguments": {"a": 4, "b": 5}}
SUMS = [
    {"when": "Add*", "calls": [ADD, ADD_AGAIN], "say": "They are {results}."},
    {"say": "You are welcome."},
]
NAMES = [
    {"when": "*my name is*", "say": "Hello."},
    {"when": "*what is my name*", "say": "You said: {before}"},
]
UNFINISHED = Options(finishes=False)


@pytest.fixture
def holding(conversing: Conversing) -> Conversing:
    return conversing


def sent(tap: Tap, number: int = 0) -> list[dict[str, Any]]:
    """Return what was sent on a connection."""
    return [json.loads(text) for text in tap.connections[number].sent]


def received(tap: Tap, number: int = 0) -> list[dict[str, Any]]:
    """Return what came on a connection."""
    return [json.loads(text) for text in tap.connections[number].received]


def handles(tap: Tap) -> list[str]:
    """Return the handles that the first connection offered."""
    updates = [m.get("sessionResumptionUpdate", {}) for m in received(tap)]
    return [update["newHandle"] for update in updates if "newHandle" in update]


async def test_all_signals_of_one_interruption_raise_the_epoch_once(
    holding: Conversing, tap: Tap
) -> None:
    turns = [{"say": STORY}, {"say": "Okay."}]
    async with holding(turns=turns, options=UNFINISHED, via=tap, speed=1.5) as t:
        first = await t.ask()
        await t.play(first.response_id, 200)
        t.say()
        second = await t.seen.until(
            RealtimeResponseEvent, lambda e: e.is_complete and e.text == "Okay."
        )
        await t.hear_out(second.response_id)
        epoch = t.realtime.epoch
        told = t.seen.of(RealtimeInterruptionEvent)

    signals = [
        key
        for message in received(tap)
        for key in (*message, *message.get("serverContent", {}))
        if key in {"voiceActivity", "interrupted"}
    ]
    assert signals[:2] == ["voiceActivity", "interrupted"]
    assert (epoch, len(told)) == (1, 1)


async def test_resumption_is_asked_for_and_used(holding: Conversing, tap: Tap) -> None:
    async with holding(
        turns=NAMES,
        faults={"close": "1011@2"},
        faulty_connections=1,
        options=UNFINISHED,
        via=tap,
    ) as t:
        await t.answer("My name is Ann.")
        await tap.until(lambda: handles(tap) != [])
        await t.answer("Thank you.")
        await t.seen.until(RealtimeDisconnectedEvent)
        await t.reconnected()
        answer = await t.answer("What is my name?")
        connected = t.seen.of(RealtimeConnectedEvent)

    asked = [sent(tap, number)[0]["setup"]["sessionResumption"] for number in (0, 1)]
    assert asked == [{}, {"handle": handles(tap)[-1]}]
    assert [event.resumed for event in connected] == [False, True]
    assert "Thank you." in (answer.text or "")


async def test_go_away_moves_the_conversation_in_time(
    holding: Conversing, tap: Tap
) -> None:
    async with holding(
        turns=NAMES, faults={"go_away": "30"}, faulty_connections=1, via=tap
    ) as t:
        await t.answer("My name is Ann.")
        again = await t.reconnected()
        answer = await t.answer("What is my name?")
        gone = t.seen.of(RealtimeDisconnectedEvent)
        errors = t.seen.of(RealtimeErrorEvent)

    assert any("goAway" in message for message in received(tap))
    assert (again.resumed, errors) == (True, [])
    assert [event.was_clean for event in gone][:1] == [True]
    assert answer.text == "You said: My name is Ann."


async def test_a_refused_handle_loses_no_memory(holding: Conversing, tap: Tap) -> None:
    async with holding(
        turns=[NAMES[1]],
        faults={"close": "1011@1", "resume_refused": "1007"},
        faulty_connections=2,
        options=UNFINISHED,
        via=tap,
    ) as t:
        await t.realtime.simple_response("My name is Ann.")
        await t.seen.until(RealtimeDisconnectedEvent)
        await t.reconnected()
        answer = await t.answer("What is my name?")

    assert answer.text == "You said: My name is Ann."


@pytest.mark.parametrize("behavior", ["blocking", "non_blocking"])
async def test_parallel_calls_are_answered_by_one_message(
    holding: Conversing, tap: Tap, behavior: str
) -> None:
    options = Options(tools=(Calculator(),))
    provider = {"tools": {"behavior": behavior}}
    async with holding(turns=SUMS, options=options, provider=provider, via=tap) as t:
        await t.realtime.simple_response("Add 2 and 3. Also add 4 and 5.")
        called = [await t.seen.until(ToolEndEvent, count=count) for count in (1, 2)]
        spoken = await t.seen.until(
            RealtimeResponseEvent,
            lambda e: e.is_complete and "They are" in (e.text or ""),
        )
        await t.hear_out(spoken.response_id)
        thanked = await t.answer("Thank you.")

    (answered,) = [m["toolResponse"] for m in sent(tap) if "toolResponse" in m]
    outputs = [one["response"]["output"] for one in answered["functionResponses"]]
    assert [(call.success, call.result) for call in called] == [(True, 5), (True, 9)]
    assert outputs == ["5", "9"]
    assert spoken.text == "They are 5 and 9."
    assert thanked.text == "You are welcome."


async def test_whatever_is_said_is_valid_to_googles_own_types(
    holding: Conversing, tap: Tap, official: Any
) -> None:
    options = Options(tools=(Calculator(),), finishes=False)
    turns = [{"say": STORY}, {"say": "Okay."}, *SUMS]
    async with holding(turns=turns, options=options, via=tap) as t:
        first = await t.ask()
        await t.play(first.response_id, 200)
        t.say()
        await t.seen.until(RealtimeInterruptionEvent)
        await t.seen.until(RealtimeResponseEvent, lambda e: e.text == "Okay.")
        await t.realtime.simple_response("Add 2 and 3. Also add 4 and 5.")
        await t.seen.until(
            RealtimeResponseEvent,
            lambda e: e.is_complete and "They are" in (e.text or ""),
        )

    for message in sent(tap):
        official.client(message)
    for message in received(tap):
        official.server(message)
