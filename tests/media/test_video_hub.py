import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from realtime_run.core.errors import VideoError
from realtime_run.core.picture import Picture
from realtime_run.media.video_hub import shared_video
from realtime_run.testing.time import settle


def picture(level: int) -> Picture:
    return Picture(width=2, height=2, i420=bytes([level] * 6))


class Camera:
    """Gives what a test puts in; can be opened by one at a time."""

    def __init__(self, error: Exception | None = None) -> None:
        self.pictures: asyncio.Queue[Picture | None] = asyncio.Queue()
        self.error = error
        self.opened = 0
        self.is_open = False

    def show(self, *levels: int) -> None:
        for level in levels:
            self.pictures.put_nowait(picture(level))

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Camera"]:
        if self.error is not None:
            raise self.error
        assert not self.is_open
        self.opened += 1
        self.is_open = True
        try:
            # As a plugin may: it must be left by the task that entered it.
            async with asyncio.TaskGroup():
                yield self
        finally:
            self.is_open = False

    async def read(self) -> Picture | None:
        shown = await self.pictures.get()
        if shown is not None and shown.i420[0] == 255:
            message = "unplugged"
            raise VideoError(message)
        return shown


async def test_two_who_watch_one_camera_each_get_its_latest_picture() -> None:
    camera = Camera()
    async with shared_video(camera) as video, video.open() as one, video.open() as two:
        camera.show(1)
        assert (await one.read(), await two.read()) == (picture(1), picture(1))
        camera.show(2)
        assert await one.read() == picture(2)
        camera.show(3)
        assert await one.read() == picture(3)

        assert await two.read() == picture(3)
        assert camera.opened == 1


async def test_the_camera_is_open_while_anybody_watches() -> None:
    camera = Camera()
    async with shared_video(camera) as video:
        await settle()
        assert not camera.is_open
        async with video.open():
            async with video.open():
                assert camera.is_open
            await settle()
            assert camera.is_open
        await settle()
        assert not camera.is_open
        async with video.open():
            assert camera.is_open
        await settle()

    assert (camera.opened, camera.is_open) == (2, False)


async def test_who_leaves_first_takes_nothing_from_the_other() -> None:
    camera = Camera()
    async with shared_video(camera) as video, video.open() as stays:
        async with video.open():
            pass
        camera.show(1)

        assert await stays.read() == picture(1)


async def test_who_comes_later_sees_at_once_what_the_others_saw() -> None:
    camera = Camera()
    async with shared_video(camera) as video, video.open() as one:
        camera.show(1)
        await one.read()

        async with video.open() as late:
            assert await late.read() == picture(1)


async def test_an_end_is_the_end_for_all() -> None:
    camera = Camera()
    async with shared_video(camera) as video, video.open() as one, video.open() as two:
        camera.show(1)
        camera.pictures.put_nowait(None)
        await settle()

        assert [await one.read(), await one.read()] == [picture(1), None]
        assert [await two.read(), await two.read()] == [picture(1), None]


async def test_a_camera_that_is_lost_is_an_error_for_all_and_can_be_opened_again() -> (
    None
):
    camera = Camera()
    async with shared_video(camera) as video:
        async with video.open() as one, video.open() as two:
            camera.show(255)
            for reader in (one, two):
                with pytest.raises(VideoError, match="unplugged"):
                    await reader.read()
        async with video.open() as again:
            camera.show(1)
            assert await again.read() == picture(1)

    assert camera.opened == 2


async def test_a_camera_that_does_not_open_is_an_error_for_each_who_opens_it() -> None:
    camera = Camera(VideoError("no camera"))
    async with shared_video(camera) as video:
        for _ in range(2):
            with pytest.raises(VideoError, match="no camera"):
                async with video.open():
                    pass
        camera.error = None

        async with video.open() as reader:
            camera.show(1)
            assert await reader.read() == picture(1)


async def test_nobody_waits_for_a_picture_after_sharing_has_ended() -> None:
    camera = Camera()
    got: list[Picture | None] = []
    async with asyncio.TaskGroup() as tasks, shared_video(camera) as video:
        opened = asyncio.Event()

        async def watch() -> None:
            async with video.open() as reader:
                opened.set()
                got.append(await reader.read())

        tasks.create_task(watch())
        await opened.wait()
    async with video.open() as late:
        got.append(await late.read())

    assert got == [None, None]
    assert not camera.is_open
