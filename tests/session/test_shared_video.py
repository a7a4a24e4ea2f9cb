import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.picture import Picture
from realtime_run.media.video_hub import shared_video
from realtime_run.session.video import VideoCommand, VideoPump, command_for
from realtime_run.testing.time import HandClock, settle

TRACK = Capabilities(input_hz=16_000, output_hz=24_000, video="track")


class Camera:
    """Gives a picture every tenth of a second of a clock."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.opened = 0

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Camera"]:
        self.opened += 1
        yield self

    async def read(self) -> Picture | None:
        await self._clock.sleep(0.1)
        return Picture(width=2, height=2, i420=bytes(6))


class Watcher:
    """What one conversation is sent."""

    def __init__(self, fps: float, clock: HandClock) -> None:
        self.fps = fps
        self.clock = clock
        self.at: list[float] = []
        self.news = asyncio.Event()

    def take(self, _: VideoCommand) -> None:
        self.at.append(round(self.clock.now_ns() / 1e9, 3))
        self.news.set()

    async def until(self, count: int) -> None:
        while len(self.at) < count:
            self.news.clear()
            await self.news.wait()


async def test_two_who_watch_one_camera_each_get_their_own_rate() -> None:
    clock = HandClock()
    camera = Camera(clock)
    slow, fast = Watcher(1, clock), Watcher(5, clock)
    async with shared_video(camera) as video, asyncio.TaskGroup() as tasks:
        pumps = [
            tasks.create_task(
                VideoPump(
                    video,
                    fps=lambda fps=watcher.fps: fps,
                    make=command_for(TRACK),
                    send=watcher.take,
                    clock=clock,
                ).run()
            )
            for watcher in (slow, fast)
        ]
        await settle()

        for tenth in range(1, 31):
            await clock.forward(0.1)
            # Pictures are made in threads: wait for those that are due by now.
            await slow.until((tenth - 1) // 10 + 1)
            await fast.until((tenth - 1) // 2 + 1)
            await settle()

        for pump in pumps:
            pump.cancel()

    assert camera.opened == 1
    assert slow.at == [0.1, 1.1, 2.1]
    assert fast.at == [round(0.1 + 0.2 * number, 3) for number in range(15)]
