"""Shows the line that is being typed where no console does."""

import contextlib
import os

from realtime_run.builtin.console_prompt import PROMPT, TALKING, typed_row

_ERASE_ROW = "\r\x1b[K"


class EchoedLine:
    """A row of the terminal, redrawn at every key.

    There is none while nothing is typed: what others write begins where it would stand.
    """

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
        self._drawn = False

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
        erased = _ERASE_ROW if self._drawn else ""
        self._drawn = False
        self._write(f"{erased}{PROMPT}{text}\n")
        self._line = ("", 0)

    def suspend(self) -> None:
        """Erase it."""
        if self._drawn:
            self._drawn = False
            self._write(_ERASE_ROW)

    def resume(self) -> None:
        """Draw it again."""
        self._draw()

    def _draw(self) -> None:
        erased = _ERASE_ROW if self._drawn else ""
        self._drawn = self._talking or bool(self._line[0])
        if not self._drawn:
            self._write(erased)
            return
        mark = TALKING if self._talking else PROMPT
        row = typed_row(*self._line, self._columns() - len(mark) - 1)
        back = f"\x1b[{row.after_cells}D" if row.after_cells else ""
        self._write(f"{erased}{mark}{row.before}{row.after}{back}")

    def _columns(self) -> int:
        with contextlib.suppress(OSError):
            return os.get_terminal_size(self._descriptor).columns or 80
        return 80

    def _write(self, text: str) -> None:
        if not text:
            return
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode(self._encoding, "replace"))
