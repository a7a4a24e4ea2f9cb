"""Time that stands still until a test moves it."""

import asyncio
import heapq
from itertools import count


class HandClock:
    """A clock for sessions: `sleep` returns when the test has moved the time on."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = count()

    def now_ns(self) -> int:
        """Return the time in nanoseconds; it begins at 0."""
        return int(self._now * 1e9)

    async def sleep(self, seconds: float) -> None:
        """Return when the time has been moved on by so many seconds."""
        woken = asyncio.Event()
        heapq.heappush(
            self._sleepers, (self._now + seconds, next(self._numbers), woken)
        )
        await woken.wait()

    async def forward(self, seconds: float) -> None:
        """Move the time on, waking all sleepers in order, each at its time."""
        end = self._now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end + 1e-9:
            due, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)  # sums of fractions differ in their order
            woken.set()
            await settle()
        self._now = max(self._now, end)


async def settle(turns: int = 20) -> None:
    """Let all tasks that can go on do so, and those that they wake."""
    for _ in range(turns):
        await asyncio.sleep(0)
