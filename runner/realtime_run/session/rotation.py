"""Moves a conversation to a new connection before the old one expires.

The new one is opened first, at a turn boundary: nobody speaks, nothing is expected, no
tool runs. If something was said meanwhile, the new one does not know it: it is closed,
and the next boundary is waited for. If none comes until the last moment, and the end is
certain, the conversation moves all the same, which costs less than a lost connection:
what the user is saying is said again, and an answer may become whole if it soon does.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.core.backoff import backoff
from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import ConnectionExpires
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine
from realtime_run.session.held import Held

MOST_AHEAD_S = 300.0
"""How long before the end a boundary is looked for, at most: of an hour, the last five
minutes; of less, the last quarter."""


LAST_MOMENT_S = 3.0
"""So long before the end only that of an answer that is being made is waited for."""
CUT_SHORT_S = 1.5
"""So long before the end nothing is waited for any more."""
UNUSED_S = 2.0
"""A connection that took over, and on which nothing happened yet, is left no sooner: a
server that lets each go as soon as it is there would be asked for hundreds a second."""


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

    async def run(self, held: Held, term: ConnectionExpires) -> None:
        """Exchange `held` in time, which expires so."""
        late, over = asyncio.Event(), asyncio.Event()

        def due() -> bool:
            whole = not self.engine.turns.generating
            return over.is_set() or (late.is_set() and whole)

        async with asyncio.TaskGroup() as tasks:
            bell = tasks.create_task(self._ring(late, over, term), name="last moment")
            await self._move(held, term, due)
            bell.cancel()

    async def _ring(
        self, late: asyncio.Event, over: asyncio.Event, term: ConnectionExpires
    ) -> None:
        """Say when it is too late to wait."""
        if not term.is_certain:
            return
        await self.clock.sleep(max(0.0, term.in_s - LAST_MOMENT_S))
        late.set()
        self.engine.changed.set()
        await self.clock.sleep(max(0.0, min(term.in_s, LAST_MOMENT_S) - CUT_SHORT_S))
        over.set()
        self.engine.changed.set()

    async def _move(
        self, held: Held, term: ConnectionExpires, due: Callable[[], bool]
    ) -> None:
        ahead_s = term.ahead_s
        if ahead_s is None:
            ahead_s = look_ahead_s(term.in_s)
        wait_s = max(term.in_s - ahead_s, UNUSED_S if held.is_new else 0.0)
        if wait_s > 0:
            await self.clock.sleep(wait_s)
        failures = 0
        while True:
            while not (self.quiet() or due()):
                self.engine.changed.clear()
                await self.engine.changed.wait()
            error = await self._exchange(held, due)
            if held.successor is not None:
                return
            if error is None:
                continue  # something happened meanwhile
            failures += 1
            self.refused(error)
            if not error.is_recoverable:
                return  # the old one goes on to its end
            await self.clock.sleep(backoff(failures, random.random()))  # noqa: S311 - jitter

    async def _exchange(
        self, held: Held, due: Callable[[], bool]
    ) -> ProviderError | None:
        said = self.engine.history
        successor = self.prepare()
        try:
            await successor.settled.wait()
            if successor.connection is None:
                return successor.error
            unchanged = self.quiet() and self.engine.history is said
            if unchanged or due():
                successor.took_over = True
                self.take_over(held, successor)
            return None
        finally:
            if held.successor is not successor:
                successor.abandon()
