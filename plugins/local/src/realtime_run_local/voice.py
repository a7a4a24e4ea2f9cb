"""Runs a synthesizer in its thread, and gives its samples to the event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable

from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.plugin.threads import Worker
from realtime_run_local.text_to_speech.synthesizer import Synthesizer

_LONGEST_PIECE_S = 0.1


class Voice:
    """Says one sentence after another.

    A sentence is synthesised ahead of who takes it, so at most one sentence waits here.
    """

    def __init__(self, synthesizer: Synthesizer, worker: Worker) -> None:
        self._synthesizer = synthesizer
        self._worker = worker

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._synthesizer.rate_hz

    async def say(self, text: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Give the samples of `text` to `take`, at most 100 ms at a time.

        If it is cancelled, the synthesizer stops at its next buffer.

        Raises:
            Exception: Whatever the synthesizer raises.
        """
        speech = _Speech()
        try:
            # The group cannot raise: `_synthesise` keeps its error for below.
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._synthesise(text, speech))
                while (buffer := await speech.next()) is not None:
                    for piece in self._pieces(buffer):
                        await take(piece)
        finally:
            speech.stop()
        if speech.error is not None:
            raise speech.error

    async def _synthesise(self, text: str, speech: "_Speech") -> None:
        try:
            await self._worker.run(self._synthesizer.speak, text, speech.emit)
        except Exception as error:  # noqa: BLE001 - foreign: raised again by `say`
            speech.error = error
        finally:
            speech.finish()

    def _pieces(self, buffer: bytes) -> list[bytes]:
        width = int(self.rate_hz * _LONGEST_PIECE_S) * BYTES_PER_SAMPLE
        return [buffer[at : at + width] for at in range(0, len(buffer), width)]


class _Speech:
    """One sentence on its way from the thread to the loop."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._buffers: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._stopped = threading.Event()
        self._finished = False

    def emit(self, pcm: bytes) -> bool:
        """Take samples in the synthesizer's thread; False when nobody listens."""
        if self._stopped.is_set():
            return False
        self._buffers.append(pcm)
        try:
            self._loop.call_soon_threadsafe(self._changed.set)
        except RuntimeError:
            return False  # the loop has closed
        return True

    def stop(self) -> None:
        self._stopped.set()

    def finish(self) -> None:
        self._finished = True
        self._changed.set()

    async def next(self) -> bytes | None:
        while not self._buffers:
            if self._finished:
                return None
            self._changed.clear()
            await self._changed.wait()
        return self._buffers.popleft()
