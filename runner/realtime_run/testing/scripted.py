"""A provider that says what a test tells it to, and keeps what it was asked."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.plugin.api import Opening

CommandT = TypeVar("CommandT")


class ScriptedConnection:
    """One connection: the test's end, and the session's."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.sent: list[Command] = []
        """What the session asked for, in order."""
        self.refuse: ProviderError | None = None
        """Raised by the next `send`, once."""
        self.closed = asyncio.Event()
        self._reports: asyncio.Queue[ProviderEvent | ProviderError] = asyncio.Queue()
        self._news = asyncio.Event()

    @property
    def session_config(self) -> Mapping[str, object]:
        """The instructions it was opened with."""
        return {"instructions": self.opening.instructions}

    def report(self, *events: ProviderEvent) -> None:
        """Let the model report."""
        for event in events:
            self._reports.put_nowait(event)

    def drop(self, error: ProviderError | None = None) -> None:
        """Let the connection end; None is the close that nobody expects."""
        self._reports.put_nowait(error or ConnectionClosedError("gone", code="1006"))

    async def until(self, kind: type[CommandT], count: int = 1) -> list[CommandT]:
        """Wait until `count` commands of a kind were sent, and return them."""
        while True:
            sent: list[object] = list(self.sent)
            found = [command for command in sent if isinstance(command, kind)]
            if len(found) >= count:
                return found
            self._news.clear()
            await self._news.wait()

    async def send(self, command: Command) -> None:
        """Keep the command."""
        refuse, self.refuse = self.refuse, None
        if refuse is not None:
            raise refuse
        self.sent.append(command)
        self._news.set()

    async def receive(self) -> ProviderEvent:
        """Return what the test reports next."""
        report = await self._reports.get()
        if isinstance(report, ProviderError):
            raise report
        return report


class ScriptedProvider:
    """Makes connections that a test holds."""

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        """Make a provider with no connection.

        Args:
            capabilities: What it can do; None is 16 kHz in, 24 kHz out, and everything
                but video.
        """
        self.capabilities = capabilities or Capabilities(
            input_hz=16_000, output_hz=24_000
        )
        self.connections: list[ScriptedConnection] = []
        self.refusals: list[BaseException] = []
        """Raised by the next connects, one each."""
        self.wait: asyncio.Event | None = None
        """What the next connects wait for; None: nothing."""
        self._news = asyncio.Event()

    async def connection(self, number: int = 1) -> ScriptedConnection:
        """Wait for the connection of that number, from 1, and return it."""
        while len(self.connections) < number:
            self._news.clear()
            await self._news.wait()
        return self.connections[number - 1]

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[ScriptedConnection]:
        """Open one more connection."""
        if self.wait is not None:
            await self.wait.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        connection = ScriptedConnection(opening)
        self.connections.append(connection)
        self._news.set()
        try:
            yield connection
        finally:
            connection.closed.set()
