"""Time for tests of tests: a provider with a flaw is mostly waited for in vain."""

import asyncio
import selectors
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import pytest

from realtime_run.plugin.threads import Worker


class HurriedSelector(selectors.BaseSelector):
    """Does not wait for a timer where nothing can come before it: time passes at once.

    While another thread runs, which may have something to say, it waits as others do.
    """

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.passed_s = 0.0
        """How much time has passed in which nobody waited."""

    def select(self, timeout: float | None = None) -> Any:
        # First the threads: what one has said before it rested is ready then.
        if timeout is None or not _all_others_rest():
            return self._real.select(timeout)
        ready = self._real.select(0)
        if not ready and timeout > 0:
            self.passed_s += timeout
        return ready

    def register(self, *args: Any) -> Any:
        return self._real.register(*args)

    def unregister(self, *args: Any) -> Any:
        return self._real.unregister(*args)

    def modify(self, *args: Any) -> Any:
        return self._real.modify(*args)

    def get_key(self, fileobj: Any) -> Any:
        return self._real.get_key(fileobj)

    def get_map(self) -> Mapping[Any, Any]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def _all_others_rest() -> bool:
    others = sys._current_frames()
    del others[threading.get_ident()]
    return all(_rests(frame) for frame in others.values())


def _rests(frame: FrameType) -> bool:
    """Return whether a thread has nothing to do, or nothing that a test waits for."""
    if frame.f_globals.get("__name__") == "execnet.gateway_base":
        return True  # It listens to the process that parts the tests among several.
    working = frame.f_code is Worker._work.__code__
    return working and frame.f_locals["self"].is_idle


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop in which sleeping takes no time, and everything else does."""

    def __init__(self) -> None:
        self._hurried = HurriedSelector()
        super().__init__(self._hurried)

    def time(self) -> float:
        return super().time() + self._hurried.passed_s


@pytest.fixture
def hurried_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes an event loop whose sleepers do not keep anybody waiting.

    It must not carry connections: it cannot know that a packet is on its way.
    """
    return HurriedLoop
