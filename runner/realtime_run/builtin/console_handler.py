"""`handlers: [console]`: the conversation in the terminal.

In a terminal, a live region stands below the lines that are finished; elsewhere there
are only the lines. Keys typed in the terminal are left to it: the region is redrawn
only when something in it has changed, so that in a silence one can type undisturbed.
"""

import logging
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

from realtime_run.builtin.console_state import ConsoleState, Line
from realtime_run.builtin.console_steps import METER_EVENTS, SHOWN_EVENTS, step
from realtime_run.builtin.console_text import clean
from realtime_run.builtin.console_view import line_text, live_region, meter_steps
from realtime_run.builtin.settings import ConsoleSettings
from realtime_run.core.events import Event
from realtime_run.plugin.api import Conversation, Listener, SessionInfo

if TYPE_CHECKING:
    from rich.live import Live

_log = logging.getLogger(__name__)
_METERS_NS = 100_000_000
"""The meters move ten times a second at most."""


class Console:
    """Shows the conversation on standard output, or on `stream`."""

    def __init__(self, settings: ConsoleSettings, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._stream = stream

    @property
    def events(self) -> frozenset[str] | None:
        """What it shows; audio only where there are meters."""
        return SHOWN_EVENTS - METER_EVENTS if self._is_plain() else SHOWN_EVENTS

    @contextmanager
    def open(self, session: SessionInfo) -> Generator[Listener]:
        """Show the session until it ends, and leave the terminal as it was."""
        stream = self._output()
        if stream is None:
            yield _ignore
        elif self._is_plain() or _is_typed(session):
            yield _folding(_PlainScreen(stream))
        else:
            title = clean(f"{session.agent_name} · {session.provider}")
            with _live_screen(stream, title) as screen:
                yield _folding(screen)

    def _is_plain(self) -> bool:
        stream = self._output()
        if stream is None:
            return True
        unfit = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
        draws = (stream.encoding or "").lower().startswith("utf")
        return self._settings.plain or unfit or not (draws and stream.isatty())

    def _output(self) -> TextIO | None:
        # Python has no standard output where it was closed (`>&-`), as it is for some
        # services.
        stream: TextIO | None = self._stream or sys.stdout
        # The live view of another session may stand in for standard output.
        return getattr(stream, "rich_proxied_file", stream)


def _is_typed(session: SessionInfo) -> bool:
    """Return whether typing is the one way to talk: a live view would erase it."""
    return session.effective_spec.get("audio") == {"use": "none"}


class _Screen(Protocol):
    def show(
        self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int
    ) -> None: ...


def _ignore(_event: Event, _conversation: Conversation) -> None:
    """Show an event nowhere."""


def _folding(screen: _Screen) -> Listener:
    """Return a listener that keeps the state and shows what became of it."""
    state = ConsoleState()

    def listen(event: Event, _conversation: Conversation) -> None:
        nonlocal state
        state, lines = step(state, event)
        screen.show(state, lines, at_ns=event.monotonic_ns)

    return listen


class _PlainScreen:
    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self._encoding = stream.encoding or "utf-8"

    def show(self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int) -> None:
        del state, at_ns
        if not lines or self._stream is None:
            return
        try:
            for line in lines:
                encodable = str(line).encode(self._encoding, "replace")
                self._stream.write(encodable.decode(self._encoding) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = None  # who read it has gone, as `head` does
        except OSError as error:
            self._stream = None
            reason = (error.strerror or str(error)).lower()
            _log.warning("the conversation is shown no more: %s", reason)


class _LiveScreen:
    def __init__(self, live: "Live", title: str) -> None:
        self._live = live
        self._title = title
        self._shown: tuple[int, int] | None = None
        self._still: ConsoleState | None = None
        self._moved_ns = 0

    def show(self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int) -> None:
        if self._is_shown(state, at_ns) and not lines:
            return
        console = self._live.console
        region = live_region(state, self._title, console.width)
        # Printing draws the region below the lines as it was last refreshed.
        self._live.update(region, refresh=True)
        if lines:
            console.print(*map(line_text, lines), sep="\n")

    def _is_shown(self, state: ConsoleState, at_ns: int) -> bool:
        """Tell whether drawing would change nothing, or only meters, and too soon."""
        still = replace(state, microphone_db=0, agent_db=0)
        meters = (meter_steps(state.microphone_db), meter_steps(state.agent_db))
        if still == self._still and (
            meters == self._shown or at_ns - self._moved_ns < _METERS_NS
        ):
            return True
        self._still, self._shown, self._moved_ns = still, meters, at_ns
        return False


@contextmanager
def _live_screen(stream: TextIO, title: str) -> "Generator[_LiveScreen]":
    from rich.console import Console as Terminal  # noqa: PLC0415 - 60 ms, lazily
    from rich.live import Live  # noqa: PLC0415

    terminal = Terminal(file=stream, highlight=False, emoji=False, markup=False)
    region = live_region(ConsoleState(), title, terminal.width)
    with Live(
        region,
        console=terminal,
        auto_refresh=False,
        transient=True,
        vertical_overflow="crop",
    ) as live:
        # A line may be typed while it runs: its author wants to see where.
        terminal.show_cursor(show=True)
        yield _LiveScreen(live, title)
