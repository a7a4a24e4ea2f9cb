"""One port of this machine, where a simulator serves WebSockets and HTTP requests."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from realtime_run.plugin.simulation import Speech
from realtime_run.plugin.threads import run_in_thread
from realtime_run.simulation.driver import Driver, Service
from realtime_run.simulation.web import (
    WebError,
    WebRequest,
    error_answer,
    read_request,
)
from realtime_run.simulation.websocket_carrier import Frames, WebSocketCarrier

if TYPE_CHECKING:
    import ssl

    from realtime_run.plugin.simulation import TlsFiles

_HOST = "127.0.0.1"
MOST_CONNECTIONS = 64
"""So many clients are served at one time; more are turned away."""
_HEAD_BYTES = 64 * 1024
_HEAD_S = 10.0
_CLOSE_S = 0.5


class Reception(Protocol):
    """Decides what becomes of each request."""

    @property
    def speech(self) -> Speech:
        """The voice of every session."""
        ...

    def converse(self, request: WebRequest) -> tuple[Service, Frames]:
        """Return the session for a request for a WebSocket, and how it is carried.

        Raises:
            WebError: If it is refused.
        """
        ...

    async def respond(self, request: WebRequest) -> bytes:
        """Answer any other request.

        Raises:
            WebError: If it is refused.
        """
        ...


class Door:
    """Lets clients in, and knows all that are inside."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    @property
    def is_full(self) -> bool:
        """Whether nobody more is let in."""
        return not self._is_open or len(self._tasks) >= MOST_CONNECTIONS

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Do something for a client, until the door closes."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """End every connection."""
        self._is_open = False
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def opened(
    port: int, tls: "TlsFiles | None"
) -> AsyncGenerator[tuple[Door, "Listening"]]:
    """Give a door, and what opens it; leaving closes it and every connection.

    Args:
        port: Of TCP; 0 takes a free one.
        tls: A certificate for https and wss; None: http and ws.

    Raises:
        OSError: If the port is taken, or the certificate cannot be read.
    """
    context = None if tls is None else await run_in_thread(_context, tls)
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        door = Door(group)
        try:
            yield door, Listening(door, port, context)
        except Exception as error:  # noqa: BLE001 - raised below, as it is: no group
            failure = error
        finally:
            door.close()
    if failure is not None:
        raise failure


class Listening:
    """Listens at a port."""

    def __init__(self, door: Door, port: int, context: "ssl.SSLContext | None") -> None:
        self._door = door
        self._port = port
        self._context = context

    @asynccontextmanager
    async def serving(self, reception: Reception) -> AsyncGenerator[str]:
        """Serve, and give the address such as `http://127.0.0.1:8765`.

        Raises:
            OSError: If the port is taken.
        """

        def admit(reader: StreamReader, writer: StreamWriter) -> None:
            if self._door.is_full:
                writer.transport.abort()
            else:
                self._door.start(_serve(reception, reader, writer))

        server = await asyncio.start_server(
            admit, _HOST, self._port, ssl=self._context, limit=_HEAD_BYTES
        )
        try:
            port = server.sockets[0].getsockname()[1]
            scheme = "http" if self._context is None else "https"
            yield f"{scheme}://{_HOST}:{port}"
        finally:
            server.close()


async def _serve(
    reception: Reception, reader: StreamReader, writer: StreamWriter
) -> None:
    try:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            await _answer(reception, reader, writer)
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                writer.close()
                await writer.wait_closed()
        writer.transport.abort()


async def _answer(
    reception: Reception, reader: StreamReader, writer: StreamWriter
) -> None:
    try:
        async with asyncio.timeout(_HEAD_S):
            request, head = await read_request(reader)
        if request.is_upgrade:
            service, frames = reception.converse(request)
            carrier = WebSocketCarrier(reader, writer, frames)
            if await carrier.accept(head):
                await Driver(service, carrier, reception.speech).run()
        else:
            writer.write(await reception.respond(request))
    except WebError as error:
        writer.write(error_answer(error))
    await writer.drain()


def _context(tls: "TlsFiles") -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415 - 20 ms, and most simulators serve without

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context
