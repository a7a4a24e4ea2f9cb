"""Moves a conversation to a new connection before the old one expires.

The new one is opened first, at a turn boundary: nobody speaks, nothing is expected, no
tool runs. If something was said meanwhile, the new one does not know it: it is closed,
and the next boundary is waited for. If none comes, the provider ends the old one, and
the session connects again as after any loss.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.core.backoff import backoff
from realtime_run.core.errors import ProviderError
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine
from realtime_run.session.held import Held

MOST_AHEAD_S = 300.0
"""How long before the end a boundary is looked for, at most: of an hour, the last five
minutes; of less, the last quarter."""


def look_ahead_s(expires_in_s: float) -> float:
    """Return how long before the end of a connection to look for a boundary."""
    return min(MOST_AHEAD_S, max(0.0, expires_in_s) / 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What it takes to exchange a connection."""

    clock: Clock
    engine: Engine
    quiet: Callable[[], bool]
    """Tells whether this is a turn boundary."""
    prepare: Callable[[], Held]
    """Begins to open one more connection, which waits."""
    take_over: Callable[[Held, Held], None]
    """Lets the second have the conversation of the first."""
    refused: Callable[[ProviderError], None]
    """Is told why one more connection could not be opened."""

    async def run(self, held: Held, expires_in_s: float) -> None:
        """Exchange `held`, which expires in so many seconds, in time."""
        wait_s = expires_in_s - look_ahead_s(expires_in_s)
        if wait_s > 0:
            await self.clock.sleep(wait_s)
        failures = 0
        while True:
            await self._boundary()
            error = await self._exchange(held)
            if held.successor is not None:
                return
            if error is None:
                continue  # something happened meanwhile
            failures += 1
            self.refused(error)
            if not error.is_recoverable:
                return  # the old one goes on to its end
            await self.clock.sleep(backoff(failures, random.random()))  # noqa: S311 - jitter

    async def _boundary(self) -> None:
        while not self.quiet():
            self.engine.changed.clear()
            await self.engine.changed.wait()

    async def _exchange(self, held: Held) -> ProviderError | None:
        said = self.engine.history
        successor = self.prepare()
        try:
            await successor.settled.wait()
            if successor.connection is None:
                return successor.error
            if self.quiet() and self.engine.history is said:
                self.take_over(held, successor)
            return None
        finally:
            if held.successor is not successor:
                successor.abandon()
