import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import av
import pytest

from realtime_run.core import events as public
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import AppendImage, AppendPicture
from realtime_run.core.errors import CapabilityError, VideoError
from realtime_run.core.picture import Picture
from realtime_run.testing.scripted import ScriptedConnection, ScriptedProvider
from realtime_run.testing.time import settle

IMAGES = Capabilities(input_hz=16_000, output_hz=24_000, video="images")
TRACK = Capabilities(input_hz=16_000, output_hz=24_000, video="track")


def grey(level: int, width: int = 2, height: int = 2) -> Picture:
    pixels = width * height
    return Picture(
        width=width,
        height=height,
        i420=bytes([level]) * pixels + bytes([128]) * (pixels // 2),
    )


class Film:
    """Gives the pictures that a test shows."""

    def __init__(self) -> None:
        self.pictures: asyncio.Queue[Picture | None] = asyncio.Queue()
        self.opened = 0
        self.closed = asyncio.Event()
        self.may_close = asyncio.Event()
        self.may_close.set()

    def show(self, *levels: int) -> None:
        for level in levels:
            self.pictures.put_nowait(grey(level))

    def end(self) -> None:
        self.pictures.put_nowait(None)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Film"]:
        self.opened += 1
        try:
            yield self
        finally:
            await self.may_close.wait()
            self.closed.set()

    async def read(self) -> Picture | None:
        return await self.pictures.get()


class Broken(Film):
    """Is lost after a picture, or cannot even be opened."""

    def __init__(self, *, opens: bool) -> None:
        super().__init__()
        self.opens = opens

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Film"]:
        if not self.opens:
            message = "no camera"
            raise VideoError(message)
        yield self

    async def read(self) -> Picture | None:
        if self.pictures.empty():
            message = "unplugged"
            raise OSError(message)
        return await super().read()


def levels(commands: list[AppendPicture]) -> list[int]:
    return [command.picture.i420[0] for command in commands]


async def until_level(connection: ScriptedConnection, level: int) -> None:
    """Wait until a picture was sent, whatever was sent before it."""
    count = 1
    while level not in levels(found := await connection.until(AppendPicture, count)):
        count = len(found) + 1


async def test_the_latest_picture_goes_to_the_model_at_the_asked_pace(
    talk: Any,
) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    connection = await t.connection()
    film = Film()
    t.realtime.fps = 2
    t.realtime.watch_video(film)

    film.show(1)
    await connection.until(AppendPicture)
    film.show(2, 3, 4)
    await settle()
    await t.clock.forward(0.49)
    assert len(await connection.until(AppendPicture)) == 1
    await t.clock.forward(0.01)

    assert levels(await connection.until(AppendPicture, 2)) == [1, 4]


async def test_a_picture_that_was_waited_for_longer_goes_at_once(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)
    film.show(1)
    await connection.until(AppendPicture)

    await t.clock.forward(5)
    film.show(2)

    assert levels(await connection.until(AppendPicture, 2)) == [1, 2]


async def test_a_higher_rate_applies_before_the_next_picture_is_due(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK), fps=0.01)
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)
    film.show(1)
    await connection.until(AppendPicture)
    film.show(2)
    await settle()
    await t.clock.forward(1)

    t.realtime.fps = 1

    assert levels(await connection.until(AppendPicture, 2)) == [1, 2]


async def test_in_a_minute_no_more_pictures_are_sent_than_were_asked_for(
    talk: Any,
) -> None:
    t = await talk(provider=ScriptedProvider(TRACK), fps=0.5)
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    sent = 0
    for tenth in range(599):
        film.show(tenth % 200)
        await settle()
        if tenth % 20 == 0:
            sent += 1
            await connection.until(AppendPicture, sent)
        await t.clock.forward(0.1)

    assert len(await connection.until(AppendPicture)) == sent == 30


async def test_what_takes_images_gets_a_jpeg_of_768_pixels_at_most(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(IMAGES))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    film.pictures.put_nowait(grey(81, 1280, 720))

    (image,) = await connection.until(AppendImage)
    decoder = av.CodecContext.create("mjpeg", "r")
    (frame, *_) = [*decoder.decode(av.Packet(image.jpeg)), *decoder.decode(None)]
    assert (image.width, image.height) == (frame.width, frame.height) == (768, 432)
    assert abs(int(frame.to_ndarray(format="gray").mean()) - (81 - 16) * 255 / 219) < 2


async def test_what_takes_a_track_gets_pictures_of_1280_pixels_at_most(
    talk: Any,
) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    film.pictures.put_nowait(grey(81, 1920, 1080))

    (command,) = await connection.until(AppendPicture)
    assert (command.picture.width, command.picture.height) == (1280, 720)


