import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame
from pydantic import ValidationError

from realtime_run.builtin.no_video import NoVideo
from realtime_run.builtin.video_settings import (
    CameraSettings,
    FileVideoSettings,
    LavfiSettings,
    NoVideoSettings,
    ScreenSettings,
)
from realtime_run.builtin.video_sources import Camera, File, Lavfi, Screen
from realtime_run.core.errors import VideoError
from realtime_run.core.picture import Picture

Yuv = tuple[int, int, int]
RED: Yuv = (81, 90, 240)
LIME: Yuv = (145, 54, 34)
BLUE: Yuv = (41, 240, 110)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("video"):
            thread.join(5)
            assert not thread.is_alive()


def colour(picture: Picture | None, x: float = 0.5, y: float = 0.5) -> Yuv:
    """Return the colour at a place, counted in parts of width and height."""
    assert picture is not None
    width, height = picture.width, picture.height
    column, row = int(x * width / 2), int(y * height / 2)
    luma, chroma = width * height, width * height // 4
    at = row * width // 2 + column
    return (
        picture.i420[row * 2 * width + column * 2],
        picture.i420[luma + at],
        picture.i420[luma + chroma + at],
    )


def is_near(one: Yuv, other: Yuv) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(one, other, strict=True))


def frames(graph: str) -> Iterator[VideoFrame]:
    with av.open(graph, format="lavfi") as container:
        yield from container.decode(container.streams.video[0])


def write(path: Path, codec: str, graph: str) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = None
        for number, frame in enumerate(frames(graph)):
            if stream is None:
                stream = container.add_stream(codec, rate=10)
                stream.width, stream.height = frame.width, frame.height
                stream.pix_fmt = stream.codec_context.codec.video_formats[0].name
            ready = frame.reformat(format=stream.pix_fmt)
            ready.pts, ready.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


async def file(path: Path, clock: Any, **settings: Any) -> File:
    given = {"path": str(path), **settings}
    # It looks whether the file is there, which no event loop waits for.
    valid = await asyncio.to_thread(FileVideoSettings.model_validate, given)
    return File(valid, clock)


async def test_a_pattern_has_the_colour_and_size_that_were_asked_for(
    clock: Any,
) -> None:
    source = Lavfi(LavfiSettings(graph="color=red:size=320x240"), clock)

    async with source.open() as video:
        picture = await video.read()

    assert picture is not None
    assert (picture.width, picture.height) == (320, 240)
    assert is_near(colour(picture), RED)


async def test_the_default_pattern_moves(clock: Any) -> None:
    async with Lavfi(LavfiSettings(), clock).open() as video:
        first, second = await video.read(), await video.read()

    assert first is not None
    assert first != second


async def test_an_option_that_a_filter_does_not_have_is_an_error(clock: Any) -> None:
    source = Lavfi(LavfiSettings(graph="color=red:sizzle=1"), clock)

    with pytest.raises(
        VideoError, match="cannot draw 'color=red:sizzle=1': option not found"
    ):
        async with source.open():
            pass


def test_a_graph_that_reads_a_file_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="'movie' is no filter that draws"):
        LavfiSettings(graph="movie=secret.mp4")


@pytest.mark.parametrize(
    ("name", "codec"),
    [("film.mp4", "mpeg4"), ("film.mkv", "ffv1"), ("film.avi", "mjpeg")],
)
async def test_a_film_is_shown_to_its_end(
    name: str, codec: str, tmp_path: Path, clock: Any
) -> None:
    path = write(tmp_path / name, codec, "color=lime:size=64x48:rate=10:duration=0.5")

    shown: list[Picture] = []
    async with (await file(path, clock)).open() as video:
        while (picture := await video.read()) is not None:
            shown.append(picture)

    assert len(shown) == 5
    assert clock.time == pytest.approx(0.4)
    assert all(is_near(colour(one), LIME) for one in shown)


async def test_a_film_that_loops_does_not_end(tmp_path: Path, clock: Any) -> None:
    path = write(
        tmp_path / "film.mp4", "mpeg4", "color=lime:size=64x48:rate=10:duration=0.2"
    )

    source = await file(path, clock, loop=True)
    async with source.open() as video:
        shown = [await video.read() for _ in range(9)]

    assert None not in shown
    assert clock.time == pytest.approx(0.8, abs=0.11)


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize(
    ("name", "codec"), [("still.png", "png"), ("still.jpg", "mjpeg")]
)
async def test_a_still_picture_is_shown_once_and_stays(
    name: str, codec: str, loop: bool, tmp_path: Path, clock: Any
) -> None:
    path = write(tmp_path / name, codec, "color=blue:size=64x48:rate=1:duration=1")

    source = await file(path, clock, loop=loop)
    async with source.open() as video:
        picture = await video.read()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await video.read()

    assert is_near(colour(picture), BLUE)


@pytest.mark.skipif(
    not hasattr(VideoFrame, "rotation"), reason="PyAV does not tell it before 14.1"
)
async def test_a_film_that_was_taken_upright_is_shown_upright(
    tmp_path: Path, clock: Any
) -> None:
    path = write(
        tmp_path / "film.mp4",
        "mpeg4",
        "color=red:size=64x32:rate=10:duration=0.3,drawbox=color=blue:t=fill:w=32",
    )
    turned(path)

    async with (await file(path, clock)).open() as video:
        picture = await video.read()

    assert picture is not None
    assert (picture.width, picture.height) == (32, 64)
    # Turned a quarter to the right, what was at the left is at the top.
    assert is_near(colour(picture, y=0.25), BLUE)
    assert is_near(colour(picture, y=0.75), RED)


