"""Conformance: the model calls tools, and speaks of what came of it."""

import pytest

from realtime_run.core.commands import CreateResponse, SendToolResults
from realtime_run.core.events import (
    RealtimeResponseEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.scenes import ADD, ADD_TWICE, Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Options, Talk


@pytest.mark.anyio
async def test_a_tool_is_called_and_its_result_spoken_of(subject: Subject) -> None:
    options = Options(tools=(Calculator(),))
    async with talking(subject, Scene.TOOL, options) as t:
        await t.realtime.connect()
        calling = await t.ask(ADD)
        start = await t.seen.until(ToolStartEvent)
        end = await t.seen.until(ToolEndEvent)
        spoken = await _continuation(t, calling.response_id)

        assert (start.tool_name, start.arguments) == ("add", {"a": 2, "b": 3})
        assert end.tool_call_id == start.tool_call_id
        assert (end.success, end.result, end.error) == (True, 5, None)
        sent = only(t.connection.asked(SendToolResults), "sending of results")
        assert [result.output for result in sent.results] == ["5"]
        assert spoken.status == "completed"


@pytest.mark.anyio
async def test_results_of_parallel_calls_go_together_and_are_answered_once(
    subject: Subject,
) -> None:
    options = Options(tools=(Calculator(),))
    async with talking(subject, Scene.TWO_TOOLS, options) as t:
        await t.realtime.connect()
        calling = await t.ask(ADD_TWICE)
        await t.seen.until(ToolEndEvent, count=2)
        spoken = await _continuation(t, calling.response_id)
        follows = await t.answer() if t.provider.capabilities.text_input else spoken

        sent = only(t.connection.asked(SendToolResults), "sending of results")
        assert sorted(result.output for result in sent.results) == ["5", "9"]
        assert sent.respond
        assert t.connection.asked(CreateResponse) == []
        assert (spoken.status, follows.status) == ("completed", "completed")
        begun = t.seen.of(RealtimeResponseEvent, lambda e: e.is_complete)
        told = {calling.response_id, spoken.response_id, follows.response_id}
        assert {event.response_id for event in begun} == told, "answered more than once"


@pytest.mark.anyio
async def test_a_slow_tool_delays_no_other_answer(subject: Subject) -> None:
    slow = Calculator(waits=True)
    async with talking(subject, Scene.TOOL, Options(tools=(slow,))) as t:
        if not t.provider.capabilities.text_input:
            pytest.skip(f"{subject.name}: its capability text_input is False")
        await t.realtime.connect()
        calling = await t.ask(ADD)
        await t.seen.until(ToolStartEvent)
        await t.complete(calling.response_id)
        meanwhile = await t.answer()
        assert t.seen.of(ToolEndEvent) == []
        slow.go.set()
        spoken = await _continuation(t, calling.response_id, meanwhile.response_id)

        assert (meanwhile.status, spoken.status) == ("completed", "completed")


@pytest.mark.anyio
async def test_what_a_tool_raises_becomes_its_result(subject: Subject) -> None:
    options = Options(tools=(Calculator(fails=True),))
    async with talking(subject, Scene.TOOL, options) as t:
        await t.realtime.connect()
        calling = await t.ask(ADD)
        end = await t.seen.until(ToolEndEvent)
        spoken = await _continuation(t, calling.response_id)

        assert (end.success, end.result) == (False, None)
        assert "the battery is empty" in (end.error or "")
        sent = only(t.connection.asked(SendToolResults), "sending of results")
        assert [result.success for result in sent.results] == [False]
        assert "the battery is empty" in sent.results[0].output
        assert spoken.status == "completed"


async def _continuation(t: Talk, *before: str) -> RealtimeResponseEvent:
    """Hear what the model says of the results, to its end."""
    begun = await t.seen.until(
        RealtimeResponseEvent,
        lambda e: not e.is_complete and e.response_id not in before,
    )
    complete = await t.hear_out(begun.response_id)
    assert t.audio_ms(begun.response_id) > 0, "nothing was said of the results"
    return complete
