"""Shows the line that is being typed where no console does."""

import contextlib
import os

from realtime_run.builtin.console_prompt import PROMPT, TALKING, typed_row

_ERASE_ROW = "\r\x1b[K"


class EchoedLine:
    """A row of the terminal, redrawn at every key."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        """Show nothing yet.

        Args:
            descriptor: Writes to the terminal.
            encoding: How it takes characters.
        """
        self._descriptor = descriptor
        self._encoding = encoding
        self._line = ("", 0)
        self._talking = False

    def typing(self, text: str, cursor: int) -> None:
        """Show the line that is being typed."""
        self._line = (text, cursor)
        self._draw()

    def talking(self, *, talking: bool) -> None:
        """Show whether the user holds the floor."""
        self._talking = talking
        self._draw()

    def sent(self, text: str) -> None:
        """Leave a line that was sent where it stands."""
        self._write(f"{_ERASE_ROW}{PROMPT}{text}\r\n")

    def suspend(self) -> None:
        """Erase it."""
        self._write(_ERASE_ROW)

    def resume(self) -> None:
        """Draw it again."""
        self._draw()

    def _draw(self) -> None:
        mark = TALKING if self._talking else PROMPT
        row = typed_row(*self._line, self._columns() - len(mark) - 1)
        back = f"\x1b[{row.after_cells}D" if row.after_cells else ""
        self._write(f"{_ERASE_ROW}{mark}{row.before}{row.after}{back}")

    def _columns(self) -> int:
        with contextlib.suppress(OSError):
            return os.get_terminal_size(self._descriptor).columns or 80
        return 80

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode(self._encoding, "replace"))
