"""What is sent by RTP: the user's voice, and what the camera sees.

aiortc pulls frames out of a track; the session pushes commands. Between them stand a
queue of 200 ms for sound, and the latest picture for video.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame

from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.core.picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

AUDIO_HZ = 48_000
"""What Opus runs at in WebRTC (RFC 7587)."""
_FRAME_S = FRAME_MS / 1000
_FRAME_SAMPLES = AUDIO_HZ * FRAME_MS // 1000
_AUDIO_TIME_BASE = Fraction(1, AUDIO_HZ)
_SILENCE = bytes(2 * _FRAME_SAMPLES)
_QUEUE_FRAMES = 10
"""200 ms: how far a source that is faster than real time may run ahead."""
_PATIENCE_S = 0.06
"""How late a frame may be before silence is sent in its place."""
_STALL_S = 0.1
"""What is later than this is not made up for: it would come as a burst."""
_BACKLOG_FRAMES = 3
_HASTE = 0.005
"""With a backlog, frames go this much faster: more than any two clocks differ."""
_QUIET_FRAMES = 100
"""With a backlog, such as after a connection was exchanged, every other frame of what
follows 2 s of quiet is skipped: no pause that ends a turn gets shorter, and no delay
stays for good."""
_QUIET_PEAK = 200
_VIDEO_HZ = 90_000
_VIDEO_TIME_BASE = Fraction(1, _VIDEO_HZ)
_REPEAT_SOON_S = 0.1
_REPEAT_S = 1.0


class MicrophoneTrack(MediaStreamTrack):
    """The user's voice as a track: frames of 20 ms, mono s16 at 48 kHz.

    A frame that is a little late is waited for, so that a microphone whose clock is
    slower sets the pace; a faster one makes a backlog, which is worked off slowly, and
    quickly in long pauses.
    Where nothing comes, silence is sent: providers need it to notice the end of a turn.
    """

    kind = "audio"

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._framer = Framer(AUDIO_HZ)
        self._queue: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._due_s: float | None = None
        self._starved = True
        self._quiet = 0
        self._samples = 0

    async def write(self, pcm: Pcm) -> None:
        """Take samples; waits while 200 ms of them have not been sent yet.

        Raises:
            ValueError: If they are not mono at 48 kHz.
            MediaStreamError: If the track has ended.
        """
        for frame in self._framer.push(pcm):
            while len(self._queue) >= _QUEUE_FRAMES and self.readyState == "live":
                self._room.clear()
                await self._room.wait()
            if self.readyState != "live":
                raise MediaStreamError
            self._queue.append(frame.data)
            self._news.set()

    async def drain(self) -> None:
        """Wait until all that was written has been sent, or the track has ended."""
        while self._queue and self.readyState == "live":
            self._room.clear()
            await self._room.wait()

    async def recv(self) -> AudioFrame:
        """Return the next frame when it is due; aiortc calls this."""
        if self.readyState != "live":
            raise MediaStreamError
        data = await self._next()
        frame = AudioFrame(format="s16", layout="mono", samples=_FRAME_SAMPLES)
        frame.planes[0].update(data)
        frame.sample_rate = AUDIO_HZ
        frame.time_base = _AUDIO_TIME_BASE
        frame.pts = self._samples
        self._samples += _FRAME_SAMPLES
        return frame

    def stop(self) -> None:
        """End the track, and let go who waits to write."""
        super().stop()
        self._room.set()

    async def _next(self) -> bytes:
        due_s = self._now() if self._due_s is None else self._due_s
        await asyncio.sleep(max(0.0, due_s - self._now()))
        if not self._queue and not self._starved:
            await self._wait_for_news(due_s + _PATIENCE_S)
            if self._queue:
                due_s = self._now()  # the microphone's clock is the one that counts
        if self._now() - due_s > _STALL_S:
            due_s = self._now()
        self._starved = not self._queue
        haste = _HASTE if len(self._queue) > _BACKLOG_FRAMES else 0.0
        self._due_s = due_s + _FRAME_S * (1 - haste)
        if self._starved:
            return _SILENCE
        data = self._taken()
        if self._quiet > _QUIET_FRAMES and len(self._queue) > _BACKLOG_FRAMES:
            data = self._taken()
        self._room.set()
        return data

    def _taken(self) -> bytes:
        data = self._queue.popleft()
        loudest = np.abs(np.frombuffer(data, "<i2").astype(np.int32)).max()
        self._quiet = self._quiet + 1 if loudest < _QUIET_PEAK else 0
        return data

    async def _wait_for_news(self, until_s: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(until_s - self._now()):
                await self._news.wait()
        except TimeoutError:
            return


class CameraTrack(MediaStreamTrack):
    """What the camera sees as a track, at the pace at which pictures come.

    A picture that nobody took in time gives way to the next: the latest matters. One
    that stays the latest is sent again: soon, since a receiver may hold a frame back
    until the next one comes, and then every second, for one that has missed it.
    """

    kind = "video"

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._latest: Picture | None = None
        self._is_new = False
        self._repeat_s: float | None = None
        self._news = asyncio.Event()
        self._began_s: float | None = None

    def show(self, picture: Picture) -> None:
        """Send a picture, in place of one that has not been sent yet."""
        self._latest = picture
        self._is_new = True
        self._news.set()

    async def recv(self) -> VideoFrame:
        """Return the next picture when there is one; aiortc calls this."""
        if not self._is_new:
            await self._wait_for_news()
        if self.readyState != "live" or self._latest is None:
            raise MediaStreamError
        self._repeat_s = _REPEAT_SOON_S if self._is_new else _REPEAT_S
        self._is_new = False
        at_s = self._now()
        if self._began_s is None:
            self._began_s = at_s
        frame = _video_frame(self._latest)
        frame.pts = int((at_s - self._began_s) * _VIDEO_HZ)
        frame.time_base = _VIDEO_TIME_BASE
        return frame

    def stop(self) -> None:
        """End the track, and let go who waits for a picture."""
        super().stop()
        self._news.set()

    async def _wait_for_news(self) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(self._repeat_s):
                await self._news.wait()
        except TimeoutError:
            return


def mono(frame: AudioFrame) -> bytes:
    """Return a decoded s16 frame as mono s16le: averaged, and never resampled."""
    channels = frame.layout.nb_channels
    samples = frame.to_ndarray().reshape(-1, channels).astype(np.int32)
    averaged: NDArray[np.int16] = (samples.sum(axis=1) // channels).astype("<i2")
    return averaged.tobytes()


def _video_frame(picture: Picture) -> VideoFrame:
    planes = np.frombuffer(picture.i420, dtype=np.uint8)
    rows = planes.reshape(picture.height * 3 // 2, picture.width)
    return VideoFrame.from_ndarray(rows, format="yuv420p")
