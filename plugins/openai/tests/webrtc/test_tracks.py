"""The user's voice and pictures, as aiortc pulls them out of tracks."""

import asyncio
from collections import deque
from itertools import count

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run_openai.tracks import CameraTrack, MicrophoneTrack, mono


def voice(n: int) -> Pcm:
    return Pcm(np.full(960, n + 1, "<i2").tobytes(), 48_000)


async def pulled(track: MicrophoneTrack, frames: int) -> list[int]:
    """The first sample of each frame: 0 is silence."""
    found: list[int] = []
    for _ in range(frames):
        frame = await track.recv()
        found.append(int(frame.to_ndarray()[0, 0]))
    return found


async def test_frames_come_out_in_order_at_their_pace() -> None:
    clock = asyncio.get_running_loop().time
    track = MicrophoneTrack(clock)
    for n in range(6):
        await track.write(voice(n))

    began = clock()
    found = await pulled(track, 6)

    assert found == [1, 2, 3, 4, 5, 6]
    assert clock() - began >= 0.095


async def test_samples_are_cut_into_frames_of_20_ms() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)
    await track.write(Pcm(np.arange(1, 1921, dtype="<i2").tobytes()[:3000], 48_000))
    await track.write(Pcm(np.arange(1, 1921, dtype="<i2").tobytes()[3000:], 48_000))

    first, second = await track.recv(), await track.recv()

    assert (first.samples, first.sample_rate, first.layout.name) == (
        960,
        48_000,
        "mono",
    )
    assert (first.pts, second.pts) == (0, 960)
    assert first.to_ndarray()[0].tolist() == list(range(1, 961))
    assert second.to_ndarray()[0].tolist() == list(range(961, 1921))


async def test_who_drains_waits_until_the_last_frame_was_taken() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)
    for n in range(3):
        await track.write(voice(n))

    async with asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(track.drain())
        early = await pulled(track, 2)
        waited = not draining.done()
        last = await pulled(track, 1)

    assert (early, waited, last) == ([1, 2], True, [3])


async def test_a_track_that_ends_lets_go_who_drains() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)
    await track.write(voice(0))

    async with asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(track.drain())
        await asyncio.sleep(0)
        track.stop()

    assert draining.done()


async def test_silence_is_sent_where_nothing_comes() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)

    found = await pulled(track, 3)

    assert found == [0, 0, 0]


async def test_a_frame_that_is_a_little_late_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    track = MicrophoneTrack(loop.time)
    await track.write(voice(0))
    await track.recv()
    loop.call_later(0.04, track._queue.append, voice(1).data)
    loop.call_later(0.04, track._news.set)

    found = await pulled(track, 1)

    assert found == [2]


async def test_a_source_that_is_faster_than_real_time_is_held_up() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)
    for n in range(10):
        await track.write(voice(n))

    async with asyncio.TaskGroup() as tasks:
        more = tasks.create_task(track.write(voice(10)))
        await asyncio.sleep(0)
        waits = not more.done()
        await track.recv()
        await more

    assert waits


async def test_what_a_stall_delayed_does_not_come_as_a_burst() -> None:
    now = 100.0
    track = MicrophoneTrack(lambda: now)
    for n in range(10):
        await track.write(voice(n))
    await track.recv()

    now += 5.0
    await track.recv()

    assert track._due_s == pytest.approx(now + 0.02, abs=0.001)


async def test_a_backlog_is_worked_off_slowly() -> None:
    now = 100.0
    track = MicrophoneTrack(lambda: now)
    for n in range(10):
        await track.write(voice(n))

    await track.recv()

    assert track._due_s == pytest.approx(now + 0.0199)


QUIET = Pcm(bytes(1920), 48_000)
LOUD = voice(999)


async def test_a_backlog_is_worked_off_in_long_pauses() -> None:
    track = MicrophoneTrack(count().__next__)  # always late: nothing waits
    for _ in range(100):
        await track.write(QUIET)
        await track.recv()

    for pcm in (*[QUIET] * 8, LOUD):
        await track.write(pcm)

    assert await pulled(track, 6) == [0, 0, 0, 0, 0, 1000]
    assert track._queue == deque()


async def test_no_pause_that_ends_a_turn_gets_shorter() -> None:
    track = MicrophoneTrack(count().__next__)
    await track.write(LOUD)

    for pcm in (*[QUIET] * 8, LOUD):
        await track.write(pcm)

    assert await pulled(track, 10) == [1000, *[0] * 8, 1000]


async def test_who_waits_to_write_hears_that_the_track_has_ended() -> None:
    track = MicrophoneTrack(asyncio.get_running_loop().time)
    for n in range(10):
        await track.write(voice(n))

    asyncio.get_running_loop().call_soon(track.stop)
    with pytest.raises(MediaStreamError):
        await track.write(voice(10))
    with pytest.raises(MediaStreamError):
        await track.recv()


def picture(y: int) -> Picture:
    # 18 is no multiple of what FFmpeg aligns rows to.
    return Picture(width=18, height=4, i420=bytes([y]) * 72 + bytes([128]) * 36)


async def test_the_latest_picture_is_the_one_that_is_sent() -> None:
    track = CameraTrack(asyncio.get_running_loop().time)
    track.show(picture(40))
    track.show(picture(200))

    frame = await track.recv()

    assert (frame.width, frame.height, frame.format.name) == (18, 4, "yuv420p")
    assert frame.to_ndarray().tobytes() == picture(200).i420


async def test_a_picture_that_stays_is_sent_again() -> None:
    track = CameraTrack(asyncio.get_running_loop().time)
    track.show(picture(40))

    first, again = await track.recv(), await track.recv()

    assert again.to_ndarray().tobytes() == first.to_ndarray().tobytes()
    assert 8_000 < again.pts - first.pts < 30_000


async def test_a_camera_that_never_gave_a_picture_ends_with_its_track() -> None:
    track = CameraTrack(asyncio.get_running_loop().time)
    asyncio.get_running_loop().call_soon(track.stop)

    with pytest.raises(MediaStreamError):
        await track.recv()


def test_stereo_is_averaged() -> None:
    samples = np.array([[1000, 3000, -5, -6, 32767, 32767]], dtype="<i2")
    frame = AudioFrame.from_ndarray(samples, format="s16", layout="stereo")

    assert np.frombuffer(mono(frame), "<i2").tolist() == [2000, -6, 32767]
