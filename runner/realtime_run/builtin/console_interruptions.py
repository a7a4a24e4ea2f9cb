"""What the console tells of interruptions, and shows of the keyboard: pure."""

from collections.abc import Mapping
from dataclasses import replace

from realtime_run.builtin.console_state import ConsoleState, Line, Step
from realtime_run.core.events import (
    RealtimeInterruptionEvent,
    RealtimeInterruptionSettledEvent,
    UserTalkingEvent,
    UserTypingEvent,
)
from realtime_run.media.levels import SILENCE_DB

_NS_A_MS = 1_000_000
_NS_A_S = 1_000_000_000
_BY = {"provider": "the provider", "local": "you", "api": "a line or a call"}
_FELL = {"flush": "silent", "pause": "paused", "duck": "lower"}


def interrupted(state: ConsoleState, event: RealtimeInterruptionEvent) -> Step:
    """Count an interruption or a false alarm, and tell it."""
    if event.false_alarm:
        text = f"(false alarm{_at(state, event.onset_ns)}: {_silence(event)}, went on)"
        # It was no turn, so the next answer is none to it.
        after = replace(state, false_alarms=state.false_alarms + 1, user_ended_ns=None)
        return after, (Line(kind="latency", text=text),)
    text = f"interrupted{_at(state, event.onset_ns)} by {_BY[event.source]}"
    told = [_silence(event)]
    if event.provider_stop_ns is not None and event.provider_stop_source != "done":
        after_ms = _ms(event.onset_ns, event.provider_stop_ns)
        told.append(f"the model stopped after {after_ms} ms")
    line = Line(kind="interrupted", text=f"{text}: {', '.join(told)}")
    after = replace(
        state,
        interruptions=state.interruptions + 1,
        epoch=event.epoch,
        agent_speaking=False,
        thinking=False,
        agent_db=SILENCE_DB,
    )
    return after, (line,)


def settled(state: ConsoleState, event: RealtimeInterruptionSettledEvent) -> Step:
    """Tell when the model stopped, if that came later."""
    after_ms = _ms(event.onset_ns, event.provider_stop_ns)
    text = f"(the model stopped {after_ms} ms after the interruption began)"
    return state, (Line(kind="latency", text=text),)


def typing(state: ConsoleState, event: UserTypingEvent) -> Step:
    """Show the line as it is now."""
    cursor = len(event.text) if event.cursor is None else event.cursor
    return replace(state, typing=event.text, cursor=cursor), ()


def talking(state: ConsoleState, event: UserTalkingEvent) -> Step:
    """Show who holds the floor."""
    return replace(state, talking=event.talking), ()


def figures_text(figures: Mapping[str, float]) -> str:
    """Return what is told of interruptions at the end; empty if there were none."""
    told: list[str] = []
    if cut := round(figures.get("interruptions", 0)):
        told.append(counted(cut, "interruption") + _medians(figures))
    if alarms := round(figures.get("false_alarms", 0)):
        told.append(counted(alarms, "false alarm"))
    return ", ".join(told)


def counted(number: int, noun: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _medians(figures: Mapping[str, float]) -> str:
    medians = [
        f"{what} after {figures[name]:.0f} ms"
        for what, name in (
            ("silent", "onset_to_silence_ms"),
            ("the model stopped", "onset_to_provider_stop_ms"),
        )
        if name in figures
    ]
    return f" (median: {', '.join(medians)})" if medians else ""


def _silence(event: RealtimeInterruptionEvent) -> str:
    fell = _FELL[event.silence_source]
    if event.silence_ns is None:
        return fell
    return f"{fell} after {_ms(event.onset_ns, event.silence_ns)} ms"


def _at(state: ConsoleState, at_ns: int) -> str:
    if state.began_ns is None or at_ns < state.began_ns:
        return ""
    minutes, seconds = divmod((at_ns - state.began_ns) // _NS_A_S, 60)
    return f" at {minutes}:{seconds:02}"


def _ms(since_ns: int, until_ns: int) -> int:
    return round((until_ns - since_ns) / _NS_A_MS)
