"""What a person does at the keyboard: writes lines, and talks while a key is down."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.cli.key_source import Arrived
from realtime_run.cli.keys import Key, Received, decode, expire
from realtime_run.cli.line_editor import Ended, LineEditor, Outcome, Sent, press
from realtime_run.cli.space_bar import SpaceBar, passed, pressed
from realtime_run.core.errors import NotConnectedError

_WAITING_LINES = 16
"""How many lines may wait to be sent; then the keys wait."""
ESCAPE_MS = 50.0
"""An escape sequence comes in one piece; what has not followed by then does not."""


class Talk(Protocol):
    """What the keyboard does to a conversation."""

    def typing(self, text: str, cursor: int | None = None) -> None:
        """Tell the line that is being typed."""

    async def start_talking(self) -> None:
        """Take the floor."""

    async def stop_talking(self) -> None:
        """Give it back."""


class Echo(Protocol):
    """What shows the keys where no console does."""

    def typing(self, text: str, cursor: int) -> None:
        """Show the line that is being typed."""

    def talking(self, *, talking: bool) -> None:
        """Show whether the user holds the floor."""

    def sent(self, text: str) -> None:
        """Leave a line that was sent where it stands."""


class Desk(Struct, frozen=True, kw_only=True):
    """All that the keys have led to."""

    talks: bool = False
    """The space bar talks where the line is empty."""
    received: Received = Received()
    editor: LineEditor = LineEditor()
    bar: SpaceBar = SpaceBar()

    def until_ms(self, since_ms: float) -> float | None:
        """Return when time alone changes something.

        Args:
            since_ms: When the last bytes arrived.
        """
        if self.received.may_be_escape:
            escape_ms = since_ms + ESCAPE_MS
            return min(escape_ms, self.bar.until_ms or escape_ms)
        return self.bar.until_ms


def arrived(desk: Desk, data: bytes, at_ms: float) -> tuple[Desk, tuple[Outcome, ...]]:
    """Return what bytes from the terminal lead to, and what was sent thereby."""
    received, keys = decode(desk.received, data)
    return _pressed(replace(desk, received=received), keys, at_ms)


def waited(
    desk: Desk, since_ms: float, now_ms: float
) -> tuple[Desk, tuple[Outcome, ...]]:
    """Return what it leads to that nothing arrived after `since_ms`."""
    after = replace(desk, bar=passed(desk.bar, now_ms))
    if not desk.received.may_be_escape or now_ms < since_ms + ESCAPE_MS:
        return after, ()
    received, keys = expire(desk.received)
    return _pressed(replace(after, received=received), keys, now_ms)


def _pressed(
    desk: Desk, keys: tuple[Key, ...], at_ms: float
) -> tuple[Desk, tuple[Outcome, ...]]:
    outcomes: list[Outcome] = []
    for key in keys:
        if desk.talks and not desk.editor.text and _is_space(key):
            bar = desk.bar
            for _ in key.text:  # repeats that were held up on their way
                bar = pressed(bar, at_ms)
            desk = replace(desk, bar=bar)
            continue
        editor, outcome = press(desk.editor, key)
        desk = replace(desk, editor=editor)
        if outcome is not None:
            outcomes.append(outcome)
    return desk, tuple(outcomes)


def _is_space(key: Key) -> bool:
    return key.name == "text" and not key.text.strip(" ")


class Keyboard:
    """The lines that are typed, and the floor that is taken, at one keyboard."""

    interactive = True

    def __init__(self, talk: Talk, *, talks: bool, echo: Echo | None = None) -> None:
        """Expect keys.

        Args:
            talk: The conversation.
            talks: Whether the space bar takes the floor where the line is empty.
            echo: Shows what is typed; None: a console does.
        """
        self._talk = talk
        self._echo = echo
        self._desk = Desk(talks=talks)
        self._finished: asyncio.Queue[str | None] = asyncio.Queue(_WAITING_LINES)
        self._told: tuple[str, int] | None = None
        self._talking = False
        self.ended = asyncio.Event()
        """Set when the user has nothing more to write."""

    async def lines(self) -> AsyncIterator[str]:
        """Yield the lines, until the user has no more."""
        self.tell()
        while (line := await self._finished.get()) is not None:
            yield line

    async def run(self, keys: "asyncio.Queue[Arrived]") -> None:
        """Take keys until no more come, or the user ends the text."""
        now_ms = asyncio.get_running_loop().time
        since_ms = 0.0
        while not self.ended.is_set():
            until_ms = self._desk.until_ms(since_ms)
            key = await _next(keys, until_ms)
            if key is None:
                desk, outcomes = waited(self._desk, since_ms, now_ms() * 1000)
            elif key.data:
                since_ms = key.at_ms
                desk, outcomes = arrived(self._desk, key.data, key.at_ms)
            else:
                desk, outcomes = self._desk, (Ended(),)
            await self._follow(desk, outcomes)
        await self._take_floor(talking=False)

    def tell(self) -> None:
        """Tell the line as it stands, whether or not it has changed."""
        self._told = None
        self._tell()

    async def _follow(self, desk: Desk, outcomes: tuple[Outcome, ...]) -> None:
        self._desk = desk
        for outcome in outcomes:
            if isinstance(outcome, Sent) and self._echo is not None:
                self._echo.sent(outcome.text)
        self._tell()
        for outcome in outcomes:
            match outcome:
                case Sent(text):
                    await self._finished.put(text)
                case Ended():
                    self.ended.set()
                    await self._finished.put(None)
        await self._take_floor(talking=desk.bar.talking)

    def _tell(self) -> None:
        line = (self._desk.editor.text, self._desk.editor.cursor)
        if line == self._told:
            return
        if self._echo is not None:
            self._echo.typing(*line)
        try:
            self._talk.typing(*line)
        except NotConnectedError:
            return  # it is told when the conversation has begun
        self._told = line

    async def _take_floor(self, *, talking: bool) -> None:
        if talking == self._talking:
            return
        try:
            if talking:
                await self._talk.start_talking()
            else:
                await self._talk.stop_talking()
        except NotConnectedError:
            # Nothing is heard yet: a tap must not count as the first of two.
            self._desk = replace(self._desk, bar=SpaceBar())
            talking = False
        self._talking = talking
        if self._echo is not None:
            self._echo.talking(talking=talking)


async def _next(
    keys: "asyncio.Queue[Arrived]", until_ms: float | None
) -> Arrived | None:
    """Return what arrives next; None if nothing does until then."""
    if not keys.empty():
        return keys.get_nowait()  # it came before now, whatever the time is
    until_s = None if until_ms is None else until_ms / 1000
    try:
        async with asyncio.timeout_at(until_s):
            return await keys.get()
    except TimeoutError:
        return None
