"""Connections by WebSocket.

The library is told to give up a server that answers no ping within four seconds: a
person who is spoken to notices no later.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
from realtime_run.plugin.addresses import is_loopback
from realtime_run.plugin.threads import run_in_thread
from realtime_run.wire.codec import Codec
from realtime_run.wire.connection import WireConnection
from realtime_run.wire.unreached import unreached

PING_S = 2.0
"""How often the server is pinged, and how long it may take to answer."""
CLOSE_S = 0.5
"""How long the server may take to agree to a close."""
LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
"""More than any event of the protocol, whose audio comes in pieces."""
USER_AGENT = "realtime-run"


class WebSocketTransport:
    """A WebSocket as a connection wants it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect to, and what its refusals mean."""

    url: str
    """ws or wss."""
    headers: Mapping[str, str] = field(repr=False)
    """With the key."""
    refusal: Callable[[int, str], ProviderError]
    """Given an HTTP status other than success and the body, returns what it means."""
    url_setting: str
    """Where in the spec the address would stand, such as `provider.base_url`."""
    blamed: str | None
    """The same if the spec names the address: one that nobody wrote is at no fault."""
    timeout_s: float
    """The longest wait for a session, from the first packet on."""
    timeout_setting: str = "provider.connect_timeout"

    @property
    def host(self) -> str:
        """The name or the number in the address."""
        return urlsplit(self.url).hostname or ""


@asynccontextmanager
async def open_websocket(
    server: Server,
    codec: Codec,
    begin: Callable[[WireConnection], Awaitable[None]],
    *,
    ping_s: float = PING_S,
) -> AsyncGenerator[WireConnection]:
    """Open a connection whose session the server has acknowledged.

    Args:
        server: Where it is.
        codec: A new one.
        begin: Opens the session, by `WireConnection.exchange`.
        ping_s: How often to ping, and how long to wait for the answer.

    Raises:
        ProviderError: If the server cannot be reached, or refuses.
    """
    loop = asyncio.get_running_loop()
    patience = asyncio.timeout(server.timeout_s)
    try:
        async with patience:
            socket = await _connected(server, ping_s)
    except TimeoutError as error:
        raise _too_slow(server, "to connect") from error
    async with _closing(socket):
        connection = WireConnection(codec, WebSocketTransport(socket), now=loop.time)
        async with connection.running():
            try:
                async with asyncio.timeout_at(patience.when()):
                    await begin(connection)
            except TimeoutError as error:
                raise _too_slow(server, "to begin the session") from error
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
            reason=received.reason,
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


async def _connected(server: Server, ping_s: float) -> ClientConnection:
    url, host = server.url, server.host
    # Made in a thread: it reads the certificates of the system.
    context = (
        await run_in_thread(ssl.create_default_context)
        if urlsplit(url).scheme == "wss"
        else None
    )
    try:
        return await _Connect(
            url,
            additional_headers=server.headers,
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
        raise server.refusal(error.response.status_code, body) from error
    except ProxyError as error:
        message = f"cannot reach {host}: the proxy refuses: {error}"
        raise ProviderError(message, code="unreachable") from error
    except (InvalidHandshake, EOFError) as error:
        message = f"{host} does not speak WebSocket at this address: {error}"
        raise ProviderError(
            message, code="handshake", setting=server.url_setting
        ) from error
    except (InvalidProxy, ImportError) as error:
        # In full, the first would tell the proxy's address, with its password.
        why = error.msg if isinstance(error, InvalidProxy) else error
        message = f"the proxy named by the environment cannot be used: {why}"
        raise ProviderError(message, code="proxy", is_recoverable=False) from None
    except InvalidURI as error:
        message = f"{url!r} is no address: {error}"
        raise ProviderError(
            message, is_recoverable=False, setting=server.url_setting
        ) from error
    except OSError as error:
        raise unreached(url, error, server.blamed) from error


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


def _too_slow(server: Server, what: str) -> ProviderError:
    return ProviderError(
        f"{server.host} took longer than {server.timeout_s:g} s {what}",
        code="timeout",
        setting=server.timeout_setting,
    )
