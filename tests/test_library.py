"""What the README promises to those who import the package."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import realtime_run
from realtime_run import (
    NotConnectedError,
    Pcm,
    Realtime,
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeConnectedEvent,
)
from realtime_run.core.events import EVENT_TYPES

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "agent.yaml"
    path.write_text("provider: echo\nhandlers: []\n", encoding="utf-8")
    return path


def test_every_event_class_is_imported_from_the_package() -> None:
    for kind in EVENT_TYPES.values():
        assert getattr(realtime_run, kind.__name__) is kind


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="NoSuchEvent"):
        realtime_run.NoSuchEvent  # noqa: B018


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import realtime_run, sys; print(sorted(m for m in sys.modules if '.' in m))"

    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert "pydantic" not in out
    assert "realtime_run." not in out


async def test_a_conversation_is_held_with_async_with(spec: Path) -> None:
    realtime = await asyncio.to_thread(Realtime.from_spec, spec)
    said: asyncio.Queue[str] = asyncio.Queue()
    connected: list[str] = []

    @realtime.on(RealtimeAgentSpeechTranscriptionEvent)
    async def hear(event: RealtimeAgentSpeechTranscriptionEvent) -> None:
        if event.mode == "final":
            await said.put(event.text)

    @realtime.on(RealtimeConnectedEvent)
    def note(event: RealtimeConnectedEvent, _: Realtime) -> None:
        connected.append(event.session_id)

    async with realtime:
        assert realtime.connected
        await realtime.simple_response("hello")
        assert await said.get() == "hello"

    assert not realtime.connected
    assert connected == [realtime.session_id]


async def test_it_is_connected_and_closed_as_often_as_one_likes(spec: Path) -> None:
    realtime = await asyncio.to_thread(Realtime.from_spec, spec)

    await realtime.close()
    await realtime.connect()
    await realtime.connect()
    await realtime.close()
    await realtime.close()

    assert not realtime.connected
    with pytest.raises(NotConnectedError, match="has ended"):
        await realtime.connect()


async def test_what_is_not_connected_says_so(spec: Path) -> None:
    realtime = await asyncio.to_thread(Realtime.from_spec, spec)

    with pytest.raises(NotConnectedError, match="connect"):
        await realtime.simple_response("hello")
    with pytest.raises(NotConnectedError, match="connect"):
        await realtime.simple_audio_response(Pcm.silence(20, 16_000))
    with pytest.raises(NotConnectedError, match="connect"):
        await realtime.wait_closed()


def test_frames_a_second_must_be_some(spec: Path) -> None:
    realtime = Realtime.from_spec(spec)

    assert realtime.fps == 1
    with pytest.raises(ValueError, match="positive"):
        realtime.fps = 0


async def test_an_error_of_the_start_comes_out_of_connect(
    spec: Path, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"no sound at all")
    overrides = [f"audio={{use: file, input: {noise}}}"]

    def make() -> Any:
        return Realtime.from_spec(spec, overrides=overrides)

    realtime = await asyncio.to_thread(make)

    with pytest.raises(realtime_run.AudioError, match=r"noise\.wav"):
        await realtime.connect()