async def test_a_film_that_ends_sends_its_last_picture_and_is_closed(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    film.show(1)
    film.end()

    await connection.until(AppendPicture)
    await film.closed.wait()
    await settle()
    assert t.seen.of(public.RealtimeErrorEvent) == []


@pytest.mark.parametrize(("opens", "why"), [(True, "unplugged"), (False, "no camera")])
async def test_a_camera_that_fails_is_an_error_event_and_the_talk_goes_on(
    talk: Any, opens: bool, why: str
) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    await t.connection()

    t.realtime.watch_video(Broken(opens=opens))

    error = await t.seen.until(public.RealtimeErrorEvent)
    assert (error.error, error.context, error.is_recoverable) == (why, "video", True)
    assert error.setting is None
    assert t.realtime.connected


async def test_the_camera_of_the_spec_names_its_place_when_it_fails(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK), video=Broken(opens=False))

    error = await t.seen.until(public.RealtimeErrorEvent)

    assert (error.context, error.setting) == ("video", "video")


async def test_after_a_failure_another_camera_can_be_watched(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK), video=Broken(opens=False))
    connection = await t.connection()
    await t.seen.until(public.RealtimeErrorEvent)
    film = Film()

    t.realtime.watch_video(film)
    film.show(1)

    assert levels(await connection.until(AppendPicture)) == [1]


async def test_a_picture_that_cannot_be_made_small_enough_is_an_error(
    talk: Any,
) -> None:
    tiny = Capabilities(
        input_hz=16_000, output_hz=24_000, video="images", max_image_bytes=10
    )
    t = await talk(provider=ScriptedProvider(tiny))
    await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    film.show(1)

    error = await t.seen.until(public.RealtimeErrorEvent)
    assert "does not fit into the 10 bytes" in error.error


async def test_a_provider_without_eyes_says_so(talk: Any) -> None:
    t = await talk()
    await t.connection()

    with pytest.raises(CapabilityError, match="takes no video"):
        t.realtime.watch_video(Film())


async def test_parts_with_a_video_that_nobody_would_see_make_no_session(
    talk: Any,
) -> None:
    with pytest.raises(CapabilityError, match="'scripted' takes no video"):
        await talk(video=Film())


async def test_watching_stops_when_asked(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)
    film.show(1)
    await connection.until(AppendPicture)

    t.realtime.stop_watching_video()
    film.show(2)
    await film.closed.wait()
    await t.clock.forward(5)

    assert len(await connection.until(AppendPicture)) == 1


async def test_one_source_is_closed_before_the_next_is_opened(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(TRACK))
    await t.connection()
    first, second, third = Film(), Film(), Film()
    first.may_close.clear()
    t.realtime.watch_video(first)
    await settle()

    t.realtime.watch_video(second)
    await settle()
    t.realtime.watch_video(third)
    await settle()
    assert (first.opened, second.opened, third.opened) == (1, 0, 0)
    first.may_close.set()
    await settle()

    assert (second.opened, third.opened) == (0, 1)


async def test_the_video_of_the_spec_is_watched_once_connected(talk: Any) -> None:
    film = Film()
    t = await talk(provider=ScriptedProvider(TRACK), video=film, fps=5)
    connection = await t.connection()

    film.show(1)

    assert levels(await connection.until(AppendPicture)) == [1]
    assert t.realtime.fps == 5


async def test_a_new_connection_is_shown_at_once_what_is_to_be_seen(talk: Any) -> None:
    film = Film()
    t = await talk(provider=ScriptedProvider(TRACK), video=film, fps=0.1)
    connection = await t.connection()
    film.show(1)
    await connection.until(AppendPicture)

    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(5)
    second = await t.connection(2)

    assert levels(await second.until(AppendPicture)) == [1]
    assert film.opened == 1


async def test_the_video_goes_on_over_a_reconnect(talk: Any) -> None:
    film = Film()
    t = await talk(provider=ScriptedProvider(TRACK), video=film)
    connection = await t.connection()
    film.show(1)
    await connection.until(AppendPicture)

    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    film.show(2)
    await settle()
    await t.clock.forward(5)
    second = await t.connection(2)
    await until_level(second, 2)
    film.show(3)
    await settle()
    await t.clock.forward(1)

    await until_level(second, 3)
    assert film.opened == 1


async def test_what_was_stopped_does_not_come_back_with_a_connection(talk: Any) -> None:
    film = Film()
    t = await talk(provider=ScriptedProvider(TRACK), video=film)
    connection = await t.connection()
    film.show(1)
    await connection.until(AppendPicture)
    t.realtime.stop_watching_video()

    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(5)
    second = await t.connection(2)
    await settle()

    assert second.sent == []


async def test_the_end_of_the_conversation_closes_the_camera(talk: Any) -> None:
    film = Film()
    t = await talk(provider=ScriptedProvider(TRACK), video=film)
    await t.connection()
    await settle()

    await t.realtime.close()

    assert film.closed.is_set()
