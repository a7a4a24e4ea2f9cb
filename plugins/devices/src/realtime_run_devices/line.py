"""One opening of a device, and the sign of life that it gives."""

import asyncio
import contextlib
from typing import Protocol

from realtime_run_devices.held import Held


class Time(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Return monotonic seconds; from any thread."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Line:
    """One opening of a device. What it asks for or gives goes nowhere until it is used.

    A device that hangs may still call back when another has taken its place: then its
    line is not used any more. Made on the session's loop.
    """

    def __init__(self, time: Time, held: Held | None = None) -> None:
        """Make the line of a device that was not opened yet.

        Args:
            time: What tells when it called.
            held: What a loudspeaker holds; None for what holds nothing.
        """
        self.used = False
        self.held = held
        self.called_s = time.now()
        """When it called back for the last time, or was made."""
        self.alive = asyncio.Event()
        """Set on the loop when it has called for the first time."""
        self._time = time
        self._called = False
        self._loop = asyncio.get_running_loop()

    def beat(self) -> None:
        """Note that the device called; in its own thread."""
        self.called_s = self._time.now()
        if not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self.alive.set)
