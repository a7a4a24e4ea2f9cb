"""Sound without files, devices or waiting."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.plugin.api import Playback


class HandMicrophone:
    """Gives the samples that a test says, when it says them."""

    def __init__(self, rate_hz: int = 16_000) -> None:
        self.rate_hz = rate_hz
        self.used_up = False
        self.patient = False
        self._said: asyncio.Queue[Pcm | AudioError] = asyncio.Queue()

    def say(self, pcm: Pcm) -> None:
        """Let the user say something."""
        self._said.put_nowait(pcm)

    def unplug(self) -> None:
        """Let the microphone be lost."""
        self._said.put_nowait(AudioError("the microphone was unplugged"))

    async def read(self) -> Pcm:
        """Return what the test says next."""
        said = await self._said.get()
        if isinstance(said, AudioError):
            raise said
        return said


class HandSpeaker:
    """A device that holds what it pulled last for a while before it is heard."""

    def __init__(
        self, playback: Playback, latency_frames: int, *, takes_back: bool = True
    ) -> None:
        """Make a device that holds nothing, and attach it.

        Args:
            playback: What it pulls from.
            latency_frames: How many frames it holds, once it has pulled so many.
            takes_back: Whether what it holds can be dropped.
        """
        self._playback = playback
        self._width = latency_frames * BYTES_PER_SAMPLE
        self.takes_back = takes_back
        self._held = b""
        self.heard = b""
        """What came out of it, silence included: s16le."""
        playback.attach(self)

    @property
    def unheard_frames(self) -> int:
        """How much it holds."""
        return len(self._held) // BYTES_PER_SAMPLE

    def filled(self) -> None:
        """Go on as before: it never sleeps."""

    def flush(self) -> int:
        """Drop what it holds, if it can."""
        if not self.takes_back:
            return 0
        dropped, self._held = self._held, b""
        return len(dropped) // BYTES_PER_SAMPLE

    def play(self, frames: int) -> bytes:
        """Pull so much, let as much of what it holds be heard, and return the pulled.

        As long as it holds less than its latency, less is heard.
        """
        pulled = self._playback.pull(frames)
        whole = self._held + pulled
        out = max(0, len(whole) - self._width)
        self.heard += whole[:out]
        self._held = whole[out:]
        return pulled


class HandAudio:
    """An audio edge whose speaker pulls when the test says so."""

    def __init__(
        self,
        *,
        output_hz: int | None = None,
        microphone: bool = True,
        latency_ms: int = 0,
        takes_back: bool = True,
    ) -> None:
        """Make an edge that is not open.

        Args:
            output_hz: The rate at which it pulls; None takes the provider's.
            microphone: Whether it has one.
            latency_ms: How long its speaker holds samples before they are heard; 0: it
                has none that says so, and what was pulled counts as heard.
            takes_back: Whether its speaker can drop what it holds.
        """
        self.output_hz = output_hz
        self.live = False
        self.speaker: HandSpeaker | None = None
        """What holds samples, once it was opened."""
        self._latency_ms = latency_ms
        self.takes_back = takes_back
        self.microphone = HandMicrophone() if microphone else None
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self._playback: Playback | None = None

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[HandMicrophone | None]:
        """Let the test pull from `playback`."""
        self._playback = playback
        if self._latency_ms:
            latency_frames = playback.rate_hz * self._latency_ms // 1000
            self.speaker = HandSpeaker(
                playback, latency_frames, takes_back=self.takes_back
            )
        self.opened.set()
        try:
            yield self.microphone
        finally:
            self.closed.set()

    def play(self, milliseconds: int) -> bytes:
        """Pull so much, as a device would, and return it.

        Raises:
            RuntimeError: If the edge is not open.
        """
        if self._playback is None:
            message = "the audio edge is not open"
            raise RuntimeError(message)
        frames = self._playback.rate_hz * milliseconds // 1000
        if self.speaker is None:
            return self._playback.pull(frames)
        return self.speaker.play(frames)
