"""Stands between a client and a server on WebSockets, and notes what passes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

_OF_THE_HOP = ("connection", "host", "upgrade", "sec-websocket-")
"""Headers that each end makes for itself."""


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What passed on one connection."""

    path: str
    """With the query."""
    sent: list[str | bytes] = field(default_factory=list[str | bytes])
    """By the client."""
    received: list[str | bytes] = field(default_factory=list[str | bytes])
    """From the server."""


class Tap:
    """A wire to a server that is listened in on; something to have a talk `via`."""

    def __init__(self) -> None:
        self.connections: list[Passed] = []
        self._clients: set[ServerConnection] = set()
        self._news = asyncio.Event()

    @property
    def sent(self) -> list[list[str | bytes]]:
        """What clients sent, by connection."""
        return [passed.sent for passed in self.connections]

    @asynccontextmanager
    async def __call__(self, url: str) -> AsyncGenerator[str]:
        """Give the URL of a wire to the server at that URL."""
        port = urlsplit(url).port or 0

        async def pass_on(client: ServerConnection) -> None:
            self._clients.add(client)
            request = client.request
            if request is not None:
                await self._converse(client, port, request)

        async with serve(pass_on, "127.0.0.1", 0, max_size=None) as server:
            here = next(iter(server.sockets)).getsockname()[1]
            yield url.replace(str(port), str(here))

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is true of what passed."""
        while not happened():
            self._news.clear()
            await self._news.wait()

    async def cut(self, code: int = 1012, reason: str = "") -> None:
        """End all connections, by default as a server does that restarts.

        Args:
            code: That they are closed with (RFC 6455).
            reason: In the server's words.
        """
        for client in tuple(self._clients):
            self._clients.discard(client)
            await client.close(code, reason)

    async def _converse(
        self, client: ServerConnection, port: int, request: Request
    ) -> None:
        passed = Passed(path=request.path)
        self.connections.append(passed)
        headers = [
            (name, value)
            for name, value in request.headers.raw_items()
            if not name.lower().startswith(_OF_THE_HOP)
        ]
        async with (
            connect(
                f"ws://127.0.0.1:{port}{request.path}",
                additional_headers=headers,
                user_agent_header=None,
                max_size=None,
            ) as server,
            asyncio.TaskGroup() as tasks,
        ):
            down = tasks.create_task(self._down(server, client, passed))
            with suppress(ConnectionClosed):
                async for message in client:
                    passed.sent.append(message)
                    await server.send(message)
                    self._news.set()
            down.cancel()

    async def _down(
        self, server: ClientConnection, client: ServerConnection, passed: Passed
    ) -> None:
        with suppress(ConnectionClosed):
            async for message in server:
                passed.received.append(message)
                await client.send(message)
                self._news.set()
        await client.close(1000)
