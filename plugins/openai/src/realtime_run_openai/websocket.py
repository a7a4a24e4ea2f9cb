"""Connections by WebSocket.

The library is told to give up a server that answers no ping within four seconds: a
person who is spoken to notices no later.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.plugin.provider_api import Connection, Opening
from realtime_run.plugin.threads import run_in_thread
from realtime_run_openai.codec import Codec
from realtime_run_openai.codec_options import codec_options
from realtime_run_openai.driver import WireConnection
from realtime_run_openai.endpoints import headers, websocket_url
from realtime_run_openai.refusals import refusal
from realtime_run_openai.session_object import session_object
from realtime_run_openai.settings import OpenAISettings, is_loopback
from realtime_run_openai.unreached import unreached

PING_S = 2.0
"""How often the server is pinged, and how long it may take to answer."""
CLOSE_S = 0.5
"""How long the server may take to agree to a close."""
LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
"""More than any event of the protocol, whose audio comes in pieces."""
USER_AGENT = "realtime-run"

SettingOf: TypeAlias = Callable[[str | None], str | None]


class WebSocketTransport:
    """A WebSocket as the driver wants it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send_text(self, text: str) -> None:
        """Send a text frame; waits while the network is slow.

        Raises:
            ConnectionClosedError: If the connection has ended.
        """
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise closed(error) from error

    async def receive_text(self) -> str | bytes:
        """Return the next frame's content. Cancelling this loses nothing.

        Raises:
            ConnectionClosedError: When the connection ends, however politely.
        """
        try:
            return await self._socket.recv()
        except ConnectionClosed as error:
            raise closed(error) from error


@asynccontextmanager
async def open_websocket(
    settings: OpenAISettings, opening: Opening, *, ping_s: float = PING_S
) -> AsyncGenerator[Connection]:
    """Open a connection whose session the server has acknowledged.

    Args:
        settings: What stands beside `use: openai`.
        opening: What the conversation starts with.
        ping_s: How often to ping, and how long to wait for the answer.

    Raises:
        ProviderError: If the server cannot be reached, or refuses.
    """
    options = codec_options(settings, opening, "websocket")
    session = session_object(settings, opening, settings.spoken)
    timeout_s = settings.connect_timeout
    host = urlsplit(settings.base_url).hostname or ""
    loop = asyncio.get_running_loop()
    patience = asyncio.timeout(timeout_s)
    try:
        async with patience:
            socket = await _connected(settings, ping_s, options.setting_of)
    except TimeoutError as error:
        raise _too_slow(host, "to connect", timeout_s) from error
    async with _closing(socket):
        connection = WireConnection(
            Codec(options), WebSocketTransport(socket), now=loop.time
        )
        async with connection.running():
            try:
                async with asyncio.timeout_at(patience.when()):
                    await connection.open(session, opening.history)
            except TimeoutError as error:
                raise _too_slow(host, "to begin the session", timeout_s) from error
            yield connection


def closed(error: ConnectionClosed) -> ConnectionClosedError:
    """Return the end of a connection, with the reason of whoever ended it."""
    received, sent = error.rcvd, error.sent
    theirs = received is not None and (error.rcvd_then_sent or sent is None)
    if received is not None and theirs:
        reason = f": {received.reason}" if received.reason else ""
        return ConnectionClosedError(
            f"the server closed the connection ({received.code}){reason}",
            code=str(received.code),
            was_clean=received.code in (1000, 1001),
        )
    if sent is not None and sent.code != _NORMAL:
        return ConnectionClosedError(
            _OUR_REASONS.get(sent.code, f"the connection failed: {sent.reason}"),
            code=str(sent.code),
        )
    if sent is not None:
        message = "the connection was closed"
        return ConnectionClosedError(message, code=str(sent.code), was_clean=True)
    message = "the connection broke off without a close"
    return ConnectionClosedError(message, code="1006")


_NORMAL = 1000
_OUR_REASONS = {
    1002: "the server broke the rules of WebSocket",
    1007: "the server sent text that is not UTF-8",
    1009: f"the server sent a message of more than {LARGEST_MESSAGE_BYTES:,} bytes",
    1011: "the server answers no more: a ping was left without an answer",
}
"""Why we close by ourselves, by the code that we send."""


async def _connected(
    settings: OpenAISettings, ping_s: float, setting_of: SettingOf
) -> ClientConnection:
    url = websocket_url(settings)
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Made in a thread: it reads the certificates of the system.
    context = (
        await run_in_thread(ssl.create_default_context)
        if parts.scheme == "wss"
        else None
    )
    try:
        return await _Connect(
            url,
            additional_headers=headers(settings),
            user_agent_header=USER_AGENT,
            compression=None,
            max_size=LARGEST_MESSAGE_BYTES,
            ping_interval=ping_s,
            ping_timeout=ping_s,
            close_timeout=CLOSE_S,
            open_timeout=None,
            proxy=None if is_loopback(host) else True,
            ssl=context,
        )
    except InvalidStatus as error:
        body = bytes(error.response.body).decode(errors="replace")
        raise refusal(error.response.status_code, body, setting_of) from error
    except ProxyError as error:
        message = f"cannot reach {host}: the proxy refuses: {error}"
        raise ProviderError(message, code="unreachable") from error
    except (InvalidHandshake, EOFError) as error:
        message = f"{host} does not speak WebSocket at this address: {error}"
        raise ProviderError(
            message, code="handshake", setting="provider.base_url"
        ) from error
    except (InvalidProxy, ImportError) as error:
        message = f"the proxy named by the environment cannot be used: {error}"
        raise ProviderError(message, code="proxy", is_recoverable=False) from error
    except InvalidURI as error:
        message = f"{settings.base_url!r} is no address: {error}"
        raise ProviderError(
            message, is_recoverable=False, setting="provider.base_url"
        ) from error
    except OSError as error:
        raise unreached(settings, error) from error


class _Connect(connect):
    """Follows no redirect: the key would go where the spec does not say."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@asynccontextmanager
async def _closing(socket: ClientConnection) -> AsyncGenerator[None]:
    # As a context manager of its own, it would tell the server of an internal error
    # whenever an exception passes, such as the end of the conversation.
    try:
        yield
    finally:
        await socket.close()


def _too_slow(host: str, what: str, timeout_s: float) -> ProviderError:
    return ProviderError(
        f"{host} took longer than {timeout_s:g} s {what}",
        code="timeout",
        setting="provider.connect_timeout",
    )
