import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from realtime_run.cli.key_source import Arrived
from realtime_run.cli.keyboard import ESCAPE_MS, Desk, Keyboard, arrived, waited
from realtime_run.cli.line_editor import Ended, Sent
from realtime_run.core.errors import NotConnectedError


class Room:
    """A conversation, and the row of a terminal."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.connected = True
        self.news = asyncio.Event()

    def typing(self, text: str, cursor: int | None = None) -> None:
        self._note((text, cursor))

    async def start_talking(self) -> None:
        if not self.connected:
            raise NotConnectedError("not yet")
        self._note("starts")

    async def stop_talking(self) -> None:
        self._note("stops")

    def talking(self, *, talking: bool) -> None:
        self._note(talking)

    def sent(self, text: str) -> None:
        self._note(text)

    async def until(self, what: object) -> None:
        while what not in self.seen:
            self.news.clear()
            await self.news.wait()

    def _note(self, what: object) -> None:
        self.seen.append(what)
        self.news.set()


class Keys:
    """Presses keys, now or at another time."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Arrived] = asyncio.Queue()

    def press(self, data: bytes, *, before_s: float = 0.0) -> None:
        at_ms = (asyncio.get_running_loop().time() - before_s) * 1000
        self.queue.put_nowait(Arrived(data=data, at_ms=at_ms))


@asynccontextmanager
async def sitting(keyboard: Keyboard) -> AsyncIterator[Keys]:
    keys = Keys()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keyboard.run(keys.queue))
        yield keys
        task.cancel()


def test_a_space_on_an_empty_line_talks_and_elsewhere_is_a_space() -> None:
    desk, _ = arrived(Desk(talks=True), b" ", 0)
    written, _ = arrived(Desk(talks=True), b"a b ", 0)
    silent, _ = arrived(Desk(), b" ", 0)

    assert (desk.bar.talking, desk.editor.text) == (True, "")
    assert (written.bar.talking, written.editor.text) == (False, "a b ")
    assert (silent.bar.talking, silent.editor.text) == (False, " ")


def test_an_escape_counts_when_nothing_has_followed_it() -> None:
    desk, _ = arrived(Desk(), b"hello\x1b", 1000)
    early, _ = waited(desk, 1000, 1000 + ESCAPE_MS - 1)
    late, _ = waited(desk, 1000, 1000 + ESCAPE_MS)

    assert desk.until_ms(1000) == 1000 + ESCAPE_MS
    assert (early.editor.text, late.editor.text) == ("hello", "")


def test_several_lines_at_once_are_all_sent() -> None:
    _, outcomes = arrived(Desk(), b"one\rtwo\r\x04", 0)

    assert outcomes == (Sent("one"), Sent("two"), Ended())


async def test_lines_are_told_while_they_are_typed_and_given_when_sent() -> None:
    room = Room()
    keyboard = Keyboard(room, talks=False)
    async with sitting(keyboard) as keys:
        keys.press(b"hi")
        keys.press(b"\x1b[D")
        keys.press(b"\r")
        keys.press(b"\x04")
        lines = [line async for line in keyboard.lines()]

    assert lines == ["hi"]
    assert room.seen == [("", 0), ("hi", 2), ("hi", 1), ("", 0)]


async def test_where_no_console_is_a_line_that_was_sent_stays_on_the_screen() -> None:
    room, row = Room(), Room()
    async with sitting(Keyboard(room, talks=False, echo=row)) as keys:
        keys.press(b"hi")
        keys.press(b"\r")
        await row.until("hi")

    assert row.seen == [("hi", 2), "hi", ("", 0)]


async def test_a_tap_takes_the_floor_and_another_gives_it_back() -> None:
    room, row = Room(), Room()
    async with sitting(Keyboard(room, talks=True, echo=row)) as keys:
        keys.press(b" ", before_s=5)
        await room.until("starts")
        keys.press(b" ")
        await room.until("stops")

    assert [each for each in room.seen if isinstance(each, str)] == ["starts", "stops"]
    assert row.seen == [("", 0), True, False]


async def test_a_held_key_gives_the_floor_back_by_itself() -> None:
    room = Room()
    async with sitting(Keyboard(room, talks=True)) as keys:
        keys.press(b" ", before_s=0.7)
        keys.press(b" ", before_s=0.2)
        await room.until("stops")

    assert room.seen[1:] == ["starts", "stops"]


async def test_keys_that_waited_count_from_when_they_came() -> None:
    room = Room()
    async with sitting(Keyboard(room, talks=True)) as keys:
        # The loop was busy for a second: the key was held, and not tapped twice.
        for before_s in (1.0, 0.6, 0.57, 0.54):
            keys.press(b" ", before_s=before_s)
        await room.until("stops")

    assert room.seen[1:] == ["starts", "stops"]


async def test_a_tap_before_the_conversation_begins_is_forgotten() -> None:
    room = Room()
    room.connected = False
    async with sitting(Keyboard(room, talks=True)) as keys:
        keys.press(b" ", before_s=9)
        keys.press(b"x")
        await room.until(("x", 1))
        keys.press(b"\x7f")
        room.connected = True
        keys.press(b" ", before_s=2)
        await room.until("starts")

    assert room.seen[-1] == "starts"


@pytest.mark.parametrize("last", [b"\x04", b""])
async def test_the_end_gives_the_floor_back_and_ends_the_lines(last: bytes) -> None:
    room = Room()
    keyboard = Keyboard(room, talks=True)
    async with sitting(keyboard) as keys:
        keys.press(b" ")
        keys.press(last)
        lines = [line async for line in keyboard.lines()]
        await room.until("stops")

    assert lines == []
    assert keyboard.ended.is_set()
