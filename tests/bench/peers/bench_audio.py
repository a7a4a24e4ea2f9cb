"""`audio: bench`: the microphone and the speaker of the comparison, as a plugin."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import AudioEdge, Microphone, Playback
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.settings import Settings

RATE_HZ = 24_000
FRAME = 480
"""Samples in 20 ms."""


class BenchSettings(Settings):
    """`audio: bench` has no settings."""


class BenchMicrophone:
    """Reads the marked frames."""

    rate_hz = RATE_HZ
    used_up = False
    patient = False

    def __init__(self, mic: Any) -> None:
        self._frames = mic.frames()

    async def read(self) -> Pcm:
        """Return the next 20 ms when they are due."""
        return Pcm(await anext(self._frames), RATE_HZ)


class BenchSpeaker:
    """Hands samples to the speaker, which plays them, or only takes their time."""

    def __init__(self, speaker: Any, playback: Playback) -> None:
        self._speaker = speaker
        self._playback = playback
        self._unheard = 0
        self._news = asyncio.Event()
        if speaker.paced:
            speaker.on_played = self._played

    @property
    def unheard_frames(self) -> int:
        """How much the speaker still holds."""
        return self._unheard * FRAME

    def filled(self) -> None:
        """Wake up."""
        self._news.set()

    def flush(self) -> int:
        """Empty the speaker, and return how many samples it had to drop."""
        dropped, self._unheard = self.unheard_frames, 0
        self._speaker.clear()
        return dropped

    async def play(self) -> None:
        """Play until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._playback.pending_frames >= FRAME:
                if self._speaker.paced:
                    self._unheard += 1
                    await self._speaker.write_blocking(self._playback.pull(FRAME))
                else:
                    whole = self._playback.pending_frames
                    self._speaker.write(self._playback.pull(whole))

    def _played(self, frames: int, _part: int) -> None:
        self._unheard = max(0, self._unheard - frames)


class BenchAudio:
    """The edge."""

    output_hz = RATE_HZ
    live = True

    def __init__(self, mic: Any, speaker: Any) -> None:
        self._mic = mic
        self._speaker = speaker

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[Microphone | None]:
        """Play, and give the microphone."""
        device = BenchSpeaker(self._speaker, playback)
        playback.attach(device)
        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(device.play())
            try:
                yield BenchMicrophone(self._mic)
            finally:
                playing.cancel()


class BenchPlugin:
    """Offers `audio: bench` with the objects of one session."""

    def __init__(self, mic: Any, speaker: Any) -> None:
        self._mic = mic
        self._speaker = speaker

    @hookimpl
    def realtime_run_audio(self) -> "Offer[AudioEdge]":
        """Offer the edge."""
        return Offer(BenchSettings, lambda _: BenchAudio(self._mic, self._speaker))
