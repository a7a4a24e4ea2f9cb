"""A WAV file that grows beside a conversation, without the disk ever delaying it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from realtime_run.core.errors import AudioError
from realtime_run.media.background import running
from realtime_run.media.speaker import Sink
from realtime_run.media.wav import WavWriter
from realtime_run.plugin.threads import Worker

_WAITING_PERIODS = 500
"""10 s of sound. Full: the speaker waits, and with it the agent's voice."""
_CLOSING_S = 5.0


@asynccontextmanager
async def open_tape(path: Path, rate_hz: int) -> AsyncGenerator[Sink]:
    """Open a mono WAV file, and give what writes to it in a thread of its own.

    When the context is left, what was taken is in the file, and the file is closed.

    Raises:
        AudioError: If the file cannot be written; also while it is being written, and
            then the body ends.
    """
    worker = Worker(f"write {path.name}")
    waiting: asyncio.Queue[bytes] = asyncio.Queue(_WAITING_PERIODS)
    try:
        wav = await worker.run(WavWriter, path, rate_hz)

        async def write_forever() -> None:
            while True:
                first = await waiting.get()
                await worker.run(wav.write, first + _drained(waiting))

        try:
            async with running(write_forever):
                yield waiting.put
        finally:
            await _finished(worker, wav, _drained(waiting))
    finally:
        worker.stop()


def _drained(waiting: "asyncio.Queue[bytes]") -> bytes:
    chunks: list[bytes] = []
    while not waiting.empty():
        chunks.append(waiting.get_nowait())
    return b"".join(chunks)


async def _finished(worker: Worker, wav: WavWriter, rest: bytes) -> None:
    try:
        async with asyncio.timeout(_CLOSING_S):
            await worker.run(_finish, wav, rest)
    except TimeoutError as error:
        message = f"cannot close '{wav.path}': the disk did not answer within 5 s"
        raise AudioError(message) from error


def _finish(wav: WavWriter, rest: bytes) -> None:
    try:
        if rest:
            wav.write(rest)
    finally:
        wav.close()
