"""Counts of what has happened in a session."""

from collections import deque
from collections.abc import Mapping
from statistics import median

from realtime_run.core.events import (
    Event,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    RealtimeInterruptionSettledEvent,
    RealtimeResponseEvent,
)

_KEPT = 1000
"""The newest interruptions that the medians are taken of."""


class Figures:
    """What `Realtime.figures` tells."""

    def __init__(self) -> None:
        self.answered = 0
        self.unanswered = 0
        """Responses that failed, and answers that did not come in time."""
        self._cost_usd = 0.0
        self._interruptions = 0
        self._false_alarms = 0
        self._silent_ms: deque[float] = deque(maxlen=_KEPT)
        self._stopped_ms: deque[float] = deque(maxlen=_KEPT)

    def count(self, event: Event) -> None:
        """Take what the handlers are told."""
        match event:
            case RealtimeResponseEvent(is_complete=True, status=status):
                self._cost_usd += event.cost_usd or 0.0
                self.answered += status == "completed"
                self.unanswered += status == "failed"
            case RealtimeErrorEvent(error_code="answer_overdue"):
                self.unanswered += 1
            case RealtimeInterruptionEvent():
                self._interrupted(event)
            case RealtimeInterruptionSettledEvent(provider_stop_ns=at_ns):
                self._stopped_ms.append((at_ns - event.onset_ns) / 1e6)
            case _:
                pass

    def values(self) -> Mapping[str, float]:
        """Return them by name, as `SessionEndedEvent.figures` says."""
        medians = {
            "onset_to_silence_ms": self._silent_ms,
            "onset_to_provider_stop_ms": self._stopped_ms,
        }
        return {
            "answered": self.answered,
            "unanswered": self.unanswered,
            "interruptions": self._interruptions,
            "false_alarms": self._false_alarms,
            "cost_usd": round(self._cost_usd, 6),
            **{name: round(median(took), 3) for name, took in medians.items() if took},
        }

    def _interrupted(self, event: RealtimeInterruptionEvent) -> None:
        self._false_alarms += event.false_alarm
        self._interruptions += not event.false_alarm
        if event.silence_ns is not None and not event.false_alarm:
            self._silent_ms.append((event.silence_ns - event.onset_ns) / 1e6)
