"""A person at a terminal: the keys, and where they are shown."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from realtime_run.builtin.console_handler import Console
from realtime_run.cli.echoed_line import EchoedLine
from realtime_run.cli.key_source import (
    Arrived,
    KeySource,
    TerminalKeys,
    WindowsKeys,
    arrivals,
)
from realtime_run.cli.keyboard import Keyboard
from realtime_run.cli.terminal import Terminal, View, screen_of, takes_keys
from realtime_run.session.causes import cause_of

if TYPE_CHECKING:
    from realtime_run.cli.typed import TypedLines
    from realtime_run.realtime import Realtime
    from realtime_run.session.parts import Parts

_TYPE = "type what you want to say; Ctrl-D ends"
_TALK = "hold space to talk, or tap it to begin and end; or type; Ctrl-D ends"
_NO_KEY = (
    "warning: turn.end: push_to_talk needs a terminal whose space bar can be held;"
    " the microphone stays closed"
)


class Seat:
    """A keyboard and a screen, while a conversation has them."""

    def __init__(self, realtime: "Realtime", parts: "Parts", descriptor: int) -> None:
        """Change nothing yet.

        Args:
            realtime: The conversation.
            parts: What it is made of.
            descriptor: Standard input, a terminal.
        """
        self._realtime = realtime
        self._live = parts.audio.live
        self._talks = parts.turn.end == "push_to_talk"
        self._view: View | None = None
        self._echo: EchoedLine | None = None
        self._terminal: Terminal | None = None
        self._keys: KeySource = WindowsKeys()
        if sys.platform != "win32":
            self._terminal = Terminal(descriptor)
            self._keys = TerminalKeys(descriptor, self._terminal)
        consoles = (named.handler for named in parts.handlers)
        shown = (c for c in consoles if isinstance(c, Console) and c.shows_typing)
        self._view = next(shown, None)
        if self._view is None:
            screen = screen_of(descriptor)
            encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
            self._echo = EchoedLine(descriptor if screen is None else screen, encoding)
            self._view = self._echo

    def leave(self) -> None:
        """Give the terminal back at once. From any thread, as often as one likes."""
        if self._terminal is not None:
            self._terminal.restore()

    async def hold(self) -> None:
        """Hold the whole conversation.

        Raises:
            RealtimeRunError: What ended it, if something went wrong.
        """
        loop = asyncio.get_running_loop()
        keyboard = Keyboard(self._realtime, talks=self._talks, echo=self._echo)

        def resized() -> None:
            loop.call_soon_threadsafe(keyboard.tell)

        with self._taken(resized):
            try:
                async with asyncio.TaskGroup() as tasks:
                    keys = await arrivals(self._keys)
                    at_keyboard = tasks.create_task(self._sit(keyboard, keys))
                    await self._realtime.run(keyboard)
                    at_keyboard.cancel()
            except BaseExceptionGroup as group:
                raise cause_of(group) from None

    async def _sit(self, keyboard: Keyboard, keys: "asyncio.Queue[Arrived]") -> None:
        await keyboard.run(keys)
        if self._live:
            # Elsewhere the end of the text is the end of the input.
            self._realtime.end("Ctrl-D")

    @contextlib.contextmanager
    def _taken(self, resized: Callable[[], None]) -> Generator[None]:
        if self._terminal is None:
            yield
            return
        with self._terminal.held(self._view, resized):
            try:
                yield
            finally:
                if self._echo is not None:
                    self._echo.suspend()


def seat_of(
    realtime: "Realtime", parts: "Parts", text: "TypedLines | None"
) -> Seat | None:
    """Return a seat for who types; None if nobody does, or single keys cannot be had.

    Args:
        realtime: The conversation.
        parts: What it is made of.
        text: What is typed, or piped.
    """
    if text is None or not text.interactive or not takes_keys(text.descriptor):
        return None
    return Seat(realtime, parts, text.descriptor)


def how_to_talk(
    text: "TypedLines | None", seat: Seat | None, *, hears: bool, by_key: bool
) -> str | None:
    """Return what a person is told before the conversation begins; None for nothing.

    Args:
        text: What is typed, or piped.
        seat: Where the person sits, if somebody does.
        hears: Whether there is a microphone, or a file in its place.
        by_key: Whether it is heard only while a key is down.
    """
    if hears and by_key:
        return _NO_KEY if seat is None else _TALK
    if not hears and text is not None and text.interactive:
        return _TYPE
    return None
