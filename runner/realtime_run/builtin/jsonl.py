"""`handlers: [{use: jsonl, path: …}]`: every event as a line of JSON in a file."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import field_validator

from realtime_run.builtin.event_json import event_json
from realtime_run.builtin.lines import open_lines
from realtime_run.core.events import EVENT_TYPES, Event
from realtime_run.plugin.api import Conversation, Handler, Listener, SessionInfo
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.settings import Settings, SpecPath, value_error

AUDIO_EVENTS = frozenset(
    kind for kind in EVENT_TYPES if kind.startswith("realtime_audio_")
) - {"realtime_audio_output_done"}
"""The events that come 50 times a second."""

_PLACEHOLDER = re.compile(r"\{(.*?)\}")
_PLACEHOLDERS = ("session_id", "date")


class JsonlSettings(Settings):
    """Where the lines go."""

    path: SpecPath
    """The file; `{session_id}` and `{date}` (UTC, 2026-01-31) may stand in it. If it
    exists, lines are added."""
    audio: bool = True
    """Write events of audio too: how long it is, not the samples."""

    @field_validator("path", mode="before")
    @classmethod
    def _has_known_placeholders(cls, path: object) -> object:
        # Before it is a path: the folder of the spec may have braces in its name.
        for name in _PLACEHOLDER.findall(path) if isinstance(path, str) else ():
            if name not in _PLACEHOLDERS:
                raise value_error(
                    message="unknown '{got}' in a path",
                    hint="'{session_id}' and '{date}' are filled in",
                    got=f"{{{name}}}",
                )
        return path


class Jsonl:
    """Writes events to a file."""

    def __init__(self, settings: JsonlSettings) -> None:
        self._settings = settings

    @property
    def events(self) -> frozenset[str] | None:
        """All, or all but those of audio."""
        return None if self._settings.audio else frozenset(EVENT_TYPES) - AUDIO_EVENTS

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


@hookimpl
def realtime_run_handler() -> Offer[Handler]:
    """Offer `jsonl`."""
    return Offer(JsonlSettings, Jsonl)
