"""`handlers: [console]`: the conversation in the terminal.

In a terminal, a live region stands below the lines that are finished; elsewhere there
are only the lines. What is typed is shown in its last row, as far as it is told by
`UserTypingEvent`. Keys that the terminal echoes by itself are left to it: the region is
redrawn only when something in it has changed, so that in a silence one can type
undisturbed.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from realtime_run.builtin.console_screens import PlainScreen, Screen, live_screen
from realtime_run.builtin.console_state import ConsoleState
from realtime_run.builtin.console_steps import METER_EVENTS, SHOWN_EVENTS, step
from realtime_run.builtin.console_text import clean
from realtime_run.builtin.settings import ConsoleSettings
from realtime_run.core.events import Event
from realtime_run.plugin.api import Conversation, Listener, SessionInfo

_TYPES = "type, and press Enter"
_TALKS = "hold space to talk, or tap it to begin and end"


class Console:
    """Shows the conversation on standard output, or on `stream`."""

    def __init__(self, settings: ConsoleSettings, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._stream = stream
        self._screen: Screen | None = None

    @property
    def shows_typing(self) -> bool:
        """True if what is typed is shown by it, and must be shown by nobody else."""
        stream = self._output()
        return stream is not None and _can_erase(stream)

    def suspend(self) -> None:
        """Erase what is not finished, as long as somebody else has the terminal.

        From any thread, as `resume`.
        """
        if self._screen is not None:
            self._screen.suspend()

    def resume(self) -> None:
        """Draw again, wherever the cursor is now."""
        if self._screen is not None:
            self._screen.resume()

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
            return
        title = clean(f"{session.agent_name} · {session.provider}")
        try:
            if self._is_plain() or _is_typed(session):
                self._screen = PlainScreen(stream, types=_can_erase(stream))
                yield _folding(self._screen)
                return
            with live_screen(stream, title, _hint(session)) as self._screen:
                yield _folding(self._screen)
        finally:
            self._screen = None

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


def _can_erase(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _hint(session: SessionInfo) -> str:
    match session.effective_spec.get("turn"):
        case {"end": "push_to_talk"}:
            return _TALKS
        case _:
            return _TYPES if session.capabilities.text_input else ""


def _is_typed(session: SessionInfo) -> bool:
    """Return whether typing is the one way to talk: a live view would erase it."""
    return session.effective_spec.get("audio") == {"use": "none"}


def _ignore(_event: Event, _conversation: Conversation) -> None:
    """Show an event nowhere."""


def _folding(screen: Screen) -> Listener:
    """Return a listener that keeps the state and shows what became of it."""
    state = ConsoleState()

    def listen(event: Event, _conversation: Conversation) -> None:
        nonlocal state
        state, lines = step(state, event)
        screen.show(state, lines, at_ns=event.monotonic_ns)

    return listen
