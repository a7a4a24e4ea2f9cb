"""Every message of a conversation is one that the vendor's own types know."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias, cast, get_args

from openai import BaseModel
from openai.types.realtime import RealtimeClientEvent

from realtime_run.core.commands import AppendImage, SendText
from realtime_run.core.events import (
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechStartedEvent,
    ToolApprovalRequestedEvent,
    ToolEndEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.still import Still
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
Wire = dict[str, Any]


def _models() -> Mapping[str, type[BaseModel]]:
    union = get_args(RealtimeClientEvent)[0]
    return {
        get_args(model.model_fields["type"].annotation)[0]: model
        for model in get_args(union)
    }


MODELS = _models()


def unknown_fields(value: object, path: str) -> list[str]:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [name for item in items for name in unknown_fields(item, path)]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}.{name}" for name in value.model_extra or {}]
    for name in type(value).model_fields:
        found += unknown_fields(getattr(value, name), f"{path}.{name}")
    return found


def checked(text: str | bytes) -> Wire:
    """Return a message of a client, if the vendor's types agree with all of it."""
    message: Wire = json.loads(text)
    model = MODELS[message["type"]].model_validate(message, strict=True)
    assert unknown_fields(model, message["type"]) == []
    return message


def kind_of(message: Wire) -> str:
    """Return what a message is: of items, also whose and of what."""
    item = message.get("item")
    if item is None:
        return str(message["type"])
    if item["type"] != "message":
        return str(item["type"])
    (part,) = item["content"]
    return f"{item['role']} {part['type']}"


def kinds(tap: Any) -> set[str]:
    """Check all that was sent, and return what it was."""
    return {kind_of(checked(text)) for sent in tap.sent for text in sent}


LIBRARY = {
    "type": "mcp",
    "server_label": "library",
    "server_url": "https://mcp.example.com",
    "allowed_tools": ["find"],
}
ADD: Wire = {"name": "add", "arguments": {"a": 2, "b": 3}}
TURNS: list[Wire] = [
    {"calls": [ADD, ADD], "say": "They are {results}."},
    {"calls": [{"name": "find", "arguments": {}}], "say": "{results}"},
    {"say": STORY},
    {"say": STORY},
]


EVERYTHING = {
    "session.update",
    "input_audio_buffer.append",
    "user input_text",
    "user input_image",
    "assistant output_text",
    "function_call_output",
    "mcp_approval_response",
    "conversation.item.truncate",
    "conversation.item.delete",
    "response.create",
    "response.cancel",
}
"""All that the provider ever sends by WebSocket."""


async def test_every_message_of_a_conversation_is_known_to_the_vendor(
    conversing: Conversing, tap: Any
) -> None:
    options = Options(tools=(Calculator(),), finishes=False)
    provider = {"images_kept": 1, "session": {"tools": [LIBRARY]}}
    async with conversing(
        "websocket", via=tap, turns=TURNS, provider=provider, options=options
    ) as t:
        await show(t, pictures=2)
        await use_tools(t)
        await ask_for_leave(t)
        await interrupt(t)
        t.say()
        await t.seen.until(RealtimeUserSpeechStartedEvent)
        await tap.cut()
        await t.reconnected()
        await t.realtime.simple_response("Are you there?")
        await t.connection.until_asked(SendText)

    assert kinds(tap) == EVERYTHING
    assert t.seen.of(RealtimeErrorEvent) == []


async def show(talk: Talk, *, pictures: int) -> None:
    """Show pictures, of which the provider keeps one."""
    for number in range(pictures):
        talk.realtime.watch_video(Still())
        while len(talk.connection.asked(AppendImage)) <= number:
            await talk.clock.forward(1.0)
            await asyncio.sleep(0.01)


async def use_tools(talk: Talk) -> None:
    calling = await talk.ask("Add 2 and 3.")
    await talk.seen.until(ToolEndEvent, count=2)
    await hear_the_answer_after(talk, calling.response_id)


async def ask_for_leave(talk: Talk) -> None:
    asking = await talk.ask("Is there tea?")
    asked = await talk.seen.until(ToolApprovalRequestedEvent)
    await talk.realtime.approve_tool(asked.approval_id)
    await hear_the_answer_after(talk, asking.response_id)


async def interrupt(talk: Talk) -> None:
    """Interrupt two answers: one that was heard in part, and one that was not."""
    for heard_ms in (200, 0):
        answer = await talk.ask(STORY)
        while not talk.audio_ms(answer.response_id):
            await talk.seen.news()
        if heard_ms:
            await talk.play(answer.response_id, heard_ms)
        await talk.realtime.interrupt()
        await talk.complete(answer.response_id)


async def hear_the_answer_after(talk: Talk, response_id: str) -> None:
    done = talk.seen.of(RealtimeResponseEvent, lambda e: e.is_complete)
    before = {response_id, *(event.response_id for event in done)}
    begun = await talk.seen.until(
        RealtimeResponseEvent, lambda e: e.response_id not in before
    )
    await talk.hear_out(begun.response_id)
