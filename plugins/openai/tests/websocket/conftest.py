"""What the tests of connections by WebSocket share: small servers."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.plugin.api import Connection, Opening
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.websocket import open_connection

Behaviour = Callable[[ServerConnection], Awaitable[None]]


def event(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, **fields})


async def greet(connection: ServerConnection) -> dict[str, object]:
    """Do as a server does until the session is open; return the configuration."""
    await connection.send(event("session.created", session={"model": "m"}))
    update = json.loads(await connection.recv())
    await connection.send(event("session.updated", session={"model": "m"}))
    return update


@asynccontextmanager
async def serving(
    behave: Behaviour, **options: object
) -> AsyncIterator[tuple[str, Server]]:
    async with serve(behave, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1", server


def settings(url: str, **fields: object) -> OpenAISettings:
    return OpenAISettings.model_validate(
        {"base_url": url, "api_key": "sk-test", "transport": "websocket", **fields}
    )


async def _last_of(connection: Connection) -> None:
    while True:
        await connection.receive()


async def end_of(behave: Behaviour) -> ConnectionClosedError:
    """Return how a connection ends whose server behaves so after the greeting."""

    async def greet_and_behave(connection: ServerConnection) -> None:
        await greet(connection)
        with contextlib.suppress(ConnectionClosed):
            await behave(connection)

    async with (
        serving(greet_and_behave) as (url, _),
        open_connection(settings(url), Opening()) as connection,
    ):
        with pytest.raises(ConnectionClosedError) as ended:
            await _last_of(connection)
    return ended.value


async def refused_by(
    answer: Callable[[ServerConnection, Request], Response],
) -> ProviderError:
    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    async with serving(never, process_request=answer) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_connection(settings(url), Opening()):
                pass
    return refused.value


@pytest.fixture
def web() -> SimpleNamespace:
    return SimpleNamespace(
        event=event,
        greet=greet,
        serving=serving,
        settings=settings,
        end_of=end_of,
        refused_by=refused_by,
    )
