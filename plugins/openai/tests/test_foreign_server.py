"""The provider against a server of the same protocol that somebody else wrote."""

import asyncio
import importlib.util
import json
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from realtime_run import Realtime
from realtime_run.core import events as public
from realtime_run.core.events import RealtimeEvent
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import SessionInfo
from realtime_run.session.parts import Parts
from realtime_run.testing.sound import HandAudio, HandMicrophone
from realtime_run.testing.time import settle
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings

RATE_HZ = 24_000


class Server:
    """The running server; what it noted is there once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.url = ""

    async def end(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()
        (connection,) = json.loads(self.log.read_text())["conns"]
        return connection


@asynccontextmanager
async def serving(peers: Path, log: Path, *options: str) -> AsyncGenerator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(peers / "sim.py"),
        "--log",
        str(log),
        *options,
        stdout=asyncio.subprocess.PIPE,
    )
    server = Server(process, log)
    try:
        assert process.stdout is not None
        port = json.loads(await process.stdout.readline())["port"]
        server.url = f"ws://127.0.0.1:{port}/v1"
        yield server
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def peers(shared: Path) -> Path:
    folder = shared / "peers"
    if not folder.is_dir():
        pytest.skip("there is no folder 'shared/peers'")
    return folder


@pytest.fixture
def marks(peers: Path) -> ModuleType:
    """The module that makes and reads the server's marked frames."""
    spec = importlib.util.spec_from_file_location("marks", peers / "pcm.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Talk:
    """A conversation with the server, in the hand of a test."""

    def __init__(self, url: str, marks: ModuleType) -> None:
        self.audio = HandAudio()
        self.microphone = self.audio.microphone = HandMicrophone(RATE_HZ)
        self.events: list[RealtimeEvent] = []
        self._news = asyncio.Event()
        self._marks = marks
        self._frames = 0
        settings = OpenAISettings.model_validate(
            {"api_key": "k", "base_url": url, "model": "gpt-realtime"}
        )
        provider = OpenAIProvider(settings)
        info = SessionInfo(
            session_id="s",
            agent_name="a",
            provider="openai",
            capabilities=provider.capabilities,
        )
        self.realtime = Realtime(
            Parts(
                provider_name="openai",
                provider=provider,
                audio=self.audio,
                instructions="bench",
                info=info,
            )
        )
        self.realtime.subscribe(RealtimeEvent, self._see)

    async def _see(self, event: RealtimeEvent) -> None:
        self.events.append(event)
        self._news.set()

    def say(self, milliseconds: int, *, speech: bool) -> None:
        for _ in range(milliseconds // 20):
            self._frames += 1
            frame = self._marks.frame(self._frames, 0, 0, 0, speech=speech)
            self.microphone.say(Pcm(frame, RATE_HZ))

    async def hear(self, milliseconds: int) -> list[int]:
        """Play so much; return of which answers the frames are, in order."""
        played = self.audio.play(milliseconds)
        await settle()
        return [mark[2] for mark in self._marks.Splitter().feed(played)]

    async def until(self, kind: type[Any], count: int = 1) -> Any:
        while True:
            found = [event for event in self.events if isinstance(event, kind)]
            if len(found) >= count:
                return found[count - 1]
            self._news.clear()
            await self._news.wait()

    def received_ms(self, response: int) -> float:
        """Return how much of the answer of that number has come."""
        outputs = [
            event
            for event in self.events
            if isinstance(event, public.RealtimeAudioOutputEvent)
        ]
        ids = list(dict.fromkeys(event.response_id for event in outputs))
        if len(ids) < response:
            return 0
        mine = (e for e in outputs if e.response_id == ids[response - 1])
        return sum(event.data.duration_ms for event in mine)

    async def received(self, response: int, milliseconds: float) -> None:
        while self.received_ms(response) < milliseconds:
            self._news.clear()
            await self._news.wait()


@pytest.mark.parametrize(
    ("options", "is_active"),
    [
        pytest.param(("--speed", "50", "--reply-ms", "1800"), False, id="generated"),
        pytest.param(("--speed", "1.5"), True, id="still generating"),
        pytest.param(
            ("--speed", "1.5", "--late-deltas", "3"), True, id="with late audio"
        ),
    ],
)
async def test_a_foreign_server_is_answered_interrupted_and_told_what_was_heard(
    peers: Path,
    marks: ModuleType,
    tmp_path: Path,
    options: tuple[str, ...],
    is_active: bool,
) -> None:
    async with serving(peers, tmp_path / "log.json", *options) as server:
        talk = Talk(server.url, marks)
        async with talk.realtime:
            talk.say(400, speech=True)
            talk.say(400, speech=False)
            await talk.received(1, 900)
            if not is_active:
                await talk.until(public.RealtimeResponseEvent, 2)

            before = await talk.hear(500)
            talk.say(400, speech=True)
            cut = await talk.until(public.RealtimeAudioOutputDoneEvent)
            stale = await talk.hear(200)
            talk.say(400, speech=False)
            await talk.received(2, 900)
            after = await talk.hear(500)
        noted = await server.end()

    assert before == [1] * 25
    assert (cut.interrupted, cut.played_ms) == (True, 500)
    assert stale == []
    assert after == [2] * 25
    assert talk.realtime.epoch == 1
    assert noted["errors"] == []
    assert noted["cancels"] == []
    assert [truncated[2] for truncated in noted["truncates"]] == [500]
    assert [told for _, told in noted["updated"]] == ["bench"]
