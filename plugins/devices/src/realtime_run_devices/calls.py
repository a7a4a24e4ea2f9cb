"""Calls into a driver, which may hang, come too late, or fail in ways of its own."""

import asyncio
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from realtime_run.core.errors import AudioError
from realtime_run.plugin.threads import run_in_thread
from realtime_run_devices.driver import Stream

LIST_S = 5.0
OPEN_S = 5.0
CLOSE_S = 2.0

T = TypeVar("T")


async def asked(function: Callable[[], T], *, within_s: float, what: str) -> T:
    """Return what a driver's function returns.

    Args:
        function: Runs in a thread of its own, which is left behind if it hangs.
        within_s: How long it may take, in seconds.
        what: The call in words, for the error: `the sound system's list of devices`.

    Raises:
        AudioError: If it fails, or takes longer.
    """
    try:
        async with asyncio.timeout(within_s):
            return await run_in_thread(explained, function)
    except TimeoutError as error:
        message = f"{what} takes longer than {within_s:g} s"
        raise AudioError(message) from error


async def opened(open_stream: Callable[[], Stream]) -> Stream:
    """Return the stream that is opened in a thread; one that comes too late is closed.

    Raises:
        AudioError: If it cannot be opened, or not in `OPEN_S`.
    """
    attempt = Attempt(open_stream)
    try:
        return await asked(attempt.run, within_s=OPEN_S, what="opening it")
    except BaseException:
        attempt.give_up()
        raise


async def closed(stream: Stream, *, within_s: float | None = None) -> None:
    """Close a stream; one that hangs is left behind, as is one that fails."""
    try:
        await asked(stream.close, within_s=within_s or CLOSE_S, what="closing it")
    except AudioError:
        return  # its callbacks go nowhere any more: nothing depends on its end


def waited(function: Callable[[], T], *, within_s: float, what: str) -> T:
    """Return what a driver's function returns; as `asked`, where there is no loop.

    The wait can be ended by Ctrl-C, which a call into a driver cannot.

    Raises:
        AudioError: If it fails, or takes longer.
    """
    settled: SimpleQueue[tuple[T, None] | tuple[None, AudioError]] = SimpleQueue()

    def run() -> None:
        try:
            settled.put((explained(function), None))
        except AudioError as error:
            settled.put((None, error))

    threading.Thread(target=run, name="devices-call", daemon=True).start()
    try:
        result, error = settled.get(timeout=within_s)
    except Empty:
        message = f"{what} takes longer than {within_s:g} s"
        raise AudioError(message) from None
    if error is not None:
        raise error
    return cast("T", result)


def explained(function: Callable[[], T]) -> T:
    """Return what a driver's function returns.

    Raises:
        AudioError: If it fails, in whatever way.
    """
    try:
        return function()
    except AudioError:
        raise
    except Exception as error:
        message = f"its driver failed: {type(error).__name__}: {error}"
        raise AudioError(message) from error


class OneAtATime:
    """Refuses a call while an earlier one hangs: each would leave a thread behind."""

    def __init__(self) -> None:
        self._hangs = False

    def around(self, function: Callable[[], T]) -> Callable[[], T]:
        """Return a function that calls `function`, to be called once.

        Raises:
            AudioError: If the call before has not returned yet.
        """
        if self._hangs:
            message = "the sound system does not answer"
            raise AudioError(message)
        self._hangs = True

        def call() -> T:
            try:
                return function()
            finally:
                self._hangs = False

        return call


class Attempt:
    """Opens a stream for somebody who may have given up when it is open."""

    def __init__(self, open_stream: Callable[[], Stream]) -> None:
        self._open = open_stream
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._given_up = False

    def run(self) -> Stream:
        """Return the stream, closed if nobody wants it any more."""
        stream = self._open()
        with self._lock:
            self._stream = stream
            late = self._given_up
        if late:
            stream.close()
        return stream

    def give_up(self) -> None:
        """Close the stream, now or when it is open; does not wait."""
        with self._lock:
            self._given_up = True
            stream = self._stream
        if stream is not None:
            threading.Thread(target=stream.close, daemon=True).start()
