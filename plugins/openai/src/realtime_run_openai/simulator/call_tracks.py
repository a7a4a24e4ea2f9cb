"""The sound and sight of a call: what is played, heard and seen."""

import asyncio
import contextlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from realtime_run.core.pcm import Pcm
from realtime_run.core.resample import Resampler
from realtime_run_openai.simulator.sight import video_described

_RATE_HZ = 24_000
_FRAME_SAMPLES = _RATE_HZ // 50
_FRAME_BYTES = 2 * _FRAME_SAMPLES
_FRAME_S = 0.02
_LOOK_S = 0.25
"""So often the video is looked at."""
_LOOK_SIZE = 16


class VoiceTrack(MediaStreamTrack):
    """Sends what is to be played in real time, and silence between."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queued = bytearray()
        self._frames = 0
        self._began_s: float | None = None

    def play(self, pcm: bytes) -> None:
        """Queue samples: mono s16le at 24 kHz."""
        self._queued += pcm

    def hush(self) -> None:
        """Drop what is queued."""
        self._queued.clear()

    async def recv(self) -> av.AudioFrame:
        """Return the next 20 ms, when it is time for them."""
        if self.readyState != "live":
            raise MediaStreamError
        now_s = asyncio.get_running_loop().time()
        if self._began_s is None:
            self._began_s = now_s
        await asyncio.sleep(self._began_s + self._frames * _FRAME_S - now_s)
        samples = bytes(self._queued[:_FRAME_BYTES]).ljust(_FRAME_BYTES, b"\0")
        del self._queued[:_FRAME_BYTES]
        frame = av.AudioFrame(format="s16", layout="mono", samples=_FRAME_SAMPLES)
        frame.planes[0].update(samples)
        frame.sample_rate = _RATE_HZ
        frame.pts = self._frames * _FRAME_SAMPLES
        frame.time_base = Fraction(1, _RATE_HZ)
        self._frames += 1
        return frame


async def _next_frame(track: Any) -> object:
    # PyAV types its packets only in part; what is no frame is not looked at.
    return await track.recv()


async def hear(track: MediaStreamTrack, take: Callable[[Pcm], None]) -> None:
    """Hand the sound of a track on, mono at 24 kHz, until it ends."""
    resampler = Resampler(_RATE_HZ)
    with contextlib.suppress(MediaStreamError):
        while True:
            frame = await _next_frame(track)
            if isinstance(frame, av.AudioFrame):
                channels = frame.layout.nb_channels
                width = 2 * channels * frame.samples
                samples = bytes(frame.planes[0])[:width]
                pcm = Pcm(samples, frame.sample_rate, channels)
                take(resampler.push(pcm))


async def watch(track: MediaStreamTrack, take: Callable[[str], None]) -> None:
    """Tell in words what is on a track, until it ends."""
    loop = asyncio.get_running_loop()
    next_s = 0.0
    with contextlib.suppress(MediaStreamError):
        while True:
            frame = await _next_frame(track)
            if isinstance(frame, av.VideoFrame) and loop.time() >= next_s:
                next_s = loop.time() + _LOOK_S
                small = frame.reformat(_LOOK_SIZE, _LOOK_SIZE, "rgb24").to_ndarray()
                red, green, blue = small.reshape(-1, 3).mean(axis=0)
                take(video_described(red, green, blue))
