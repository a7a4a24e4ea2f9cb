"""What other clients of realtime services got wrong, on both transports."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Self, TypeAlias

import pytest

from realtime_run.core.commands import AppendImage
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeDisconnectedEvent,
    RealtimeEvent,
    RealtimeInterruptionEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.core.picture import Picture
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])
UNFINISHED = Options(finishes=False)
HEARD_MS = 200


async def barge_in(talk: Talk, response_id: str) -> None:
    """Speak over an answer after 200 ms of it, until it is over."""
    await talk.play(response_id, HEARD_MS)
    talk.say()
    await talk.seen.until(*talk.over(response_id))


@both
async def test_a_clean_close_by_the_server_does_not_spin_the_loop(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(
        transport, faults={"close": "1000@1"}, faulty_connections=1
    ) as t:
        await t.answer()
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        began = time.process_time()
        await t.play_on(300)  # the session's clock stands: it may do nothing at all
        used_s = time.process_time() - began
        await t.reconnected()
        again = await t.answer()

    assert (gone.was_clean, gone.will_reconnect) == (True, True)
    assert used_s < 0.15
    assert t.provider.tries == 2
    assert again.status == "completed"


@both
async def test_a_drop_is_told_and_the_connection_is_made_again(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(
        transport, faults={"drop": "12"}, faulty_connections=1, options=UNFINISHED
    ) as t:
        await t.realtime.simple_response(STORY)
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        connected = t.realtime.connected
        await t.reconnected()
        again = await t.answer()

    assert gone.will_reconnect
    assert not connected
    assert again.status == "completed"


async def test_a_connection_without_a_close_frame_ends_with_1006_and_is_made_again(
    conversing: Conversing,
) -> None:
    async with conversing(
        "websocket", faults={"drop": "12"}, faulty_connections=1, options=UNFINISHED
    ) as t:
        await t.realtime.simple_response(STORY)
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        await t.reconnected()

    end = t.provider.connections[0].end
    assert end is not None
    assert (end.code, gone.was_clean) == ("1006", False)


@both
async def test_every_barge_in_raises_the_epoch_by_one(
    conversing: Conversing, transport: str
) -> None:
    epochs: list[int] = []
    turns = [{"say": STORY}, {"say": STORY}]
    async with conversing(transport, turns=turns, options=UNFINISHED) as t:
        first = await t.ask()
        await barge_in(t, first.response_id)
        epochs.append(t.realtime.epoch)
        second = await t.seen.until(
            RealtimeAgentSpeechTranscriptionEvent,
            lambda e: e.response_id != first.response_id,
        )
        await barge_in(t, second.response_id)
        epochs.append(t.realtime.epoch)
        await t.complete(second.response_id)

        told = [event.epoch for event in t.seen.of(RealtimeInterruptionEvent)]
    assert epochs == told == [1, 2]


@both
async def test_what_the_user_says_in_an_interruption_is_transcribed(
    conversing: Conversing, transport: str
) -> None:
    turns = [{"say": STORY}, {"heard": "Stop it!", "say": "Okay."}]
    async with conversing(transport, turns=turns, options=UNFINISHED) as t:
        answer = await t.ask()
        await barge_in(t, answer.response_id)
        said = await t.seen.until(
            RealtimeUserSpeechTranscriptionEvent, lambda e: e.mode == "final"
        )

    assert said.text == "Stop it!"


@both
async def test_every_listener_gets_all_events_in_one_order(
    conversing: Conversing, transport: str
) -> None:
    slow: list[str] = []
    quick: list[str] = []

    async def dawdle(event: RealtimeEvent) -> None:
        await asyncio.sleep(0)
        slow.append(event.event_id)

    async def hurry(event: RealtimeEvent) -> None:
        quick.append(event.event_id)

    async with conversing(transport) as t:
        t.realtime.subscribe(RealtimeEvent, dawdle)
        t.realtime.subscribe(RealtimeEvent, hurry)
        before = len(t.seen.events)
        await t.answer()
        await t.realtime.close()

        told = [event.event_id for event in t.seen.events[before:]]
    assert slow == quick == told


class Camera:
    """Shows one picture of noise, which no compression makes small by itself."""

    def __init__(self) -> None:
        noise = random.Random(1).randbytes(1280 * 720 * 3 // 2)  # noqa: S311 - a picture
        self._pictures = [Picture(width=1280, height=720, i420=noise)]

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Self]:
        yield self

    async def read(self) -> Picture | None:
        return self._pictures.pop() if self._pictures else None


@both
async def test_a_picture_is_sent_as_a_small_jpeg(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(transport, turns=[{"say": "I see {images}."}]) as t:
        t.realtime.watch_video(Camera())
        (sent,) = await t.connection.until_asked(AppendImage)
        answer = await t.answer()

    assert sent.jpeg.startswith(b"\xff\xd8\xff")
    assert len(sent.jpeg) <= (48_000 if transport == "webrtc" else 300_000)
    assert "I see 1 picture" in (answer.text or "")
