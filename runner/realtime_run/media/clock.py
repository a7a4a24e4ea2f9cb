"""When the next 20 ms are due, for whatever plays or speaks without a device.

Due times are counted from the first one: a late wake-up makes one period late and none
after it, so an hour of sound takes an hour.
"""

import asyncio
import time
from typing import Protocol

from realtime_run.core.pcm import FRAME_MS

PERIOD_S = FRAME_MS / 1000
STALL_S = 1.0
"""Lateness beyond which the missed periods are given up, not made up for: a process
that was stopped for a minute must not play that minute in one burst."""


class TimeSource(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; gives other tasks a turn even for 0 seconds."""


class SystemTime:
    """The monotonic clock and the event loop's timer."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; gives other tasks a turn even for 0 seconds."""
        await asyncio.sleep(seconds)


class Ticker:
    """Marks periods of 20 ms, the first of them `first_due_s` after it was made."""

    def __init__(self, clock: TimeSource, *, first_due_s: float = 0.0) -> None:
        self._clock = clock
        self._start = clock.now() + first_due_s
        self._ticks = 0

    async def tick(self) -> int:
        """Wait until the next period is due; return how many were given up."""
        due = self._start + self._ticks * PERIOD_S
        await self._clock.sleep(max(0.0, due - self._clock.now()))
        late = self._clock.now() - due
        lost = int(late / PERIOD_S) if late > STALL_S else 0
        self._ticks += 1 + lost
        return lost

    def restart(self) -> None:
        """Make the next period due now."""
        self._start = self._clock.now()
        self._ticks = 0


class FrameCounter:
    """Shares frames out over periods of 20 ms: exactly, also 220.5 at 11 025 Hz."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._periods = 0

    def next(self) -> int:
        """Return how many frames the next period has."""
        before = self._periods * self._rate_hz * FRAME_MS // 1000
        self._periods += 1
        return self._periods * self._rate_hz * FRAME_MS // 1000 - before
