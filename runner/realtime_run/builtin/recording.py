"""What a recording's `meta.json` tells, and what its folder is called: pure."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from realtime_run.builtin.event_json import Json
from realtime_run.core.events import (
    Event,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    SessionEndedEvent,
    ToolEndEvent,
)
from realtime_run.plugin.api import SessionInfo

_ID_LENGTH = 8
_LONGEST_NAME = 60


def folder_name(session: SessionInfo, started: datetime) -> str:
    """Return `20260131T120000Z-receptionist-1f0c9a7e`; sorts by time in any listing."""
    name = re.sub(r"[^\w.-]+", "-", session.agent_name).strip("-.")[:_LONGEST_NAME]
    short_id = re.sub(r"\W", "", session.session_id)[:_ID_LENGTH]
    parts = (f"{started:%Y%m%dT%H%M%SZ}", name, short_id)
    return "-".join(part for part in parts if part)


class Summary:
    """Counts what happens in a session."""

    def __init__(self, session: SessionInfo, started: datetime) -> None:
        self._session = session
        self._started = started
        self._events: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._ended_because: str | None = None

    def count(self, event: Event) -> None:
        """Take one more event into account."""
        self._events[event.type] += 1
        match event:
            case RealtimeInterruptionEvent(false_alarm=True):
                self._counts["false_alarms"] += 1
            case RealtimeInterruptionEvent():
                self._counts["interruptions"] += 1
            case ToolEndEvent(success=False):
                self._counts["failed_tools"] += 1
            case RealtimeErrorEvent(is_recoverable=True):
                self._counts["warnings"] += 1
            case RealtimeErrorEvent():
                self._counts["errors"] += 1
            case RealtimeDisconnectedEvent(was_clean=False):
                self._counts["lost_connections"] += 1
            case SessionEndedEvent(reason=reason):
                self._ended_because = reason
            case _:
                pass

    def meta(self, *, ended: datetime | None, audio: Mapping[str, Json]) -> Json:
        """Return what stands in `meta.json`.

        Args:
            ended: None while the session goes on, and for ever if it was killed.
            audio: Rate and durations of the recorded sound.
        """
        duration = None if ended is None else (ended - self._started).total_seconds()
        return {
            "session_id": self._session.session_id,
            "agent": self._session.agent_name,
            "provider": self._session.provider,
            "started": self._started.isoformat(),
            "ended": None if ended is None else ended.isoformat(),
            "ended_because": self._ended_because,
            "duration_s": duration,
            "audio": dict(audio),
            **{
                name: self._counts[name]
                for name in (
                    "interruptions",
                    "false_alarms",
                    "errors",
                    "warnings",
                    "failed_tools",
                    "lost_connections",
                )
            },
            "events": dict(sorted(self._events.items())),
        }
