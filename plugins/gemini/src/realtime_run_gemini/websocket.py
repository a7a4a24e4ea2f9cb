"""Connections by WebSocket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import ProviderNoted
from realtime_run.plugin.provider_api import Connection, Opening
from realtime_run.wire.connection import WireConnection
from realtime_run.wire.websocket import PING_S, Server, open_websocket
from realtime_run_gemini.codec import Codec
from realtime_run_gemini.codec_options import codec_options
from realtime_run_gemini.endpoints import websocket_url
from realtime_run_gemini.faults import is_of_handle
from realtime_run_gemini.refusals import refusal
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.setup import setup_object

Headers = Callable[[], Awaitable[Mapping[str, str]]]
"""Says who one is, in HTTP headers."""


@asynccontextmanager
async def open_connection(
    settings: GeminiSettings,
    opening: Opening,
    headers: Headers,
    *,
    ping_s: float = PING_S,
) -> AsyncGenerator[Connection]:
    """Open a connection whose session the server has set up.

    If it does not know the handle that the session is to go on by, a new session begins
    with the history instead.

    Args:
        settings: What stands beside `use: gemini`.
        opening: What the conversation starts with.
        headers: Called before every attempt.
        ping_s: How often to ping, and how long to wait for the answer.

    Raises:
        ProviderError: If the server cannot be reached, or refuses.
    """
    async with AsyncExitStack() as stack:
        try:
            attempt = _open(settings, opening, headers, ping_s)
            connection = await stack.enter_async_context(attempt)
        except ProviderError as error:
            if opening.resume is None or not is_of_handle(error):
                raise
            afresh = replace(opening, resume=None)
            attempt = _open(settings, afresh, headers, ping_s)
            connection = await stack.enter_async_context(attempt)
            connection.deliver(_forgotten(error))
        yield connection


@asynccontextmanager
async def _open(
    settings: GeminiSettings, opening: Opening, headers: Headers, ping_s: float
) -> AsyncGenerator[WireConnection]:
    codec = Codec(codec_options(settings, opening))
    server = Server(
        url=websocket_url(settings),
        headers=await headers(),
        refusal=partial(refusal, settings=settings),
        url_setting="provider.endpoint",
        blamed=settings.blamed_address,
        timeout_s=settings.connect_timeout,
    )
    begin = partial(
        _begin, codec=codec, setup=setup_object(settings, opening), opening=opening
    )
    async with open_websocket(server, codec, begin, ping_s=ping_s) as connection:
        yield connection


async def _begin(
    connection: WireConnection,
    *,
    codec: Codec,
    setup: Mapping[str, object],
    opening: Opening,
) -> None:
    """Send the setup, and wait until the server has taken it, and the history."""
    now = asyncio.get_running_loop().time()
    first = codec.opening(setup, opening, now)
    await connection.exchange(first, lambda: codec.ready)


def _forgotten(refused: ProviderError) -> ProviderNoted:
    message = f"the server does not go on, and begins anew: {refused.message}"
    return ProviderNoted(message=message, level="warning")
