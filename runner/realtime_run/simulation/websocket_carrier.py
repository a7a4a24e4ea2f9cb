"""Carries a session over one WebSocket: frames in, frames out."""

import asyncio
import json
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed, InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from realtime_run.simulation.outputs import Close, Drop, Message, Output, Raw
from realtime_run.simulation.web import MAX_BODY

_READ = 65_536
_REASON_BYTES = 123
_PIECES = 3
"""In so many frames a message comes that trickles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """How a service speaks WebSocket."""

    binary: bool = False
    """Its messages are JSON in binary frames, and it takes such."""
    trickle_s: float = 0.0
    """How late each message is, which then comes in pieces; 0: neither."""
    subprotocol: str | None = None
    """What it chooses, if that is offered."""


class WebSocketCarrier:
    """One WebSocket of a client.

    Args:
        reader: What comes after the head of its request.
        writer: What goes to it.
        frames: How the service speaks.
    """

    def __init__(
        self, reader: StreamReader, writer: StreamWriter, frames: Frames
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = frames
        self._protocol = ServerProtocol(
            max_size=MAX_BODY, select_subprotocol=_choosing(frames.subprotocol)
        )
        self._messages: deque[str | bytes] = deque()
        self._partial: list[bytes] = []
        self._is_text = True

    async def accept(self, head: bytes) -> bool:
        """Answer the handshake; False: it was refused.

        Args:
            head: The request, up to the empty line.
        """
        self._protocol.receive_data(head)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
        await self._flush()
        return self._protocol.state is State.OPEN

    async def receive(self) -> str | bytes | None:
        """Return the client's next message; None: it has gone."""
        while not self._messages:
            try:
                received = await self._reader.read(_READ)
            except OSError:
                return None
            if not received:
                return None
            self._protocol.receive_data(received)
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    self._collect(event)
            await self._flush()
            if self._protocol.state is not State.OPEN and not self._messages:
                return None
        return self._messages.popleft()

    async def perform(self, output: Output) -> None:
        """Do what the service asks; nothing if the client has gone."""
        try:
            match output:
                case Message(event=event):
                    await self._send(json.dumps(event, ensure_ascii=False).encode())
                case Raw(content=str(content)):
                    await self._send(content.encode())
                case Raw(content=bytes(content)):
                    self._protocol.send_binary(content)
                case Close(code=code, reason=reason):
                    self._protocol.send_close(code, _short(reason))
                case Drop():
                    self._reset()
                case _:
                    pass  # what sounds on a call does not concern a WebSocket
        except (InvalidState, ConnectionClosed):
            return
        await self._flush()

    def abort(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    async def _send(self, text: bytes) -> None:
        send = self._protocol.send_text
        if self._frames.binary:
            send = self._protocol.send_binary
        if not self._frames.trickle_s:
            send(text)
            return
        size = len(text) // _PIECES + 1
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        for number, piece in enumerate(pieces):
            await asyncio.sleep(self._frames.trickle_s / len(pieces))
            is_last = number == len(pieces) - 1
            if number:
                self._protocol.send_continuation(piece, fin=is_last)
            else:
                send(piece, fin=is_last)
            await self._flush()

    def _collect(self, frame: Frame) -> None:
        if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._partial.append(bytes(frame.data))
        if frame.fin:
            whole = b"".join(self._partial)
            self._partial = []
            # Where the service takes text only, what is binary is no JSON to it.
            taken = self._is_text or self._frames.binary
            self._messages.append(whole if taken else b"")

    def _reset(self) -> None:
        connection = self._writer.get_extra_info("socket")
        if connection is not None:
            linger = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    async def _flush(self) -> None:
        for piece in self._protocol.data_to_send():
            if piece:
                self._writer.write(piece)
        try:
            await self._writer.drain()
        except OSError:
            return


def _short(reason: str) -> str:
    return reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore")


def _choosing(
    chosen: str | None,
) -> Callable[[ServerProtocol, Sequence[Subprotocol]], Subprotocol | None]:
    def select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((one for one in offered if one == chosen), None)

    return select
