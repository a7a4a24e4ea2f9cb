"""The conversation goes on when the server ends its session, and before it does."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.commands import AppendAudio
from realtime_run.core.events import (
    RealtimeAudioInputEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.testing.conformance.scenes import ASK_NAME, INTRODUCE, STORY
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
each_transport = pytest.mark.parametrize(
    ("transport", "input_hz"), [("websocket", 24_000), ("webrtc", 48_000)]
)
TURNS = [
    {"when": "*my name is*", "say": "Hello."},
    {"when": "*What is my name*", "say": "You said: {first}"},
]


def frame(mark: int, rate_hz: int) -> Pcm:
    """Return 20 ms of next to silence, which tell their number."""
    return Pcm(mark.to_bytes(2, "little") * (rate_hz // 50), rate_hz)


def marks(frames: Sequence[AppendAudio]) -> list[int]:
    return [int.from_bytes(one.pcm.data[:2], "little") for one in frames]


def marks_on_the_wire(sent: Sequence[str]) -> list[int]:
    messages: list[dict[str, Any]] = [json.loads(text) for text in sent]
    frames = [b64decode(one["audio"]) for one in messages if "audio" in one]
    assert {len(pcm) for pcm in frames} == {960}
    return [int.from_bytes(pcm[:2], "little") for pcm in frames]


@each_transport
async def test_before_a_session_expires_the_next_one_takes_over_and_knows_all(
    conversing: Conversing, transport: str, input_hz: int
) -> None:
    faults = {"expire": "60"}
    async with conversing(
        transport, turns=TURNS, faults=faults, faulty_connections=1, input_hz=input_hz
    ) as t:
        await t.answer(INTRODUCE)
        await t.clock.forward(44.0)  # the last quarter has not begun
        early = len(t.provider.connections)
        again = await t.reconnected()
        answer = await t.answer(ASK_NAME)

    assert early == 1
    assert again.resumed
    assert answer.text == f"You said: {INTRODUCE}"
    (gone, _) = t.seen.of(RealtimeDisconnectedEvent)
    assert (gone.was_clean, gone.will_reconnect) == (True, True)
    assert t.seen.of(RealtimeErrorEvent) == []


@each_transport
async def test_no_frame_of_the_microphone_is_lost_when_the_session_moves(
    conversing: Conversing, transport: str, input_hz: int
) -> None:
    async with conversing(
        transport, faults={"expire": "60"}, faulty_connections=1, input_hz=input_hz
    ) as t:
        first = t.connection
        for mark in range(40):
            t.hear(frame(mark, input_hz))
        await first.until_asked(AppendAudio, 40)
        await t.reconnected()
        for mark in range(40, 50):
            t.hear(frame(mark, input_hz))
        second = await t.connection.until_asked(AppendAudio, 35)

    assert marks(first.asked(AppendAudio)) == list(range(40))
    assert marks(second) == list(range(15, 50))  # the last 0.5 s are told twice
    told = t.seen.of(RealtimeAudioInputEvent)
    assert [event.data.duration_ms for event in told] == [20.0] * 50


async def test_every_frame_reaches_one_of_the_two_servers(
    conversing: Conversing, tap: Any
) -> None:
    async with conversing(
        "websocket",
        via=tap,
        faults={"expire": "60"},
        faulty_connections=1,
        input_hz=24_000,
    ) as t:
        for mark in range(40):
            t.hear(frame(mark, 24_000))
        await t.connection.until_asked(AppendAudio, 40)
        await t.reconnected()
        for mark in range(40, 50):
            t.hear(frame(mark, 24_000))
        await t.connection.until_asked(AppendAudio, 35)

    first, second = (marks_on_the_wire(sent) for sent in tap.sent)
    assert (first, second) == (list(range(40)), list(range(15, 50)))


@each_transport
async def test_a_session_that_expires_while_somebody_speaks_moves_in_time(
    conversing: Conversing, transport: str, input_hz: int
) -> None:
    async with conversing(
        transport,
        turns=[{"when": "*my name is*", "say": STORY}],
        faults={"expire": "5"},
        faulty_connections=1,
        speed=1.0,
        input_hz=input_hz,
        options=Options(finishes=False),
    ) as t:
        await t.realtime.simple_response(INTRODUCE)
        await t.seen.until(RealtimeAudioOutputEvent)
        await t.clock.forward(4)  # the last moment, and no boundary
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        again = await t.reconnected()
        answer = await t.answer()

    assert gone.reason == "moved to a new connection before this one expires"
    assert (gone.was_clean, gone.will_reconnect) == (True, True)
    assert again.resumed
    assert answer.status == "completed"
    assert t.seen.of(RealtimeErrorEvent) == []
    assert len(t.seen.of(RealtimeConnectedEvent)) == 2
