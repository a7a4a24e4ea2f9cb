"""A wire to a server, which breaks or goes dead after the first answer."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_LENGTHS = {126: ">H", 127: ">Q"}
"""How a longer length is packed, by what stands in its place (RFC 6455, 5.2)."""


@asynccontextmanager
async def cable(url: str, *, after: bytes, dead: bool) -> AsyncGenerator[str]:
    """Give the URL of a wire to a server; later connections through it are whole.

    Args:
        url: Of the server, with a port of this machine.
        after: What the message of the server holds that is the last on the first
            connection.
        dead: That connection stays open, and nothing passes any more. False: it is
            cut without a goodbye.
    """
    port = urlsplit(url).port or 0
    wire = _Cable(port, after, dead=dead)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    async with server:
        yield url.replace(str(port), str(server.sockets[0].getsockname()[1]))


class _Cable:
    def __init__(self, port: int, after: bytes, *, dead: bool) -> None:
        self._port = port
        self._after = after
        self._dead = dead
        self._whole = False

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        whole, self._whole = self._whole, True
        above, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as tasks:
                up = tasks.create_task(_pass_on(reader, to_server))
                with suppress(OSError, EOFError):
                    await self._down(above, writer, whole=whole)
                up.cancel()
                await asyncio.wait({up})
                if self._dead and not whole:
                    with suppress(OSError):
                        await reader.read(-1)
        finally:
            to_server.transport.abort()
            writer.transport.abort()

    async def _down(
        self, reader: StreamReader, writer: StreamWriter, *, whole: bool
    ) -> None:
        writer.write(await reader.readuntil(b"\r\n\r\n"))
        while True:
            head, payload = await _frame(reader)
            writer.write(head + payload)
            await writer.drain()
            if self._after in payload and not whole:
                return


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def _frame(reader: StreamReader) -> tuple[bytes, bytes]:
    """Read a frame of a server, which masks nothing."""
    head = await reader.readexactly(2)
    length = head[1]
    packed = _LENGTHS.get(length)
    if packed is not None:
        more = await reader.readexactly(struct.calcsize(packed))
        head += more
        (length,) = struct.unpack(packed, more)
    return head, await reader.readexactly(length)
