"""`handlers: [{use: jsonl, path: …}]`: every event as a line of JSON in a file."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from realtime_run.builtin.event_json import WRITTEN_EVENTS, event_json
from realtime_run.builtin.lines import open_lines
from realtime_run.builtin.settings import JsonlSettings
from realtime_run.core.events import EVENT_TYPES, Event
from realtime_run.plugin.api import Conversation, Listener, SessionInfo

AUDIO_EVENTS = frozenset(
    kind for kind in EVENT_TYPES if kind.startswith("realtime_audio_")
) - {"realtime_audio_output_done"}
"""The events that come 50 times a second."""


class Jsonl:
    """Writes events to a file."""

    def __init__(self, settings: JsonlSettings) -> None:
        self._settings = settings

    @property
    def events(self) -> frozenset[str] | None:
        """All that are written down, or all of them but those of audio."""
        return WRITTEN_EVENTS if self._settings.audio else WRITTEN_EVENTS - AUDIO_EVENTS

    @contextmanager
    def open(self, session: SessionInfo) -> Generator[Listener]:
        """Open the file.

        Raises:
            RealtimeRunError: If it cannot be written.
        """
        with open_lines(_filled_in(self._settings.path, session)) as lines:

            def write(event: Event, _conversation: Conversation) -> None:
                lines.write(event_json(event))

            yield write


def _filled_in(path: Path, session: SessionInfo) -> Path:
    today = datetime.now(UTC).date().isoformat()
    text = str(path).replace("{session_id}", session.session_id)
    return Path(text.replace("{date}", today))
