"""Run code that blocks, without the power to delay the session or its end.

`asyncio.to_thread` uses threads that the interpreter waits for when it exits: a handler
that never returns would keep the process alive for ever. These are daemons, and a
caller that stops waiting leaves the call behind.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """One daemon thread that runs calls one after another. Use it in one event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._asked = 0
        self._told = 0

    @property
    def is_idle(self) -> bool:
        """Whether it has told of every call that it was asked for."""
        return self._told == self._asked

    async def run(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what `function` returns, or raise what it raises.

        If the waiting task is cancelled, the call goes on and its result is dropped.
        """
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name=self._name, daemon=True
            )
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = function(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - raised again in the waiter
                _settle(loop, _fail, future, error)
            else:
                _settle(loop, _finish, future, result)

        self._asked += 1
        self._jobs.put(job)
        return await future

    def stop(self) -> None:
        """End the thread after the calls that it has; does not wait."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            self._told += 1


async def run_in_thread(
    function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run one call in a thread of its own, and return what it returns."""
    worker = Worker(getattr(function, "__name__", "call"))
    try:
        return await worker.run(function, *args, **kwargs)
    finally:
        worker.stop()


def _settle(
    loop: asyncio.AbstractEventLoop, how: Callable[..., None], *args: object
) -> None:
    with contextlib.suppress(RuntimeError):  # closed: nobody waits any more
        loop.call_soon_threadsafe(how, *args)


def _finish(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[T]", error: BaseException) -> None:
    if not future.done():
        if isinstance(error, StopIteration):  # a future refuses to carry it
            error = RuntimeError("StopIteration")
        future.set_exception(error)