def turned(path: Path) -> None:
    """Write into an MP4 that it is to be turned a quarter to the right."""
    content = bytearray(path.read_bytes())
    # ISO 14496-12, 8.3.2: version and flags, times, ids and so on come before it.
    matrix = content.index(b"tkhd") + 4 + 40
    quarter = (0, 1, 0, -1, 0, 0, 0, 0, 0x4000)
    content[matrix : matrix + 36] = b"".join(
        (one << 16).to_bytes(4, "big", signed=True) for one in quarter
    )
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.mp4", b"hello" * 100, "it is no film and no picture, or a damaged one"),
        ("b.mp4", b"", "it is no film and no picture, or a damaged one"),
        ("c.mp4", b"#EXTM3U\n#EXTINF:1,\nother.mp4\n", "it is no film and no picture"),
        ("d.mp4", b"ffconcat version 1.0\nfile other.mp4\n", "it is no film"),
    ],
)
async def test_what_is_no_film_is_refused(
    name: str, content: bytes, why: str, tmp_path: Path, clock: Any
) -> None:
    write(tmp_path / "other.mp4", "mpeg4", "color=red:size=64x48:rate=10:duration=0.2")
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(VideoError) as raised:
        async with (await file(path, clock)).open() as video:
            await video.read()

    assert f"cannot use '{path}' as video: {why}" in str(raised.value)


async def test_a_sound_file_holds_no_pictures(clock: Any) -> None:
    speech = Path(__file__).parents[2] / "configs" / "recordings" / "five_five.wav"

    with pytest.raises(VideoError, match=r"cannot use .*five_five\.wav' as video: "):
        async with (await file(speech, clock)).open():
            pass


async def test_a_film_that_vanished_says_so(tmp_path: Path, clock: Any) -> None:
    path = write(
        tmp_path / "film.mp4", "mpeg4", "color=red:size=64x48:rate=10:duration=0.2"
    )
    source = await file(path, clock)
    path.unlink()

    with pytest.raises(VideoError, match=r"film\.mp4' as video: no such file"):
        async with source.open():
            pass


async def test_a_camera_that_is_not_there_says_which_there_are() -> None:
    with pytest.raises(VideoError, match="no camera '/dev/video99': "):
        async with Camera(CameraSettings(device="/dev/video99")).open():
            pass


async def test_without_a_display_there_is_no_screen() -> None:
    with pytest.raises(VideoError, match="no screen: DISPLAY is not set"):
        async with Screen(ScreenSettings(), {}).open():
            pass


async def test_a_display_that_is_not_there_is_no_screen() -> None:
    with pytest.raises(VideoError, match="no screen ':4711': there is no such display"):
        async with Screen(ScreenSettings(), {"DISPLAY": ":4711"}).open():
            pass


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of 320x240 with a blue background, for nobody else."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [  # noqa: S607 - whichever is installed
            "Xvfb",
            *("-displayfd", str(writing), "-screen", "0", "320x240x24"),
            *("-noreset", "-nolisten", "tcp"),
        ],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            name = f":{told.readline().strip()}"
        subprocess.run(
            ["xsetroot", "-solid", "#0000ff"],  # noqa: S607 - whichever is installed
            env=os.environ | {"DISPLAY": name},
            check=True,
        )
        yield name
    finally:
        server.terminate()
        server.wait()


@pytest.mark.debian("xvfb", program="Xvfb")
@pytest.mark.debian("x11-xserver-utils", program="xsetroot")
async def test_the_screen_is_shown_as_it_is(display: str) -> None:
    source = Screen(ScreenSettings(rate=30), {"DISPLAY": display})

    async with source.open() as video:
        first = await video.read()
        process = await asyncio.create_subprocess_exec(
            "xsetroot",
            *("-display", display, "-solid", "#ff0000"),
        )
        await process.wait()
        while is_near(colour(then := await video.read(), 0.1, 0.1), BLUE):
            pass

    assert first is not None
    assert (first.width, first.height) == (320, 240)
    assert is_near(colour(first, 0.1, 0.1), BLUE)
    assert is_near(colour(then, 0.1, 0.1), RED)


@pytest.mark.debian("xvfb", program="Xvfb")
@pytest.mark.debian("x11-xserver-utils", program="xsetroot")
async def test_a_corner_of_the_screen_is_shown(display: str) -> None:
    source = Screen(ScreenSettings(size="100x50", device=display), {})

    async with source.open() as video:
        picture = await video.read()

    assert picture is not None
    assert (picture.width, picture.height) == (100, 50)


async def test_none_shows_nothing() -> None:
    async with NoVideo(NoVideoSettings()).open() as video:
        assert await video.read() is None


@pytest.mark.parametrize("size", ["640", "640x", "0x480", "640x480x3", "big"])
def test_a_size_is_width_and_height(size: str) -> None:
    with pytest.raises(ValidationError, match="must be a size"):
        CameraSettings(size=size)
