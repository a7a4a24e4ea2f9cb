"""A provider between a test and a real one: keeps all that passes, changes nothing."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderEvent, ResponseDone
from realtime_run.plugin.provider_api import Connection, Opening, Provider

ReportT = TypeVar("ReportT")


class WatchedConnection:
    """A connection, and what passed through it."""

    def __init__(self, connection: Connection, opening: Opening) -> None:
        self.opening = opening
        self.sent: list[Command] = []
        """What was asked for and taken, in order."""
        self.refused: list[tuple[Command, ProviderError]] = []
        self.reports: list[ProviderEvent] = []
        self.end: ConnectionClosedError | None = None
        """How it ended, if it did by itself."""
        self._connection = connection
        self._news = asyncio.Event()

    @property
    def session_config(self) -> Mapping[str, object]:
        """What the provider acknowledged."""
        return self._connection.session_config

    async def send(self, command: Command) -> None:
        """Hand a command on."""
        try:
            await self._connection.send(command)
        except ProviderError as error:
            self.refused.append((command, error))
            raise
        self.sent.append(command)
        self._news.set()

    async def receive(self) -> ProviderEvent:
        """Hand back what the provider reports."""
        try:
            report = await self._connection.receive()
        except ConnectionClosedError as error:
            self.end = error
            raise
        self.reports.append(report)
        return report

    def of(self, kind: type[ReportT]) -> list[ReportT]:
        """Return the reports of one kind."""
        reports: list[object] = list(self.reports)
        return [report for report in reports if isinstance(report, kind)]

    def asked(self, kind: type[ReportT]) -> list[ReportT]:
        """Return the commands of one kind that were taken."""
        commands: list[object] = list(self.sent)
        return [command for command in commands if isinstance(command, kind)]

    async def until_asked(self, kind: type[ReportT], count: int = 1) -> list[ReportT]:
        """Wait until `count` commands of a kind were taken, and return them."""
        while len(self.asked(kind)) < count:
            self._news.clear()
            await self._news.wait()
        return self.asked(kind)

    async def until(self, kind: type[ReportT]) -> ReportT:
        """Receive until a report of this kind comes; for tests without a session."""
        while not isinstance(report := await self.receive(), kind):
            pass
        return report

    async def answer(self) -> ResponseDone:
        """Receive until a response is done; for tests without a session."""
        return await self.until(ResponseDone)


class WatchedProvider:
    """A provider, and the connections that were made with it."""

    def __init__(self, provider: Provider) -> None:
        self.connections: list[WatchedConnection] = []
        self.tries = 0
        """How often somebody began to connect."""
        self._provider = provider

    @property
    def capabilities(self) -> Capabilities:
        """What the provider can do."""
        return self._provider.capabilities

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[WatchedConnection]:
        """Open one more connection."""
        self.tries += 1
        async with self._provider.connect(opening) as connection:
            watched = WatchedConnection(connection, opening)
            self.connections.append(watched)
            yield watched
