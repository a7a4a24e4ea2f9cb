"""Tools of MCP servers, from the question for approval to the spoken answer."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeErrorEvent,
    ToolApprovalRequestedEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from realtime_run.testing.conformance.talk import Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])
TURNS = [
    {"calls": [{"name": "find", "arguments": {"query": "tea"}}], "say": "{results}!"}
]


def library(**fields: Any) -> dict[str, Any]:
    server = {
        "type": "mcp",
        "server_label": "library",
        "server_url": "https://mcp.example.com",
        "allowed_tools": ["find"],
    }
    return {"session": {"tools": [server | fields]}}


async def spoken(talk: Talk) -> str:
    """Return what the agent says once it is done."""
    said = await talk.seen.until(
        RealtimeAgentSpeechTranscriptionEvent, lambda e: e.mode == "delta"
    )
    await talk.hear_out(said.response_id)
    last = await talk.seen.until(
        RealtimeAgentSpeechTranscriptionEvent, lambda e: e.mode == "final"
    )
    return last.text


@both
async def test_a_call_that_was_approved_is_made_told_and_spoken_of(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(transport, turns=TURNS, provider=library()) as t:
        await t.realtime.simple_response("Is there tea?")
        asked = await t.seen.until(ToolApprovalRequestedEvent)
        before = t.seen.of(ToolStartEvent)
        await t.realtime.approve_tool(asked.approval_id)
        start = await t.seen.until(ToolStartEvent)
        end = await t.seen.until(ToolEndEvent)
        said = await spoken(t)

    assert (asked.tool_name, asked.server) == ("find", "library")
    assert asked.arguments == start.arguments == {"query": "tea"}
    assert before == []
    assert (start.tool_name, start.server) == ("find", "library")
    assert (end.tool_call_id, end.success) == (start.tool_call_id, True)
    assert end.result == "found 1 entry for 'tea'"
    assert said == "found 1 entry for 'tea'!"
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_a_call_that_was_refused_is_not_made_and_the_model_knows_why(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(transport, turns=TURNS, provider=library()) as t:
        await t.realtime.simple_response("Is there tea?")
        asked = await t.seen.until(ToolApprovalRequestedEvent)
        await t.realtime.approve_tool(
            asked.approval_id, approve=False, reason="too dear"
        )
        said = await spoken(t)

    assert t.seen.of(ToolStartEvent) == []
    assert said == "not allowed: too dear!"
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_a_trusted_server_is_called_without_a_question(
    conversing: Conversing, transport: str
) -> None:
    trusted = library(require_approval="never")
    async with conversing(transport, turns=TURNS, provider=trusted) as t:
        await t.realtime.simple_response("Is there tea?")
        end = await t.seen.until(ToolEndEvent)
        said = await spoken(t)

    assert t.seen.of(ToolApprovalRequestedEvent) == []
    assert end.success
    assert said == "found 1 entry for 'tea'!"
