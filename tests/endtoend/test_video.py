"""A spec with a source of FFmpeg, from the file to what the provider is sent."""

import asyncio
import threading
import types
from pathlib import Path
from typing import Any

import av
import pytest

from realtime_run.assembly.build import Built, build
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import AppendImage, AppendPicture
from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.events import RealtimeErrorEvent
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.host import Host
from realtime_run.plugin.settings import Settings
from realtime_run.realtime import Realtime
from realtime_run.testing.scripted import ScriptedProvider


class SeeingSettings(Settings):
    track: bool = False


@pytest.fixture
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Built:
    """What is made of the spec that a test names, with a provider that can see."""

    def make(settings: SeeingSettings) -> ScriptedProvider:
        video = "track" if settings.track else "images"
        return ScriptedProvider(
            Capabilities(input_hz=16_000, output_hz=24_000, video=video)
        )

    @hookimpl
    def realtime_run_provider() -> Offer[Any]:
        return Offer(SeeingSettings, make)

    plugin = types.ModuleType("seeing")
    plugin.realtime_run_provider = realtime_run_provider  # type: ignore[attr-defined]  # a module is its hooks
    host = Host()
    host.register(plugin, "seeing")
    file = tmp_path / "agent.yaml"
    file.write_text(f"handlers: []\n{request.param}", encoding="utf-8")
    return build(file, host=host, environ={})


def video_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("video")]


RED = "video: {use: lavfi, graph: 'color=red:size=320x240'}\nfps: 30\n"


@pytest.mark.parametrize("built", ["provider: seeing\n" + RED], indirect=True)
async def test_images_are_sent_over_a_reconnect_until_the_end(built: Built) -> None:
    provider: Any = built.parts.provider

    async with Realtime(built.parts):
        first = await provider.connection(1)
        images = await first.until(AppendImage, 3)
        first.drop(ConnectionClosedError("gone"))
        second = await provider.connection(2)
        images += await second.until(AppendImage, 3)
        assert video_threads() != []

    for thread in video_threads():
        thread.join(5)
    assert video_threads() == []
    for image in images:
        decoder = av.CodecContext.create("mjpeg", "r")
        (frame, *_) = [*decoder.decode(av.Packet(image.jpeg)), *decoder.decode(None)]
        red, green, blue = frame.to_ndarray(format="rgb24")[120, 160]
        assert (image.width, image.height) == (320, 240)
        assert (red > 250, green < 5, blue < 5) == (True, True, True)


@pytest.mark.parametrize(
    "built", ["provider: {use: seeing, track: true}\n" + RED], indirect=True
)
async def test_a_track_gets_pictures(built: Built) -> None:
    provider: Any = built.parts.provider

    async with Realtime(built.parts):
        connection = await provider.connection(1)
        (command, *_) = await connection.until(AppendPicture)

    assert command.picture.i420[:10] == bytes([81]) * 10


@pytest.mark.parametrize(
    "built",
    ["provider: seeing\nvideo: {use: camera, device: /dev/video99}\n"],
    indirect=True,
)
async def test_a_missing_camera_is_an_error_at_its_place_and_the_talk_goes_on(
    built: Built,
) -> None:
    realtime = Realtime(built.parts)
    errors: asyncio.Queue[RealtimeErrorEvent] = asyncio.Queue()
    realtime.on(RealtimeErrorEvent)(errors.put)

    async with realtime:
        error = await errors.get()
        assert realtime.connected

    assert error.error.startswith("no camera '/dev/video99': ")
    assert (error.context, error.setting) == ("video", "video")
    assert error.place == f"{built.loaded.file}:3:8"
