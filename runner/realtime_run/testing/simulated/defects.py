"""What clients of realtime services got wrong: tests for any plugin with a simulator.

A test module imports them, and says with whom they converse:

    from realtime_run.testing.simulated.defects import *

    @pytest.fixture
    def holding(...) -> Conversing: ...
"""

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
    RealtimeAudioOutputEvent,
    RealtimeDisconnectedEvent,
    RealtimeEvent,
    RealtimeInterruptionEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.core.picture import Picture
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.talk import Options, Talk

__all__ = [
    "test_a_clean_close_by_the_server_does_not_spin_the_loop",
    "test_a_connection_without_a_close_frame_ends_with_1006_and_is_made_again",
    "test_a_drop_is_told_and_the_connection_is_made_again",
    "test_a_picture_is_sent_as_a_small_jpeg",
    "test_every_barge_in_raises_the_epoch_by_one",
    "test_every_listener_gets_all_events_in_one_order",
    "test_of_the_old_voice_nothing_more_is_heard",
    "test_what_the_user_says_in_an_interruption_is_transcribed",
]
Holding: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
"""Holds a conversation: `Conversing`."""
_UNFINISHED = Options(finishes=False)
_HEARD_MS = 200
_AFTER_MS = 400
_LARGEST_JPEG = 300_000


@pytest.mark.anyio
async def test_a_clean_close_by_the_server_does_not_spin_the_loop(
    holding: Holding,
) -> None:
    async with holding(faults={"close": "1000@1"}, faulty_connections=1) as t:
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


@pytest.mark.anyio
async def test_a_drop_is_told_and_the_connection_is_made_again(
    holding: Holding,
) -> None:
    async with _dropped(holding) as t:
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        connected = t.realtime.connected
        await t.reconnected()
        again = await t.answer()

    assert gone.will_reconnect
    assert not connected
    assert again.status == "completed"


@pytest.mark.anyio
async def test_a_connection_without_a_close_frame_ends_with_1006_and_is_made_again(
    holding: Holding,
) -> None:
    async with _dropped(holding) as t:
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        await t.reconnected()

    end = t.provider.connections[0].end
    assert end is not None
    assert (end.code, gone.was_clean) == ("1006", False)


@pytest.mark.anyio
async def test_of_the_old_voice_nothing_more_is_heard(holding: Holding) -> None:
    async with holding(
        turns=[{"say": STORY}], faults={"late_deltas": "3"}, options=_UNFINISHED
    ) as t:
        answer = await t.ask()
        await t.play(answer.response_id, _HEARD_MS)
        t.say(silence=False)
        await t.seen.until(RealtimeInterruptionEvent)
        after = await t.play_on(_AFTER_MS)
        over = await t.seen.until(*t.over(answer.response_id))

    assert not any(after)
    assert (over.interrupted, over.played_ms) == (True, _HEARD_MS)
    stale = t.seen.of(
        RealtimeAudioOutputEvent,
        lambda e: e.response_id == answer.response_id and e.epoch > 0,
    )
    assert stale == []


@pytest.mark.anyio
async def test_every_barge_in_raises_the_epoch_by_one(holding: Holding) -> None:
    epochs: list[int] = []
    turns = [{"say": STORY}, {"say": STORY}]
    async with holding(turns=turns, options=_UNFINISHED) as t:
        first = await t.ask()
        await _barge_in(t, first.response_id)
        epochs.append(t.realtime.epoch)
        second = await t.seen.until(
            RealtimeAgentSpeechTranscriptionEvent,
            lambda e: e.response_id != first.response_id,
        )
        await _barge_in(t, second.response_id)
        epochs.append(t.realtime.epoch)
        await t.complete(second.response_id)

        told = [event.epoch for event in t.seen.of(RealtimeInterruptionEvent)]
    assert epochs == told == [1, 2]


@pytest.mark.anyio
async def test_what_the_user_says_in_an_interruption_is_transcribed(
    holding: Holding,
) -> None:
    turns = [{"say": STORY}, {"heard": "Stop it!", "say": "Okay."}]
    async with holding(turns=turns, options=_UNFINISHED) as t:
        answer = await t.ask()
        await _barge_in(t, answer.response_id)
        said = await t.seen.until(
            RealtimeUserSpeechTranscriptionEvent, lambda e: e.mode == "final"
        )

    assert said.text == "Stop it!"


@pytest.mark.anyio
async def test_every_listener_gets_all_events_in_one_order(holding: Holding) -> None:
    slow: list[str] = []
    quick: list[str] = []

    async def dawdle(event: RealtimeEvent) -> None:
        await asyncio.sleep(0)
        slow.append(event.event_id)

    async def hurry(event: RealtimeEvent) -> None:
        quick.append(event.event_id)

    async with holding() as t:
        t.realtime.subscribe(RealtimeEvent, dawdle)
        t.realtime.subscribe(RealtimeEvent, hurry)
        before = len(t.seen.events)
        await t.answer()
        await t.realtime.close()

        told = [event.event_id for event in t.seen.events[before:]]
    assert slow == quick == told


@pytest.mark.anyio
async def test_a_picture_is_sent_as_a_small_jpeg(holding: Holding) -> None:
    async with holding(turns=[{"say": "I see {images}."}]) as t:
        largest = t.provider.capabilities.max_image_bytes or _LARGEST_JPEG
        t.realtime.watch_video(_Camera())
        (sent,) = await t.connection.until_asked(AppendImage)
        t.say()
        begun = await t.seen.until(RealtimeResponseEvent)
        answer = await t.hear_out(begun.response_id)

    assert sent.jpeg.startswith(b"\xff\xd8\xff")
    assert len(sent.jpeg) <= largest
    assert "I see 1 picture" in (answer.text or "")


@asynccontextmanager
async def _dropped(holding: Holding) -> AsyncGenerator[Talk]:
    """Ask on a connection that breaks in the answer, with no goodbye."""
    async with holding(
        faults={"drop": "12"}, faulty_connections=1, options=_UNFINISHED
    ) as t:
        await t.realtime.simple_response(STORY)
        yield t


async def _barge_in(t: Talk, response_id: str) -> None:
    """Speak over an answer after a part of it was heard, until it is over."""
    await t.play(response_id, _HEARD_MS)
    t.say()
    await t.seen.until(*t.over(response_id))


class _Camera:
    """Shows one picture of noise, which no compression makes small by itself."""

    def __init__(self) -> None:
        noise = random.Random(1).randbytes(1280 * 720 * 3 // 2)  # noqa: S311 - a picture
        self._pictures = [Picture(width=1280, height=720, i420=noise)]

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Self]:
        yield self

    async def read(self) -> Picture | None:
        return self._pictures.pop() if self._pictures else None
