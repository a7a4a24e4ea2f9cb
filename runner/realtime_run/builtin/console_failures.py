"""What the console tells of errors: pure."""

from dataclasses import replace

from realtime_run.builtin.console_state import ConsoleState, Line, Step
from realtime_run.builtin.console_text import clean
from realtime_run.core.events import (
    HandlerFailedEvent,
    HandlerLaggedEvent,
    RealtimeErrorEvent,
)


def failed(state: ConsoleState, event: RealtimeErrorEvent) -> Step:
    """Tell what went wrong."""
    code = f" [{clean(event.error_code)}]" if event.error_code else ""
    context = f" ({clean(event.context)})" if event.context else ""
    place = f"{clean(event.place)}: " if event.place else ""
    text = f"{place}{clean(event.error)}{code}{context}"
    if event.is_recoverable:
        return state, (Line(kind="warning", label="warning", text=text),)
    after = replace(state, errors=state.errors + 1)
    if (event.context or "").startswith("connecting"):
        return after, ()  # the session ends: see `_ended`
    return after, (Line(kind="error", label="error", text=text),)


def handler_failed(state: ConsoleState, event: HandlerFailedEvent) -> Step:
    """Tell whose handler failed, and where."""
    place = f" ({clean(event.place)})" if event.place else ""
    paused = "; it gets no more events" if event.paused else ""
    text = f"{clean(event.handler)} failed: {clean(event.error)}{place}{paused}"
    line = Line(kind="error", label="handler", text=text)
    return replace(state, errors=state.errors + 1), (line,)


def handler_lagged(state: ConsoleState, event: HandlerLaggedEvent) -> Step:
    """Tell which handler is too slow."""
    text = f"{clean(event.handler)} is too slow: it missed {event.dropped} events"
    return state, (Line(kind="warning", label="handler", text=text),)
