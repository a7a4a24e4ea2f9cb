"""What the user types, or another program pipes into standard input."""

import asyncio
import codecs
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError

MOST_CHARACTERS = 64 * 1024
"""A longer line is sent in pieces of this length."""
_WAITING_LINES = 16
"""How many lines are read ahead; then whoever pipes them waits."""


class TypedLines:
    """Lines of a file descriptor, read in a thread that nobody has to wait for.

    `sys.stdin` is not used: a daemon thread inside its buffer's lock makes the
    interpreter crash at exit.
    """

    def __init__(self, descriptor: int, *, interactive: bool) -> None:
        """Read nothing yet.

        Args:
            descriptor: Where the lines come from.
            interactive: True if a person types them.
        """
        self._descriptor = descriptor
        self._interactive = interactive
        self._ended: Callable[[], None] | None = None

    def when_ended(self, call: Callable[[], None]) -> None:
        """Have `call` called on the loop, once no line will come any more."""
        self._ended = call

    @property
    def descriptor(self) -> int:
        """Where the lines come from."""
        return self._descriptor

    @property
    def interactive(self) -> bool:
        """True if a person types."""
        return self._interactive

    async def lines(self) -> AsyncIterator[str]:
        """Yield lines that are not blank, until the end of the file."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(_WAITING_LINES)
        loop = asyncio.get_running_loop()
        reader = threading.Thread(
            target=self._read, args=(queue, loop), name="standard input", daemon=True
        )
        reader.start()
        while (line := await queue.get()) is not None:
            if line.strip():
                yield line.strip()
        if self._ended is not None:
            self._ended()

    def _read(
        self, queue: "asyncio.Queue[str | None]", loop: asyncio.AbstractEventLoop
    ) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        try:
            while data := _read_some(self._descriptor):
                *whole, rest = (rest + decoder.decode(data)).split("\n")
                if len(rest) > MOST_CHARACTERS:
                    whole, rest = [*whole, rest], ""
                for line in whole:
                    _put(queue, loop, line)
            _put(queue, loop, rest + decoder.decode(b"", final=True))
            _put(queue, loop, None)
        except (RuntimeError, CancelledError):
            pass  # the loop has closed: nobody listens any more


def standard_input() -> TypedLines | None:
    """Return the lines of standard input; None if there is nothing to read from."""
    try:
        descriptor = sys.stdin.fileno()
        os.fstat(descriptor)
    except (AttributeError, OSError, ValueError):
        return None
    interactive = os.isatty(descriptor)
    if interactive and _in_background(descriptor):
        return None
    return TypedLines(descriptor, interactive=interactive)


def _in_background(descriptor: int) -> bool:
    """Return whether reading from the terminal would stop this process (SIGTTIN)."""
    if sys.platform == "win32":
        return False
    try:
        return os.tcgetpgrp(descriptor) != os.getpgrp()
    except OSError:
        return True  # it is not our terminal


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""  # a terminal that was closed


def _put(
    queue: "asyncio.Queue[str | None]",
    loop: asyncio.AbstractEventLoop,
    line: str | None,
) -> None:
    put = queue.put(line)
    try:
        asyncio.run_coroutine_threadsafe(put, loop).result()
    except RuntimeError:
        put.close()
        raise
