"""Sound without files, devices or waiting."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm
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


class HandAudio:
    """An audio edge whose speaker pulls when the test says so."""

    def __init__(
        self, *, output_hz: int | None = None, microphone: bool = True
    ) -> None:
        """Make an edge that is not open.

        Args:
            output_hz: The rate at which it pulls; None takes the provider's.
            microphone: Whether it has one.
        """
        self.output_hz = output_hz
        self.live = False
        self.microphone = HandMicrophone() if microphone else None
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self._playback: Playback | None = None

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[HandMicrophone | None]:
        """Let the test pull from `playback`."""
        self._playback = playback
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
        return self._playback.pull(self._playback.rate_hz * milliseconds // 1000)
