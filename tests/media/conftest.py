import threading
from collections.abc import Callable, Iterator

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from realtime_run.core.picture import Picture
from realtime_run.testing.time import HandClock

Rgb = tuple[int, int, int]


class HandTime(HandClock):
    """A clock of a test for media."""

    def now(self) -> float:
        return self.now_ns() / 1e9


def _mean(frame: VideoFrame) -> Rgb:
    pixels = frame.to_ndarray(format="rgb24")
    red, green, blue = (round(float(one)) for one in pixels.mean(axis=(0, 1)))
    return red, green, blue


@pytest.fixture
def hand_time() -> HandTime:
    return HandTime()


@pytest.fixture
def colour_of_jpeg() -> Callable[[bytes], Rgb]:
    """Return the mean colour of a JPEG, as another program would see it."""

    def colour(jpeg: bytes) -> Rgb:
        decoder = av.CodecContext.create("mjpeg", "r")
        (frame, *_) = [*decoder.decode(av.Packet(jpeg)), *decoder.decode(None)]
        return _mean(frame)

    return colour


@pytest.fixture
def drawn() -> Callable[[str], VideoFrame]:
    """Return the first frame that a graph of FFmpeg draws."""

    def draw(graph: str) -> VideoFrame:
        with av.open(graph, format="lavfi") as container:
            return next(container.decode(container.streams.video[0]))

    return draw


@pytest.fixture
def noise() -> Picture:
    """A picture that no encoder can make small."""
    pixels = np.random.default_rng(7).integers(16, 235, 1280 * 720 * 3 // 2, np.uint8)
    return Picture(width=1280, height=720, i420=pixels.tobytes())


@pytest.fixture
def no_video_thread_left() -> Iterator[None]:
    """Wait for the threads of sources to end, which they do after the last call."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("video"):
            thread.join(5)
            assert not thread.is_alive()
