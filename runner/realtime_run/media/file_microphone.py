"""A microphone that hears a sound file, and silence after its end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.media.background import running
from realtime_run.media.clock import PERIOD_S, FrameCounter, Ticker, TimeSource
from realtime_run.media.decode import SoundFile, open_sound
from realtime_run.plugin.threads import Worker

_BLOCKS_AHEAD = 4
"""2 s of sound. Full: the disk waits."""


class FileMicrophone:
    """Gives a sound file in periods of 20 ms, the last filled up with silence."""

    def __init__(self, sound: SoundFile, clock: TimeSource, *, eager: bool) -> None:
        self._sound = sound
        self.rate_hz = sound.rate_hz
        self._clock = clock
        self._eager = eager
        self._blocks: asyncio.Queue[Pcm | AudioError] = asyncio.Queue(_BLOCKS_AHEAD)
        self._rest = b""
        self._ended = False
        self._frames = FrameCounter(sound.rate_hz)
        self._ticker: Ticker | None = None

    @property
    def used_up(self) -> bool:
        """True when only silence will follow."""
        return self._ended and not self._rest

    @property
    def patient(self) -> bool:
        """True while the file is read as fast as it is taken."""
        return self._eager and not self.used_up

    async def read(self) -> Pcm:
        """Return the next 20 ms, when a microphone would have heard them.

        Raises:
            AudioError: If the file turns out to be damaged.
        """
        if self.patient:
            await self._clock.sleep(0)
        else:
            # The first read starts the clock: nothing is heard before it.
            self._ticker = self._ticker or Ticker(self._clock, first_due_s=PERIOD_S)
            await self._ticker.tick()
        size = self._frames.next() * BYTES_PER_SAMPLE
        # One sample more than needed, to know the end when its last samples are given.
        while len(self._rest) <= size and not self._ended:
            block = await self._blocks.get()
            if isinstance(block, AudioError):
                self._blocks.put_nowait(block)  # for who asks again
                raise block
            self._rest += block.data
            self._ended = not block.data
        samples, self._rest = self._rest[:size], self._rest[size:]
        return Pcm(samples.ljust(size, b"\0"), self._sound.rate_hz)

    async def read_ahead(self, worker: Worker) -> None:
        """Decode in the worker's thread, a few blocks before they are needed."""
        block: Pcm | None = None
        while block is None or block.data:
            try:
                block = await worker.run(self._sound.read)
            except AudioError as error:
                await self._blocks.put(error)
                return
            await self._blocks.put(block)


@asynccontextmanager
async def open_file_microphone(
    path: Path, *, raw_rate_hz: int, clock: TimeSource, eager: bool
) -> AsyncGenerator[FileMicrophone]:
    """Open a sound file as a microphone.

    Args:
        path: The sound file.
        raw_rate_hz: The rate of a file without header.
        clock: What the pace is taken from.
        eager: As fast as it is read; the silence after its end keeps the clock's pace.

    Raises:
        AudioError: If the file cannot be used.
    """
    worker = Worker(f"read {path.name}")
    try:
        sound = await worker.run(open_sound, path, raw_rate_hz)
        try:
            microphone = FileMicrophone(sound, clock, eager=eager)

            async def read_ahead() -> None:
                await microphone.read_ahead(worker)

            async with running(read_ahead):
                yield microphone
        finally:
            await worker.run(sound.close)
    finally:
        worker.stop()
