"""The terminal that the keys come from: every key by itself, and not echoed.

However the program ends, the terminal is left as it was found; but for SIGKILL.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from realtime_run.cli.keys import PASTE_OFF, PASTE_ON

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCK_WITHIN_S = 0.2
_Handler: TypeAlias = "Callable[[int, FrameType | None], object] | int | None"


class View(Protocol):
    """What is drawn on the terminal, and must step aside while the shell has it."""

    def suspend(self) -> None:
        """Erase what is not finished, and print lines only."""
        ...

    def resume(self) -> None:
        """Draw again, wherever the cursor is now."""
        ...


class Terminal:
    """A terminal on POSIX, as the program that is in its foreground uses it."""

    def __init__(self, descriptor: int) -> None:
        """Change nothing yet.

        Args:
            descriptor: Standard input.
        """
        self._descriptor = descriptor
        self._screen = screen_of(descriptor)
        self._found: list[Any] | None = None
        self._wanted = False
        self._view: View | None = None
        self._lock = threading.RLock()

    @property
    def is_ours(self) -> bool:
        """True if what is typed is this program's to read; then it is key by key.

        A shell does not tell a program that ran on in the background when it gives the
        terminal back. So whoever reads asks here, and takes it.
        """
        if self._found is None:
            self._take()
        return self.in_foreground

    @property
    def in_foreground(self) -> bool:
        """False while another program has the terminal: reading would stop this one."""
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        return False  # it is not our terminal, or it is gone

    def enter(self) -> None:
        """Take every key by itself; in the background, as soon as it is in front."""
        self._wanted = True
        self._take()

    def _take(self) -> None:
        import termios  # noqa: PLC0415 - POSIX only

        with self._lock, contextlib.suppress(termios.error):
            if not (self._wanted and self.in_foreground):
                return
            is_new = self._found is None
            found: list[Any] = termios.tcgetattr(self._descriptor)
            *modes, local, ispeed, ospeed, characters = found
            # Signals, flow control and the translation of new lines stay on.
            local &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
            characters = [*characters]
            characters[termios.VMIN], characters[termios.VTIME] = 1, 0
            single = [*modes, local, ispeed, ospeed, characters]
            # After SIGSTOP, which nobody can catch, the shell has changed it already.
            self._found = self._found or found
            termios.tcsetattr(self._descriptor, termios.TCSANOW, single)
            self._write(PASTE_ON)
            if is_new and self._view is not None:
                self._view.resume()

    def restore(self) -> None:
        """Leave the terminal as it was found. May be called from any thread, twice."""
        import termios  # noqa: PLC0415 - POSIX only

        # Who holds the lock may be stopped; the end does not wait for it.
        locked = self._lock.acquire(timeout=_LOCK_WITHIN_S)
        try:
            self._wanted = False
            found, self._found = self._found, None
            if found is None or not self.in_foreground:
                return  # whoever has the terminal now has set it up for itself
            with contextlib.suppress(termios.error):
                # Now, and not when all was written: it may have been told to wait
                # (Ctrl-S), and a program that ends does not.
                termios.tcsetattr(self._descriptor, termios.TCSANOW, found)
            self._write(PASTE_OFF)
        finally:
            if locked:
                self._lock.release()

    def _write(self, sequence: bytes) -> None:
        if self._screen is not None:
            with contextlib.suppress(OSError):
                os.write(self._screen, sequence)

    @contextlib.contextmanager
    def held(self, view: View | None, resized: Callable[[], None]) -> Generator[None]:
        """Take the keys meanwhile; also over Ctrl-Z and `fg`. For the main thread.

        Args:
            view: What is drawn on it.
            resized: Called by a signal handler when the size has changed, or may have.
        """
        self._view = view
        job = _Job(self, view, resized)
        with job.watching():
            self.enter()
            try:
                yield
            finally:
                self.restore()


class _Job:
    """Hands the terminal back where a signal stops or ends the program."""

    def __init__(
        self, terminal: Terminal, view: View | None, resized: Callable[[], None]
    ) -> None:
        self._terminal = terminal
        self._view = view
        self._resized = resized

    @contextlib.contextmanager
    def watching(self) -> Generator[None]:
        """Watch the signals; afterwards they do what they did before."""
        handlers: dict[int, _Handler] = {
            signal.SIGTSTP: self._stopped,
            signal.SIGCONT: self._continued,
            signal.SIGWINCH: self._changed,
            signal.SIGHUP: self._ended,
            signal.SIGQUIT: self._ended,
        }
        before = _exchanged(handlers.items())
        try:
            yield
        finally:
            _exchanged(before.items())

    def _stopped(self, number: int, _frame: FrameType | None) -> None:
        if self._view is not None:
            self._view.suspend()
        self._terminal.restore()
        # The signal is raised once more, with the effect that it has by itself.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # Here it goes on after SIGCONT; at once if there is no shell to wake it.
        signal.signal(number, self._stopped)
        self._terminal.enter()

    def _continued(self, _number: int, _frame: FrameType | None) -> None:
        self._terminal.enter()
        self._resized()

    def _changed(self, _number: int, _frame: FrameType | None) -> None:
        self._resized()

    def _ended(self, number: int, _frame: FrameType | None) -> None:
        self._terminal.restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _exchanged(handlers: "Iterable[tuple[int, _Handler]]") -> dict[int, _Handler]:
    """Set signal handlers, and return those that were there."""
    before: dict[int, _Handler] = {}
    for number, handler in handlers:
        there = signal.getsignal(number)
        if there is signal.SIG_IGN:
            continue  # as `nohup` does it
        before[number] = there
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
    return before


def screen_of(descriptor: int) -> int | None:
    """Return a descriptor that writes to the terminal."""
    for candidate in (1, 2, descriptor):
        with contextlib.suppress(OSError):
            if os.isatty(candidate):
                return candidate
    return None


def takes_keys(descriptor: int) -> bool:
    """Return whether the terminal can be asked for single keys, and show what they do.

    A dumb one has no cursor to move.
    """
    dumb = sys.platform != "win32" and os.environ.get("TERM", "dumb") == "dumb"
    return not dumb and os.isatty(descriptor)
