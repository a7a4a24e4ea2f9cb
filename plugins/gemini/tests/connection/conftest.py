"""What the tests of connections share: small servers."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Opening
from realtime_run_gemini.provider import GeminiProvider
from realtime_run_gemini.settings import GeminiSettings

Behaviour = Callable[[ServerConnection], Awaitable[None]]


def message(**members: object) -> bytes:
    """Return a message as the server sends it: JSON in a binary frame."""
    return json.dumps(members).encode()


async def greet(connection: ServerConnection) -> dict[str, Any]:
    """Do as the server does until the session is set up; return the setup."""
    setup: dict[str, Any] = json.loads(await connection.recv())["setup"]
    await connection.send(message(setupComplete={}))
    return setup


@asynccontextmanager
async def serving(
    behave: Behaviour, **options: Any
) -> AsyncIterator[tuple[str, Server]]:
    async with serve(behave, "127.0.0.1", 0, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}", server


def provider(url: str, **fields: object) -> GeminiProvider:
    given: Mapping[str, object] = {"endpoint": url, "api_key": "key", **fields}
    return GeminiProvider(GeminiSettings.model_validate(given))


async def refused(url: str, opening: Opening, **fields: object) -> ProviderError:
    """Return why a connection does not come about."""
    with pytest.raises(ProviderError) as raised:
        async with provider(url, **fields).connect(opening):
            pass
    return raised.value


async def refused_by(
    answer: Callable[[ServerConnection, Request], Response], **fields: object
) -> ProviderError:
    """Return what a refusal before the upgrade comes to."""

    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    async with serving(never, process_request=answer) as (url, _):
        return await refused(url, Opening(), **fields)


@pytest.fixture
def web() -> SimpleNamespace:
    return SimpleNamespace(
        message=message,
        greet=greet,
        serving=serving,
        provider=provider,
        refused=refused,
        refused_by=refused_by,
    )
