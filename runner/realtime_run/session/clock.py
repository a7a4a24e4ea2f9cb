"""The time, as something a test can hold in its hand."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and waits."""

    def now_ns(self) -> int:
        """Return the monotonic time in nanoseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock."""


class RealClock:
    """The machine's own."""

    def now_ns(self) -> int:
        """Return the monotonic time in nanoseconds."""
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)
