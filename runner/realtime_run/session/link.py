"""Holds the connection: connects, converses, and connects again when it is lost."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from realtime_run.core.backoff import backoff
from realtime_run.core.commands import AppendAudio
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.events import (
    Event,
    RealtimeAudioInputEvent,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
)
from realtime_run.core.turn_state import Disconnected
from realtime_run.plugin.api import Connection, Opening, Provider
from realtime_run.session.causes import cause_of
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine
from realtime_run.session.outbox import Outbox

_log = logging.getLogger(__name__)

CLOSE_S = 2.0
"""How long a connection may take to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a link works on."""

    provider: Provider
    opening: Callable[[], Opening]
    outbox: Outbox
    engine: Engine
    emit: Callable[[Event], None]
    clock: Clock
    attempts: int
    """How often in a row to try again."""


class Link:
    """One conversation's connection, as often as it must be made."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._ever_connected = False
        self._used = False
        self.connected = asyncio.Event()
        """Set while connected."""
        self._stalled = asyncio.Event()

    async def run(self) -> None:
        """Converse until the connection is lost for good, or this is cancelled.

        Raises:
            ProviderError: If the provider refuses for good, or too often.
        """
        failures = 0  # in a row; that a connection was lost is the first of them
        while True:
            was_connected = self._used = False
            try:
                async with bounded(self._line.provider, self._line.opening()) as open_:
                    was_connected = True
                    self._now_connected(
                        open_, attempt=failures + (not self._ever_connected)
                    )
                    await self._converse(open_)
            except ProviderError as error:
                # A server that takes us in and throws us out is no better than one that
                # refuses: only a connection that was good for something starts afresh.
                failures = 1 if self._used else failures + 1
                again = error.is_recoverable and failures <= self._line.attempts
                self._lost(error, was_connected=was_connected, again=again)
                if not again:
                    raise
            except BaseException as error:
                # The session ends; or the provider's code, or ours, is broken.
                if was_connected:
                    self._closed(error)
                raise
            await self._line.clock.sleep(backoff(failures, random.random()))  # noqa: S311 - jitter

    def _now_connected(self, connection: Connection, *, attempt: int) -> None:
        self.connected.set()
        self._line.emit(
            RealtimeConnectedEvent(
                session_config=connection.session_config,
                capabilities=self._line.provider.capabilities,
                attempt=attempt,
                resumed=self._ever_connected,
            )
        )
        self._ever_connected = True

    def _lost(self, error: ProviderError, *, was_connected: bool, again: bool) -> None:
        if not was_connected:
            self._line.emit(
                RealtimeErrorEvent(
                    error=error.message,
                    error_code=error.code,
                    context="connecting",
                    is_recoverable=again,
                    setting=error.setting,
                )
            )
            _log.info(
                "connecting failed: %s%s", error.message, "; trying again" * again
            )
            return
        self._disconnect(
            RealtimeDisconnectedEvent(
                reason=error.message,
                was_clean=isinstance(error, ConnectionClosedError) and error.was_clean,
                will_reconnect=again,
            )
        )

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
        self._line.engine.apply(Disconnected())
        self._line.emit(event)

    async def _converse(self, connection: Connection) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write(connection), name="connection writer")
                tasks.create_task(self._mind(), name="connection stall")
                while True:
                    self._line.engine.apply(await connection.receive())
                    self._used = True
                    # A burst that is buffered is received without waiting: the others
                    # must have their turn, a barge-in first of all.
                    await asyncio.sleep(0)
        except BaseExceptionGroup as group:
            raise cause_of(group) from None

    def stall(self) -> None:
        """Give the connection up: it takes no more commands."""
        self._stalled.set()

    async def _mind(self) -> None:
        self._stalled.clear()
        await self._stalled.wait()
        message = "the connection takes no more commands"
        raise ConnectionClosedError(message, code="stalled")

    async def _write(self, connection: Connection) -> None:
        while True:
            command = await self._line.outbox.get()
            try:
                await connection.send(command)
            except ConnectionClosedError:
                raise
            except ProviderError as error:
                self._line.emit(
                    RealtimeErrorEvent(
                        error=error.message,
                        error_code=error.code,
                        context=type(command).__name__,
                        is_recoverable=error.is_recoverable,
                        setting=error.setting,
                    )
                )
                if not error.is_recoverable:
                    raise
            else:
                if isinstance(command, AppendAudio):
                    self._line.emit(RealtimeAudioInputEvent(data=command.pcm))


@asynccontextmanager
async def bounded(provider: Provider, opening: Opening) -> AsyncGenerator[Connection]:
    """Open a connection that is left within a bound, whatever the plugin does.

    What the plugin's own tasks raised comes out as it was, not wrapped in groups.
    """
    context = provider.connect(opening)
    try:
        connection = await context.__aenter__()
    except BaseExceptionGroup as group:
        raise cause_of(group) from None
    try:
        yield connection
    except BaseException as error:
        await _leave(context, error)
        raise


async def _leave(
    context: AbstractAsyncContextManager[Connection], error: BaseException
) -> None:
    deadline = asyncio.timeout(CLOSE_S)
    try:
        async with deadline:
            await context.__aexit__(type(error), error, error.__traceback__)
    except TimeoutError:
        if not deadline.expired():
            raise
        _log.warning("the connection did not close within %g s: left behind", CLOSE_S)
    except BaseExceptionGroup as group:
        # A task group in the plugin wraps what went through it. If it is not what we
        # threw in, a task of the plugin failed, and that is why we are here.
        cause = cause_of(group)
        if cause is not error:
            raise cause from None
