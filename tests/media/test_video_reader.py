import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from realtime_run.core.errors import VideoError
from realtime_run.media.video_feed import Feed, VideoInput
from realtime_run.media.video_reader import Latest, open_video
from realtime_run.testing.time import settle

pytestmark = pytest.mark.usefixtures("no_video_thread_left")


def explain(error: Exception) -> VideoError:
    return VideoError(f"told: {error}")


def feed(name: str, **options: Any) -> Callable[[], Feed]:
    return partial(Feed, VideoInput(name=name, **options), explain)


class Steps:
    """A clock that shows who waits for it, and until when."""

    def __init__(self) -> None:
        self.time = 0.0
        self.due: asyncio.Queue[float] = asyncio.Queue()
        self._go = asyncio.Event()

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.due.put_nowait(round(self.time + seconds, 6))
        self._go.clear()
        await self._go.wait()

    async def go(self, time: float | None = None) -> float:
        """Let the one who waits go on when he wanted to, or at another time."""
        wanted = await self.due.get()
        self.time = wanted if time is None else time
        await settle(1)
        self._go.set()
        return wanted


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Twenty frames in two seconds, the luma of each 20 + 10 times its number."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for number in range(20):
            frame = VideoFrame(16, 16, "yuv420p")
            for plane, level in zip(
                frame.planes, (20 + 10 * number, 128, 128), strict=True
            ):
                plane.update(bytes([level]) * plane.buffer_size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


async def numbers(video: Latest, count: int) -> list[int]:
    """Return the numbers of the frames that come."""
    got: list[int] = []
    while len(got) < count and (picture := await video.read()) is not None:
        got.append((picture.i420[0] - 20) // 10)
    return got


async def test_a_film_is_shown_at_its_own_pace(film: Path) -> None:
    clock = Steps()

    async with open_video(feed(str(film)), rate=30, clock=clock) as video:
        due = []
        shown = []
        for _ in range(5):
            due.append(await clock.go())
            shown += await numbers(video, 1)

    assert due == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert shown == [0, 1, 2, 3, 4]


async def test_no_more_pictures_are_made_than_the_rate_allows(film: Path) -> None:
    clock = Steps()

    async with open_video(feed(str(film)), rate=2, clock=clock) as video:
        due = []
        shown = []
        for _ in range(4):
            due.append(await clock.go())
            shown += await numbers(video, 1)

    assert due == [0.0, 0.5, 1.0, 1.5]
    assert shown == [0, 5, 10, 15]


async def test_what_is_late_is_skipped_so_that_the_film_keeps_its_time(
    film: Path,
) -> None:
    clock = Steps()

    async with open_video(feed(str(film)), rate=30, clock=clock) as video:
        await clock.go()
        await numbers(video, 1)
        await clock.go(0.65)  # it wanted to go on at 0.1
        await numbers(video, 1)

        assert await clock.go() == 0.7
        assert await numbers(video, 1) == [7]


async def test_after_a_long_stop_the_film_goes_on_where_it_was(film: Path) -> None:
    clock = Steps()

    async with open_video(feed(str(film)), rate=30, clock=clock) as video:
        await clock.go()
        await numbers(video, 1)
        await clock.go(60.0)  # it wanted to go on at 0.1; the machine slept
        shown = await numbers(video, 1)

        assert await clock.go() == 60.1
        assert shown + await numbers(video, 1) == [1, 2]


async def test_what_nobody_read_in_time_is_skipped(film: Path) -> None:
    clock = Steps()

    async with open_video(feed(str(film)), rate=30, clock=clock) as video:
        for _ in range(4):
            await clock.go()
        await clock.due.get()  # the fourth is there, the fifth waits

        assert await numbers(video, 1) == [3]


async def test_a_film_ends_after_its_last_picture(film: Path) -> None:
    class Instant(Steps):
        async def sleep(self, seconds: float) -> None:
            self.time += seconds
            await asyncio.sleep(0)

    clock = Instant()

    async with open_video(feed(str(film)), rate=30, clock=clock) as video:
        shown = await numbers(video, 100)
        end = await video.read()

    assert shown == list(range(20))
    assert end is None
    assert clock.time == pytest.approx(1.9)


async def test_a_loop_begins_again_in_time(film: Path) -> None:
    clock = Steps()

    async with open_video(feed(str(film), loop=True), rate=2, clock=clock) as video:
        due = []
        shown = []
        for _ in range(6):
            due.append(await clock.go())
            shown += await numbers(video, 1)

    assert due == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert shown == [0, 5, 10, 15, 0, 5]


async def test_a_device_gives_pictures_when_it_has_them_and_never_ends() -> None:
    graph = "color=red:size=16x16:rate=10:duration=0.3"
    device = feed(graph, format="lavfi", endless=True)

    async with open_video(device, rate=30) as video:
        with pytest.raises(VideoError, match="told: it gives no more pictures"):
            await numbers(video, 100)


async def test_what_holds_no_pictures_is_refused() -> None:
    with pytest.raises(VideoError, match="told: it holds no pictures"):
        async with open_video(feed("sine", format="lavfi"), rate=1):
            pass


async def test_a_reader_that_gives_up_loses_nothing() -> None:
    latest = Latest()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await latest.read()

    latest.end()

    assert await latest.read() is None
