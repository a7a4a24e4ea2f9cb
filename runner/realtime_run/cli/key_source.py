"""Reads the bytes of keys in threads that nobody has to wait for."""

import asyncio
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Protocol

from msgspec import Struct

from realtime_run.cli.terminal import Terminal

_WAITING_CHUNKS = 64
"""How much is read ahead; then the keys wait in the terminal."""
_CHUNK_BYTES = 65536
_LOOK_S = 0.3
"""How often to look whether the terminal is ours again."""
_WINDOWS_KEYS = {
    "H": b"\x1b[A",
    "P": b"\x1b[B",
    "M": b"\x1b[C",
    "K": b"\x1b[D",
    "G": b"\x1b[H",
    "O": b"\x1b[F",
    "S": b"\x1b[3~",
    "s": b"\x1b[1;5D",
    "t": b"\x1b[1;5C",
}
"""What the Windows console calls keys without characters, as terminals send them."""


class Arrived(Struct, frozen=True, kw_only=True):
    """Bytes of keys."""

    data: bytes
    """Empty: no more will come."""
    at_ms: float
    """When they were read, on the monotonic clock."""


class KeySource(Protocol):
    """Where keys come from."""

    def read(self, put: Callable[[bytes], None]) -> None:
        """Hand over what comes, and return at its end. Called in a thread."""
        ...


class TerminalKeys:
    """The keys of a POSIX terminal."""

    def __init__(self, descriptor: int, terminal: Terminal) -> None:
        """Read nothing yet.

        Args:
            descriptor: Standard input.
            terminal: Tells whether it may be read.
        """
        self._descriptor = descriptor
        self._terminal = terminal

    def read(self, put: Callable[[bytes], None]) -> None:
        """Hand over what comes, until the terminal is gone."""
        while True:
            looked_at = [self._descriptor] if self._terminal.is_ours else []
            ready, _, _ = select.select(looked_at, [], [], _LOOK_S)
            if not os.isatty(self._descriptor):
                return
            # The keys may be another program's: to read them would stop this one.
            if not ready or not self._terminal.is_ours:
                continue
            data = _read_some(self._descriptor)
            if not data:
                return
            put(data)


class WindowsKeys:
    """The keys of a Windows console, in the bytes that other terminals send."""

    def read(self, put: Callable[[bytes], None]) -> None:
        """Hand over what comes."""
        if sys.platform != "win32":
            return
        import msvcrt  # noqa: PLC0415 - Windows only

        while True:
            character = msvcrt.getwch()
            if character == "\x03":  # while it waits, Ctrl-C is a key as any other
                signal.raise_signal(signal.SIGINT)
            elif character in "\x00\xe0":
                put(_WINDOWS_KEYS.get(msvcrt.getwch(), b""))
            else:
                put(character.encode("utf-8", "surrogatepass"))


async def arrivals(source: KeySource) -> "asyncio.Queue[Arrived]":
    """Start to read, and return the queue in which the keys arrive."""
    queue: asyncio.Queue[Arrived] = asyncio.Queue(_WAITING_CHUNKS)
    loop = asyncio.get_running_loop()

    def put(data: bytes) -> None:
        arrived = Arrived(data=data, at_ms=time.monotonic() * 1000)
        waiting = queue.put(arrived)
        try:
            asyncio.run_coroutine_threadsafe(waiting, loop).result()
        except RuntimeError:
            waiting.close()
            raise

    def read() -> None:
        try:
            source.read(lambda data: put(data) if data else None)
            put(b"")
        except (RuntimeError, CancelledError):
            pass  # the loop has closed: nobody listens any more

    threading.Thread(target=read, name="keys", daemon=True).start()
    return queue


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK_BYTES)
    except OSError:
        return b""  # a terminal that was closed
