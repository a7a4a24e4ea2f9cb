"""Whatever is written of the session, a conversation is held, and nothing refused."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.events import (
    RealtimeAudioOutputEvent,
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])
TURNS = [{"say": "I read you."}, {"heard": "And now?", "say": "I hear you."}]
EVERYTHING: dict[str, Any] = {
    "max_output_tokens": 4096,
    "parallel_tool_calls": False,
    "reasoning": {"effort": "low"},
    "include": ["item.input_audio_transcription.logprobs"],
    "tracing": {"workflow_name": "rover"},
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.5},
    "audio": {
        "input": {"noise_reduction": {"type": "near_field"}},
        "output": {"speed": 1.2},
    },
}


async def turn_by_turn(talk: Talk) -> list[str]:
    """Write and then speak, and return the answers."""
    written = await talk.answer()
    talk.say()
    spoken = await talk.seen.until(
        RealtimeResponseEvent,
        lambda e: e.is_complete and e.response_id != written.response_id,
    )
    return [written.text, spoken.text]


@both
@pytest.mark.parametrize(
    "provider",
    [{"session": EVERYTHING}, {"append_ms": 100, "voice": {"id": "voice_1"}}],
    ids=["session", "beside"],
)
async def test_every_setting_leaves_a_conversation(
    conversing: Conversing, transport: str, provider: dict[str, Any]
) -> None:
    async with conversing(
        transport, turns=TURNS, provider=provider, options=Options(finishes=False)
    ) as t:
        answers = await turn_by_turn(t)

    assert answers == ["I read you.", "I hear you."]
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_an_agent_that_only_writes_is_read_and_not_heard(
    conversing: Conversing, transport: str
) -> None:
    provider = {"session": {"output_modalities": ["text"]}}
    async with conversing(transport, turns=TURNS, provider=provider) as t:
        answers = await turn_by_turn(t)

    grown = t.seen.of(RealtimeResponseEvent, lambda e: not e.is_complete)
    assert answers == ["I read you.", "I hear you."]
    assert [event.text for event in grown][-3:] == ["I", "I hear", "I hear you."]
    assert t.seen.of(RealtimeAudioOutputEvent) == []
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_without_transcription_the_user_is_answered_and_not_read(
    conversing: Conversing, transport: str
) -> None:
    provider = {"session": {"audio": {"input": {"transcription": None}}}}
    async with conversing(
        transport, turns=TURNS, provider=provider, options=Options(finishes=False)
    ) as t:
        answers = await turn_by_turn(t)

    assert answers == ["I read you.", "I hear you."]
    assert t.seen.of(RealtimeUserSpeechTranscriptionEvent) == []
