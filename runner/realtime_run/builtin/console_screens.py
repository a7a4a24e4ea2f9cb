"""Where the console shows things: lines alone, or lines and a live region below."""

import logging
import math
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

from realtime_run.builtin.console_prompt import PROMPT, TALKING, typed_row
from realtime_run.builtin.console_state import ConsoleState, Line
from realtime_run.builtin.console_view import (
    cells_after_cursor,
    line_text,
    live_region,
    meter_steps,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.console import Console as Terminal
    from rich.live import Live

_log = logging.getLogger(__name__)
_METERS_NS = 100_000_000
"""The meters move ten times a second at most."""
_ERASE_ROW = "\r\x1b[K"


class Screen(Protocol):
    """What shows the states and lines of a conversation."""

    def show(self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int) -> None:
        """Show them. Called in the handler's thread."""
        ...

    def suspend(self) -> None:
        """Erase what is not finished, and print lines only. From any thread."""
        ...

    def resume(self) -> None:
        """Draw again, wherever the cursor is now. From any thread."""
        ...


class PlainScreen:
    """Lines, and in a terminal the line that is being typed."""

    def __init__(self, stream: TextIO, *, types: bool) -> None:
        """Show nothing yet.

        Args:
            stream: Takes the lines.
            types: Whether a row can be erased there, to show what is being typed.
        """
        self._stream: TextIO | None = stream
        self._encoding = stream.encoding or "utf-8"
        self._types = types
        self._row = ""
        self._aside = False
        self._lock = threading.RLock()

    def show(self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int) -> None:
        """Write the lines, and below them what is being typed."""
        del at_ns
        row = self._drawn(state) if self._types else ""
        with self._lock:
            if not lines and row == self._row:
                return
            erased = _ERASE_ROW if self._row and not self._aside else ""
            self._row = row
            text = "".join(f"{line}\n" for line in lines)
            self._write(f"{erased}{text}{'' if self._aside else row}")

    def suspend(self) -> None:
        """Erase what is being typed."""
        with self._lock:
            if self._row and not self._aside:
                self._write(_ERASE_ROW)
            self._aside = True

    def resume(self) -> None:
        """Show it again."""
        with self._lock:
            if self._aside:
                self._aside = False
                self._write(self._row)

    def _drawn(self, state: ConsoleState) -> str:
        if state.typing is None:
            return ""
        mark = TALKING if state.talking else PROMPT
        columns = shutil.get_terminal_size().columns
        typed = typed_row(state.typing, state.cursor, columns - len(mark) - 1)
        back = f"\x1b[{typed.after_cells}D" if typed.after_cells else ""
        return f"{mark}{typed.before}{typed.after}{back}"

    def _write(self, text: str) -> None:
        if self._stream is None or not text:
            return
        try:
            encodable = text.encode(self._encoding, "replace")
            self._stream.write(encodable.decode(self._encoding))
            self._stream.flush()
        except BrokenPipeError:
            self._stream = None  # who read it has gone, as `head` does
        except OSError as error:
            self._stream = None
            reason = (error.strerror or str(error)).lower()
            _log.warning("the conversation is shown no more: %s", reason)


class LiveScreen:
    """Lines above, and a region that is redrawn whenever it changes."""

    def __init__(self, terminal: "Terminal", title: str, hint: str) -> None:
        """Show nothing yet.

        Args:
            terminal: Draws.
            title: Agent and provider.
            hint: What a person at the keyboard may do.
        """
        self._terminal = terminal
        self._title = title
        self._hint = hint
        self._lock = threading.RLock()
        self._state = ConsoleState()
        self._width = terminal.width
        self._live: Live | None = None
        self._shown: tuple[int, int] | None = None
        self._still: ConsoleState | None = None
        self._moved_ns = 0

    def show(self, state: ConsoleState, lines: tuple[Line, ...], *, at_ns: int) -> None:
        """Print the lines that stay, and draw the region if it has changed."""
        stay = tuple(line for line in lines if not line.passing)
        with self._lock:
            width = self._terminal.width
            same = width == self._width and self._is_shown(state, at_ns)
            if same and not stay:
                return
            if self._live is None:
                self._state = state  # another program has the terminal: lines only
                if stay:
                    self._terminal.print(*map(line_text, stay), sep="\n")
                return
            self._unwrap(width)
            self._state, self._width = state, width
            region = live_region(state, self._title, width, self._hint)
            # Printing draws the region below the lines as it was last refreshed.
            self._live.update(region, refresh=True)
            if stay:
                self._terminal.print(*map(line_text, stay), sep="\n")
            self._place_cursor()

    def suspend(self) -> None:
        """Erase the region."""
        with self._lock:
            if self._live is not None:
                self._live.stop()
                self._live = None

    def resume(self) -> None:
        """Draw the region."""
        from rich.live import Live  # noqa: PLC0415 - 60 ms, lazily

        with self._lock:
            if self._live is not None:
                return
            self._width = self._terminal.width
            self._live = Live(
                live_region(self._state, self._title, self._width, self._hint),
                console=self._terminal,
                auto_refresh=False,
                transient=True,
                vertical_overflow="crop",
            )
            self._live.start(refresh=self._still is not None)
            # A line may be typed while it runs: its author wants to see where.
            self._terminal.show_cursor(show=True)
            self._place_cursor()

    def _place_cursor(self) -> None:
        from rich.control import Control  # noqa: PLC0415 - as above
        from rich.segment import ControlType  # noqa: PLC0415

        cells = cells_after_cursor(self._state, self._width, self._hint)
        if cells and self._still is not None:
            self._terminal.control(Control((ControlType.CURSOR_BACKWARD, cells)))

    def _unwrap(self, width: int) -> None:
        """Erase what a terminal that became narrower has made of the region."""
        from rich.control import Control  # noqa: PLC0415 - as above
        from rich.segment import ControlType, Segment  # noqa: PLC0415

        if width >= self._width or self._still is None:
            return
        terminal = self._terminal
        region = live_region(self._state, self._title, self._width, self._hint)
        options = terminal.options.update(width=self._width)
        rows = terminal.render_lines(region, options, pad=False)
        cells = (Segment.get_line_length(row) for row in rows)
        more = sum(max(1, math.ceil(each / width)) - 1 for each in cells)
        for _ in range(more):
            terminal.control(
                Control((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1))
            )

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
def live_screen(stream: TextIO, title: str, hint: str) -> "Generator[LiveScreen]":
    """Show a live region on a terminal, and leave the terminal as it was.

    Args:
        stream: The terminal.
        title: Agent and provider.
        hint: What a person at the keyboard may do.
    """
    from rich.console import Console as Terminal  # noqa: PLC0415 - 60 ms, lazily

    terminal = Terminal(file=stream, highlight=False, emoji=False, markup=False)
    screen = LiveScreen(terminal, title, hint)
    screen.resume()
    try:
        yield screen
    finally:
        screen.suspend()
