"""Holds the connection: connects, converses, and connects again when it is lost.

Each connection has a task of its own, in which it is opened, used and left. Before one
expires, the next is opened beside it and takes over at a turn boundary.
"""

import asyncio
import copy
import logging
import random
from typing import TYPE_CHECKING

from realtime_run.core.backoff import backoff
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.events import (
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
)
from realtime_run.plugin.api import Connection
from realtime_run.session.causes import cause_of
from realtime_run.session.held import Held
from realtime_run.session.opened import bounded
from realtime_run.session.rotation import Rotation
from realtime_run.session.talk import Line, Talk

if TYPE_CHECKING:
    from realtime_run.core.commands import AppendAudio

_log = logging.getLogger(__name__)

LASTING_S = 10.0
"""A connection that lasted so long was good for something, whatever came over it."""


class Link:
    """One conversation's connection, as often as it must be made."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._ever_connected = False
        self.connected = asyncio.Event()
        """Set while connected."""
        self._stalled = asyncio.Event()

    async def run(self) -> None:
        """Converse until the connection is lost for good, or this is cancelled.

        Raises:
            ProviderError: If the provider refuses for good, or too often.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._supervise(tasks)
        except BaseExceptionGroup as group:
            raise cause_of(group) from None

    def stall(self) -> None:
        """Give the connection up: it takes no more commands."""
        self._stalled.set()

    async def _supervise(self, tasks: asyncio.TaskGroup) -> None:
        failures = 0  # in a row; that a connection was lost is the first of them
        unanswered: tuple[AppendAudio, ...] = ()
        while True:
            held = self._hold(tasks, attempt=failures + (not self._ever_connected))
            held.replay = unanswered
            held.go.set()
            await held.ended.wait()
            while held.successor is not None:
                held = held.successor
                await held.ended.wait()
            if held.error is None:
                return  # its task failed in another way, and ends the group
            # A server that takes us in and throws us out is no better than one that
            # refuses: only a connection that was good for something starts afresh.
            useful = held.used or self._lasted(held)
            failures = 1 if useful else failures + 1
            again = held.error.is_recoverable and failures <= self._line.attempts
            self._lost(held, held.error, failures, again=again)
            if not again:
                raise _given_up(held.error, failures)
            unanswered = held.unanswered
            await self._line.clock.sleep(backoff(failures, random.random()))  # noqa: S311 - jitter

    def _lasted(self, held: Held) -> bool:
        begun_ns = held.begun_ns
        if begun_ns is None:
            return False
        return self._line.clock.now_ns() - begun_ns >= LASTING_S * 1e9

    def _hold(self, tasks: asyncio.TaskGroup, *, attempt: int) -> Held:
        held = Held(attempt)
        held.task = tasks.create_task(self._live(held, tasks), name="connection")
        return held

    async def _live(self, held: Held, tasks: asyncio.TaskGroup) -> None:
        """Open a connection, talk when it is its turn, and leave it."""
        try:
            async with bounded(self._line.provider, self._line.opening()) as connection:
                held.connection = connection
                held.settled.set()
                await held.go.wait()
                if not held.talking:
                    self._begin(held, connection)
                talk = Talk(self._line, connection, held, self._rotation(tasks))
                await talk.run(self._stalled)
                _let_talk(held.successor)
        except ProviderError as error:
            held.error = error
            _let_talk(held.successor)
        except BaseException as error:
            # The session ends; or the provider's code, or ours, is broken.
            if held.talking and held.successor is None:
                self._closed(error)
            raise
        finally:
            held.settled.set()
            held.ended.set()

    def _begin(self, held: Held, connection: Connection) -> None:
        held.talking = True
        held.begun_ns = self._line.clock.now_ns()
        self.connected.set()
        self._line.emit(
            RealtimeConnectedEvent(
                session_config=connection.session_config,
                capabilities=self._line.provider.capabilities,
                attempt=held.attempt,
                resumed=self._ever_connected,
            )
        )
        self._ever_connected = True
        self._line.engine.resume(texts_wait=self._line.outbox.pending_texts > 0)

    def _hand_over(self, held: Held, successor: Held) -> None:
        """Let the next connection talk; no event comes between."""
        held.successor = successor
        self._disconnect(
            RealtimeDisconnectedEvent(
                reason="moved to a new connection before this one expires",
                was_clean=True,
                will_reconnect=True,
            )
        )
        successor.replay = held.spoken.last
        if successor.connection is not None:
            self._begin(successor, successor.connection)
        held.handed_over.set()

    def _lost(
        self, held: Held, error: ProviderError, failures: int, *, again: bool
    ) -> None:
        if not held.talking:
            self._refused(error, self._trying(error, failures), again=again)
            return
        self._disconnect(
            RealtimeDisconnectedEvent(
                reason=error.message,
                was_clean=isinstance(error, ConnectionClosedError) and error.was_clean,
                will_reconnect=again,
            )
        )

    def _trying(self, error: ProviderError, failures: int) -> str:
        """Return what failed, and where it is not for good, how much hope is left."""
        if not error.is_recoverable:
            return "connecting"
        lost = int(self._ever_connected)  # the loss is the first failure, and no try
        of = self._line.attempts + 1 - lost
        return f"connecting, try {failures - lost} of {of}"

    def _refused(self, error: ProviderError, context: str, *, again: bool) -> None:
        self._line.emit(
            RealtimeErrorEvent(
                error=error.message,
                error_code=error.code,
                context=context,
                is_recoverable=again,
                setting=error.setting,
            )
        )
        trying = "; trying again" * again
        _log.info("%s failed: %s%s", context, error.message, trying)

    def _closed(self, error: BaseException) -> None:
        asked_for = isinstance(error, asyncio.CancelledError)
        self._disconnect(
            RealtimeDisconnectedEvent(
                reason=None if asked_for else f"{type(error).__name__}: {error}",
                was_clean=asked_for,
                will_reconnect=False,
            )
        )

    def _disconnect(self, event: RealtimeDisconnectedEvent) -> None:
        self.connected.clear()
        self._line.outbox.disconnected()
        self._line.engine.disconnect()
        self._line.emit(event)

    def _rotation(self, holders: asyncio.TaskGroup) -> Rotation:
        return Rotation(
            clock=self._line.clock,
            engine=self._line.engine,
            quiet=self._line.quiet,
            prepare=lambda: self._hold(holders, attempt=1),
            take_over=self._hand_over,
            refused=lambda error: self._refused(error, "moving on", again=True),
        )


def _given_up(error: ProviderError, failures: int) -> ProviderError:
    """Return the error that ends the session; it says so if trying again was vain."""
    if failures <= 1 or not error.is_recoverable:
        return error
    last = copy.copy(error)
    last.message = f"{error.message}; given up after {failures} failures in a row"
    last.args = (last.message,)
    return last


def _let_talk(successor: Held | None) -> None:
    if successor is not None:
        successor.go.set()
