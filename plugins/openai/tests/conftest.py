"""Whole conversations with the simulator, over any transport."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.plugin.threads import run_in_thread
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.talk import Options, Talk
from realtime_run.testing.sound import HandMicrophone
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

KEY = "key-of-these-tests"
SPEECH = Pcm((b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000, 16_000)
"""A second that is taken for speech."""
Via = Callable[[str], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def directly(url: str) -> AsyncGenerator[str]:
    yield url


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a conversation is to be."""

    folder: Path
    turns: Sequence[Mapping[str, Any]] = ()
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    faulty_connections: int | None = None
    speed: float = 10.0
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What stands beside `use: openai`."""
    via: Via = directly
    """What stands between the provider and the simulator; given its URL."""
    options: Options = field(default_factory=Options)
    input_hz: int = 16_000
    """The microphone's rate."""

    @asynccontextmanager
    async def stage(self, _: Scene) -> AsyncGenerator[Provider]:
        simulator = OpenAISimulator(await run_in_thread(self._simulator))
        async with simulator.open(None) as url, self.via(url) as at:
            given = {"base_url": at, "api_key": KEY, **self.provider}
            yield OpenAIProvider(OpenAISettings.model_validate(given))

    def _simulator(self) -> OpenAISimulatorSettings:
        script = self.folder / "script.yaml"
        script.write_text(json.dumps({"turns": list(self.turns)}), encoding="utf-8")
        return OpenAISimulatorSettings.model_validate(
            {
                "speed": self.speed,
                "latency": "0s",
                "script": str(script),
                "faults": self.faults,
                "faulty_connections": self.faulty_connections,
            }
        )


class Tap:
    """Stands between a client and a server, and notes what the client sends."""

    def __init__(self) -> None:
        self.connections: list[list[str | bytes]] = []
        self._clients: set[ServerConnection] = set()

    @asynccontextmanager
    async def __call__(self, url: str) -> AsyncGenerator[str]:
        at = url.replace("http", "ws", 1)

        async def pass_on(client: ServerConnection) -> None:
            sent: list[str | bytes] = []
            self.connections.append(sent)
            self._clients.add(client)
            assert client.request is not None
            path = client.request.path.removeprefix("/v1")
            headers = {"Authorization": client.request.headers["Authorization"]}
            async with (
                connect(at + path, additional_headers=headers) as server,
                asyncio.TaskGroup() as tasks,
            ):
                down = tasks.create_task(self._down(server, client))
                with suppress(ConnectionClosed):
                    async for text in client:
                        sent.append(text)
                        await server.send(text)
                down.cancel()

        async with serve(pass_on, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            yield f"http://127.0.0.1:{port}/v1"

    async def _down(self, server: Any, client: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in server:
                await client.send(text)
        await client.close(1000)

    async def cut(self) -> None:
        """End all connections, as a server does that restarts."""
        for client in tuple(self._clients):
            self._clients.discard(client)
            await client.close(1012)


@pytest.fixture
def tap() -> Tap:
    """What a conversation over a WebSocket may be had `via`."""
    return Tap()


@pytest.fixture
def conversing(
    tmp_path: Path,
) -> Callable[..., AbstractAsyncContextManager[Talk]]:
    """Hold a conversation; at its end, every rule of events is checked."""

    @asynccontextmanager
    async def converse(transport: str, **asked: Any) -> AsyncGenerator[Talk]:
        provider = {"transport": transport, **asked.pop("provider", {})}
        setting = Setting(folder=tmp_path, provider=provider, **asked)
        subject = Subject(
            name="openai",
            stage=partial(Setting.stage, setting),
            speech=SPEECH,
            secrets=frozenset({KEY}),
            patience_s=9.0,
        )
        async with talking(subject, Scene.PLAIN, setting.options) as talk:
            talk.audio.microphone = microphone = HandMicrophone(setting.input_hz)
            microphone.patient = True
            await talk.realtime.connect()
            yield talk

    return converse
