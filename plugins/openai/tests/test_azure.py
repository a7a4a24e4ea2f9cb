"""Azure's addresses and its header, with the simulator at the other end."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.events import (
    RealtimeErrorEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]


@asynccontextmanager
async def below_openai(url: str) -> AsyncGenerator[str]:
    yield f"{url.removesuffix('/v1')}/openai/v1"


@pytest.mark.parametrize(
    "given",
    [
        {"transport": "websocket"},
        {"transport": "webrtc"},
        {"transport": "webrtc", "client_secret": True},
    ],
)
async def test_a_conversation_is_held_as_azure_wants_it(
    conversing: Conversing, given: dict[str, Any]
) -> None:
    provider = {"dialect": "azure", "model": "my-deployment", **given}
    async with conversing(
        provider.pop("transport"),
        via=below_openai,
        provider=provider,
        options=Options(finishes=False),
    ) as t:
        written = await t.answer("hello")
        t.say()
        heard = await t.seen.until(
            RealtimeUserSpeechTranscriptionEvent, lambda e: e.mode == "final"
        )

    assert written.text == 'You wrote: "hello".'
    assert "seconds of speech" in heard.text
    assert t.seen.of(RealtimeErrorEvent) == []
