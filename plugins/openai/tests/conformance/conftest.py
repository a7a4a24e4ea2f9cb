"""The scenes of the conformance suite, played by the simulator."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.plugin.settings import seconds
from realtime_run.plugin.threads import run_in_thread
from realtime_run.testing.conformance import Scene
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

KEY = "sk-conformance"
Transport = Literal["websocket", "webrtc"]
Staging = Callable[[Scene], AbstractAsyncContextManager[Provider]]

ADD = {"name": "add", "arguments": {"a": 2, "b": 3}}
ADD_AGAIN = {"name": "add", "arguments": {"a": 4, "b": 5}}
OKAY = {"say": "Okay."}
STORY = {"when": "*long story*", "say": "Once upon a time there was a ship. " * 2}
TURNS: dict[Scene, list[dict[str, Any]]] = {
    Scene.TOOL: [{"when": "Add*", "calls": [ADD], "say": "It is {results}."}],
    Scene.TWO_TOOLS: [
        {"when": "Add*", "calls": [ADD, ADD_AGAIN], "say": "They are {results}."}
    ],
    Scene.RECALL: [{"when": "*What is my name*", "say": "You said: {first}"}],
}
FAULTS: dict[Scene, dict[str, str]] = {
    Scene.CLOSE: {"close": "1000@1"},
    Scene.EXPIRY: {"expire": "30"},
    Scene.GARBAGE: {"garbage": "", "unknown_event": ""},
    Scene.LATE_AUDIO: {"late_deltas": "3"},
    Scene.UNAUTHORISED: {"handshake": "401"},
}
SPEEDS = {Scene.FAST: 50.0, Scene.STEADY: 1.0}
CALL_FAULTS = {Scene.RECALL: {"close": "1011@1"}}
"""A call has no socket to cut: the server leaves it."""
BROKEN = (Scene.DROP, Scene.RECALL, Scene.STALL)
OF_THE_FIRST = (Scene.CLOSE, Scene.EXPIRY)
"""Scenes in which the first connection only is not as PLAIN."""


class Cable:
    """A wire to a server: after one answer, the first connection is cut or dead."""

    def __init__(self, port: int, *, dead: bool) -> None:
        self._port = port
        self._dead = dead
        self._whole = False

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        whole, self._whole = self._whole, True
        above, to_server = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as tasks:
                up = tasks.create_task(self._up(reader, to_server))
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

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def _down(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        whole: bool,
    ) -> None:
        writer.write(await reader.readuntil(b"\r\n\r\n"))
        while True:
            head = await reader.readexactly(2)
            length = head[1]
            size = {126: ">H", 127: ">Q"}.get(length)
            if size is not None:
                more = await reader.readexactly(struct.calcsize(size))
                head += more
                (length,) = struct.unpack(size, more)
            payload = await reader.readexactly(length)
            writer.write(head + payload)
            await writer.drain()
            if b'"response.done"' in payload and not whole:
                return


@asynccontextmanager
async def cable(url: str, *, dead: bool) -> AsyncIterator[str]:
    port = urlsplit(url).port or 0
    server = await asyncio.start_server(Cable(port, dead=dead).serve, "127.0.0.1", 0)
    async with server:
        yield url.replace(str(port), str(server.sockets[0].getsockname()[1]))


@pytest.fixture
def speech() -> Pcm:
    return Pcm((b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000, 16_000)


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@dataclass(frozen=True)
class Stages:
    """Stages scenes over one transport."""

    folder: Path
    """Where the scripts are."""
    closed_port: int
    transport: Transport

    @asynccontextmanager
    async def stage(self, scene: Scene) -> AsyncIterator[Provider]:
        if scene is Scene.REFUSED:
            yield self._provider(f"http://127.0.0.1:{self.closed_port}/v1")
            return
        async with self._simulator(scene) as url:
            if scene not in BROKEN or self.transport == "webrtc":
                yield self._provider(url)
                return
            async with cable(url, dead=scene is Scene.STALL) as broken:
                yield self._provider(broken)

    def _provider(self, url: str) -> Provider:
        given = {"base_url": url, "api_key": KEY, "transport": self.transport}
        return OpenAIProvider(OpenAISettings.model_validate(given))

    @asynccontextmanager
    async def _simulator(self, scene: Scene) -> AsyncIterator[str]:
        faults = FAULTS.get(scene, {})
        if self.transport == "webrtc":
            faults = CALL_FAULTS.get(scene, faults)
        first_only = scene in OF_THE_FIRST or faults is CALL_FAULTS.get(scene)
        settings = await run_in_thread(
            OpenAISimulatorSettings,
            transport=self.transport,
            speed=SPEEDS.get(scene, 10.0),
            latency=seconds(0),
            script=self.folder / f"{scene.name}.yaml",
            faults=faults,
            faulty_connections=1 if first_only else None,
        )
        async with OpenAISimulator(settings).open(None) as url:
            yield url


@pytest.fixture
def staging(tmp_path: Path, closed_port: int) -> Callable[[Transport], Staging]:
    for scene in Scene:
        turns = [*TURNS.get(scene, []), STORY, OKAY]
        greeting = STORY["say"] if scene is Scene.LONG else "{instructions}"
        script = json.dumps({"greeting": greeting, "turns": turns, "repeat": True})
        (tmp_path / f"{scene.name}.yaml").write_text(script, encoding="utf-8")
    return lambda transport: Stages(tmp_path, closed_port, transport).stage
