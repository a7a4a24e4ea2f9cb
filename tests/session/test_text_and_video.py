import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import AppendImage, SendText
from realtime_run.core.errors import CapabilityError, NotConnectedError
from realtime_run.plugin.api import Image
from realtime_run.session.parts import Limits
from realtime_run.testing.scripted import ScriptedProvider
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import settle


class Lines:
    def __init__(self, *lines: str, interactive: bool) -> None:
        self._lines = lines
        self.interactive = interactive
        self.more = asyncio.Event()
        """Set: the end of the lines is seen."""

    async def lines(self) -> AsyncIterator[str]:
        for line in self._lines:
            yield line
        await self.more.wait()


def answer(response_id: str) -> tuple[reported.ProviderEvent, ...]:
    return (
        reported.ResponseStarted(response_id=response_id),
        reported.AudioOutput(response_id=response_id, pcm=bytes(48 * 20)),
        reported.ResponseDone(response_id=response_id),
    )


async def test_a_piped_line_waits_until_the_one_before_was_answered(talk: Any) -> None:
    t = await talk(text=Lines("one", "two", interactive=False))
    connection = await t.connection()

    assert await connection.until(SendText) == [SendText(text="one")]
    connection.report(*answer("r1"))
    await settle()
    assert len(await connection.until(SendText)) == 1
    await t.play(20)

    assert await connection.until(SendText, 2) == [
        SendText(text="one"),
        SendText(text="two"),
    ]


async def test_a_typed_line_interrupts_the_agent(talk: Any) -> None:
    t = await talk(text=Lines("one", "two", interactive=True))
    connection = await t.connection()

    assert len(await connection.until(SendText, 2)) == 2
    assert t.realtime.epoch == 1


async def test_with_barge_in_off_a_typed_line_interrupts_nothing(talk: Any) -> None:
    text = Lines("one", "two", interactive=True)
    t = await talk(text=text, barge_in="off")
    connection = await t.connection()

    await connection.until(SendText, 2)

    assert t.realtime.epoch == 0


@pytest.mark.parametrize(
    ("interactive", "microphone", "ends"),
    [(True, False, False), (False, False, False), (True, True, True)],
)
async def test_an_open_terminal_keeps_alive_only_what_has_no_microphone(
    talk: Any, *, interactive: bool, microphone: bool, ends: bool
) -> None:
    t = await talk(
        text=Lines(interactive=interactive),
        audio=HandAudio(microphone=microphone),
        ends_when_quiet=True,
        limits=Limits(quiet_s=1),
    )
    await t.connection()
    await t.audio.opened.wait()
    await settle()
    if t.audio.microphone:
        t.audio.microphone.used_up = True

    await t.clock.forward(5)
    await settle()

    assert t.realtime.connected is not ends


async def test_a_provider_that_takes_no_text_says_so(talk: Any) -> None:
    deaf = Capabilities(input_hz=16_000, output_hz=24_000, text_input=False)
    t = await talk(provider=ScriptedProvider(deaf))
    await t.connection()

    with pytest.raises(CapabilityError, match="takes no text"):
        await t.realtime.simple_response("hello")


async def test_what_is_not_running_takes_nothing(talk: Any) -> None:
    t = await talk()
    await t.connection()
    await t.realtime.close()

    with pytest.raises(NotConnectedError):
        await t.realtime.simple_response("hello")


class Film:
    """Gives the pictures that a test shows."""

    def __init__(self) -> None:
        self.pictures: asyncio.Queue[Image | None] = asyncio.Queue()
        self.closed = False

    def show(self, *names: bytes) -> None:
        for name in names:
            self.pictures.put_nowait(Image(jpeg=name, width=1, height=1))

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Film"]:
        yield self
        self.closed = True

    async def read(self) -> Image | None:
        return await self.pictures.get()


SEES = Capabilities(input_hz=16_000, output_hz=24_000, video="images")


async def test_the_latest_picture_goes_to_the_model_at_the_asked_pace(
    talk: Any,
) -> None:
    t = await talk(provider=ScriptedProvider(SEES))
    connection = await t.connection()
    film = Film()
    t.realtime.fps = 2
    t.realtime.watch_video(film)

    film.show(b"1")
    await connection.until(AppendImage)
    film.show(b"2", b"3", b"4")
    await settle()
    assert len(await connection.until(AppendImage)) == 1
    await t.clock.forward(0.5)

    images = await connection.until(AppendImage, 2)
    assert [image.jpeg for image in images] == [b"1", b"4"]


async def test_a_film_that_ends_sends_its_last_picture_and_is_closed(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(SEES))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)

    film.show(b"1")
    film.pictures.put_nowait(None)

    await connection.until(AppendImage)
    await settle()
    assert film.closed


async def test_a_camera_that_fails_is_an_error_event_and_the_talk_goes_on(
    talk: Any,
) -> None:
    class Broken(Film):
        async def read(self) -> Image | None:
            message = "no camera"
            raise OSError(message)

    t = await talk(provider=ScriptedProvider(SEES))
    await t.connection()

    t.realtime.watch_video(Broken())

    error = await t.seen.until(public.RealtimeErrorEvent)
    assert (error.error, error.context) == ("no camera", "video")
    assert t.realtime.connected


async def test_a_provider_without_eyes_says_so(talk: Any) -> None:
    t = await talk()
    await t.connection()

    with pytest.raises(CapabilityError, match="takes no video"):
        t.realtime.watch_video(Film())


async def test_watching_stops_when_asked(talk: Any) -> None:
    t = await talk(provider=ScriptedProvider(SEES))
    connection = await t.connection()
    film = Film()
    t.realtime.watch_video(film)
    film.show(b"1")
    await connection.until(AppendImage)

    t.realtime.stop_watching_video()
    film.show(b"2")
    await settle()
    await t.clock.forward(5)

    assert len(await connection.until(AppendImage)) == 1
