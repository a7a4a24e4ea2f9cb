"""What pictures cost: the time and the bytes of one, and the wait of everything else.

    python tests/bench/video.py

Measured in this process:

* a camera's picture of 1280x720 as the JPEG that is sent, of a test pattern and of
  noise, which is the worst there is; with and without a limit of bytes;
* a frame of FFmpeg as a picture, which every source does for every picture it gives;
* the loop's gap: how late a timer of 1 ms comes while a source of 1280x720 is shown and
  a picture is compressed as often as it may be, against the same without video. What
  holds the loop up would delay the voices.

Targets: 10 ms for a picture that shows something, since 30 a second are to leave most
of a processor free; a gap of 5 ms at most, in the median, a quarter of a frame of
audio.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any

import av
import numpy as np
from support.figures import heading, load, row

from realtime_run.builtin.video_settings import LavfiSettings
from realtime_run.builtin.video_sources import Lavfi
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.picture import Picture
from realtime_run.media.frames import Converter
from realtime_run.media.jpeg import JpegEncoder
from realtime_run.session.clock import RealClock
from realtime_run.session.video import VideoCommand, VideoPump, command_for

PICTURE_MS = 10.0
GAP_MS = 5.0
TIMES = 50
WATCH_S = 5.0
TICK_S = 0.001
WIDTH, HEIGHT = 1280, 720
PATTERN = f"testsrc2=size={WIDTH}x{HEIGHT}:rate=30"


def main() -> None:
    """Print the tables."""
    print(load())
    frame = drawn()
    converter = Converter(WIDTH)
    jpeg, small = JpegEncoder(), JpegEncoder(max_bytes=48_000)
    pattern, noise = converter.picture(frame), noisy()
    heading(f"a picture of {WIDTH}x{HEIGHT}", "ms")
    row("frame to picture", timed(lambda: converter.picture(frame)), PICTURE_MS)
    row("test pattern to JPEG", timed(lambda: jpeg.encode(pattern)), PICTURE_MS)
    row("noise to JPEG", timed(lambda: jpeg.encode(noise)))
    row("  of 48 kB at most", timed(lambda: small.encode(noise)))
    heading("as JPEG, 768x432", "kB")
    row("test pattern", [len(jpeg.encode(pattern).data) / 1000])
    row("noise", [len(jpeg.encode(noise).data) / 1000])
    heading(f"the loop's gap in {WATCH_S:g} s", "ms")
    row("without video", asyncio.run(gaps(None)), GAP_MS)
    for fps in (1, 30):
        row(f"test pattern, {fps} JPEG a second", asyncio.run(gaps(fps)), GAP_MS)


def drawn() -> Any:
    """Return a frame of the test pattern."""
    with av.open(PATTERN, format="lavfi") as container:
        return next(container.decode(container.streams.video[0]))


def noisy() -> Picture:
    """Return what no encoder makes small."""
    size = WIDTH * HEIGHT * 3 // 2
    pixels = np.random.default_rng(7).integers(16, 235, size, np.uint8)
    return Picture(width=WIDTH, height=HEIGHT, i420=pixels.tobytes())


def timed(work: Callable[[], object]) -> list[float]:
    """Return how many milliseconds it took, each time."""
    work()  # what is loaded the first time is not counted
    took: list[float] = []
    for _ in range(TIMES):
        began = perf_counter()
        work()
        took.append((perf_counter() - began) * 1000)
    return took


async def gaps(fps: float | None) -> list[float]:
    """Return by how many milliseconds a timer was late, each time, while watching."""
    sent: list[VideoCommand] = []
    late: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        watching: asyncio.Task[None] | None = None
        if fps is not None:
            pump = VideoPump(
                Lavfi(LavfiSettings(graph=PATTERN, rate=30)),
                fps=lambda: fps,
                make=command_for(
                    Capabilities(input_hz=16_000, output_hz=24_000, video="images")
                ),
                send=sent.append,
                clock=RealClock(),
            )
            watching = tasks.create_task(pump.run())
            while not sent:  # noqa: ASYNC110 - what is loaded first is not counted
                await asyncio.sleep(0.01)
        end = perf_counter() + WATCH_S
        while (began := perf_counter()) < end:
            await asyncio.sleep(TICK_S)
            late.append((perf_counter() - began - TICK_S) * 1000)
        if watching is not None:
            watching.cancel()
    return late


if __name__ == "__main__":
    main()
