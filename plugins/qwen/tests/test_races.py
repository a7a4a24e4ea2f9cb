"""What happens at the same moment, through the whole session."""

import json
import time
from typing import Any

import pytest

from realtime_run.core.events import (
    RealtimeAudioOutputEvent,
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.talk import Options, Talk
from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.tap import Tap

ADD = {"name": "add", "arguments": {"a": 2, "b": 3}}
SOON_S = 3.0
"""Less than a response is waited for of which the server says nothing more."""


def kinds(tap: Tap) -> list[str]:
    return [json.loads(text)["type"] for text in tap.sent[0]]


def answers(t: Talk) -> list[RealtimeResponseEvent]:
    return t.seen.of(RealtimeResponseEvent, _is_whole)


@pytest.mark.parametrize("begun", [False, True])
async def test_a_text_right_after_an_interruption_is_answered_soon(
    conversing: Conversing, tap: Tap, begun: bool
) -> None:
    turns = [{"say": "One."}, {"say": "Two."}]
    async with conversing(turns=turns, simulator={"latency": "0.2s"}, via=tap) as t:
        await t.realtime.simple_response("First.")
        if begun:
            await t.seen.until(RealtimeResponseEvent)
        await t.realtime.interrupt()
        asked_s = time.monotonic()
        await t.realtime.simple_response("Second.")
        answer = await t.seen.until(RealtimeResponseEvent, _is_whole)
        took_s = time.monotonic() - asked_s
        await t.hear_out(answer.response_id)

    assert took_s < SOON_S
    assert answers(t) == [answer]
    assert kinds(tap).count("response.cancel") == 1


async def test_who_asks_for_silence_is_not_told_what_a_tool_returned(
    conversing: Conversing, tap: Tap
) -> None:
    tool: Any = Calculator(waits=True)
    turns = [{"when": "Add*", "calls": [ADD], "say": "{results}"}, {"say": "Bye."}]
    tools = Options(tools=(tool,))
    async with conversing(turns=turns, options=tools, via=tap) as t:
        await t.realtime.simple_response("Add 2 and 3.")
        await t.seen.until(ToolStartEvent)
        await t.realtime.interrupt()
        tool.go.set()
        await t.seen.until(ToolEndEvent)
        await tap.until(lambda: "response.cancel" in kinds(tap))
        heard = t.seen.of(RealtimeAudioOutputEvent)
        answer = await t.answer("Good bye.")

    assert heard == []
    assert [each.text for each in answers(t)] == ["Bye."]
    assert answer.status == "completed"


async def test_two_texts_at_once_are_both_answered(
    conversing: Conversing, tap: Tap
) -> None:
    async with conversing(simulator={"latency": "0.2s"}, via=tap) as t:
        await t.realtime.simple_response("First.")
        await t.realtime.simple_response("Second.")
        begun = [
            await t.seen.until(RealtimeResponseEvent, _is_whole, count=count)
            for count in (1, 2)
        ]
        for each in begun:
            await t.hear_out(each.response_id)

    assert len(answers(t)) == 2
    assert kinds(tap).count("response.create") == 2
    assert t.seen.of(RealtimeErrorEvent) == []


def _is_whole(event: RealtimeResponseEvent) -> bool:
    return event.is_complete and bool(event.text)
