import asyncio
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.core.provider_events import (
    AudioOutput,
    ProviderEvent,
    ResponseDone,
)
from realtime_run.plugin.api import Connection, Opening
from realtime_run_local.provider import LocalProvider
from realtime_run_local.settings import EspeakSettings, LocalSettings
from realtime_run_local.text_to_speech.espeak import EspeakSynthesizer

EventT = TypeVar("EventT")
_RECORDINGS = Path(__file__).parents[3] / "configs" / "recordings"


@pytest.fixture
def recording() -> Callable[[str], Pcm]:
    def read(name: str) -> Pcm:
        with wave.open(str(_RECORDINGS / name)) as sound:
            return Pcm(sound.readframes(sound.getnframes()), sound.getframerate())

    return read


@pytest.fixture(scope="session")
def spoken() -> Callable[[str], Pcm]:
    def speak(text: str) -> Pcm:
        pieces: list[bytes] = []

        def take(pcm: bytes) -> bool:
            pieces.append(pcm)
            return True

        EspeakSynthesizer(EspeakSettings(use="espeak")).speak(text, take)
        return Pcm(b"".join(pieces), 22_050).resample(16_000)

    return speak


class Talk:
    """One connection, and what it has reported so far."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[ProviderEvent] = []

    async def send(self, command: Command) -> None:
        await self.connection.send(command)

    async def say(self, speech: Pcm, silence_ms: int = 900) -> None:
        whole = speech + Pcm.silence(silence_ms, 16_000)
        for frame in Framer(16_000).push(whole):
            await self.connection.send(AppendAudio(pcm=frame))

    async def until(
        self, kind: type[EventT], fits: Callable[[EventT], bool] = lambda _: True
    ) -> EventT:
        async with asyncio.timeout(8):
            while True:
                event = await self.connection.receive()
                self.events.append(event)
                if isinstance(event, kind) and fits(event):
                    return event

    async def done(self) -> ResponseDone:
        return await self.until(ResponseDone)

    def of(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def order(self) -> list[str]:
        """The kinds of the events, with audio once per run of it."""
        names = [type(event).__name__ for event in self.events]
        return [
            name
            for before, name in zip(["", *names], names, strict=False)
            if (name, before) != (AudioOutput.__name__, AudioOutput.__name__)
        ]


Talking = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def talking() -> Talking:
    @asynccontextmanager
    async def talk(
        settings: "dict[str, Any] | None" = None, **opening: Any
    ) -> AsyncIterator[Talk]:
        provider = LocalProvider(LocalSettings.model_validate(settings or {}))
        async with provider.connect(Opening(**opening)) as connection:
            yield Talk(connection)

    return talk


class Endpoint:
    """A chat endpoint that plays what it is told, piece by piece."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, str]] = []
        """Head and body of every request."""
        self.scripts: list[tuple[str, Sequence[bytes | asyncio.Event]]] = []
        self.asked = asyncio.Event()
        self.hung_up = asyncio.Event()

    def answers(self, *pieces: "bytes | asyncio.Event", status: str = "200 OK") -> None:
        self.scripts.append((status, pieces))

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().split("content-length:")[1].split()[0])
            self.requests.append((head, (await reader.readexactly(length)).decode()))
            self.asked.set()
            status, pieces = self.scripts.pop(0)
            writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())
            for piece in pieces:
                if isinstance(piece, bytes):
                    writer.write(piece)
                    await writer.drain()
                else:
                    await self._wait(piece, reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        finally:
            writer.close()

    async def _wait(self, gate: asyncio.Event, reader: asyncio.StreamReader) -> None:
        async with asyncio.TaskGroup() as tasks:
            opened = tasks.create_task(gate.wait())

            async def watch() -> None:
                await reader.read()
                self.hung_up.set()
                gate.set()

            watching = tasks.create_task(watch())
            await opened
            watching.cancel()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    playing = Endpoint()
    server = await asyncio.start_server(playing.serve, "127.0.0.1", 0)
    playing.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield playing
    finally:
        server.close()
