"""`handlers: [{use: record, path: runs}]`: a folder for each session, to listen to.

`audio.wav` has the user on the left and the agent, as it was heard, on the right;
`events.jsonl` what happened, `spec.yaml` the spec that applied, `meta.json` a summary.
A killed process leaves all of it readable, but for its last quarter of a second.
"""

import json
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from realtime_run.builtin.event_json import (
    WRITTEN_EVENTS,
    Json,
    event_json,
    to_json,
)
from realtime_run.builtin.lines import JsonLines, open_lines, unwritable
from realtime_run.builtin.recording import Summary, folder_name
from realtime_run.builtin.settings import RecordSettings
from realtime_run.builtin.stereo import StereoRecording
from realtime_run.core.events import (
    Event,
    RealtimeAudioInputEvent,
    RealtimeAudioPlayedEvent,
)
from realtime_run.plugin.api import Conversation, Listener, SessionInfo


class Record:
    """Records sessions."""

    events: frozenset[str] | None = WRITTEN_EVENTS
    """Audio is in `audio.wav`, and how much of it came when in `events.jsonl`."""

    def __init__(self, settings: RecordSettings) -> None:
        self._settings = settings

    @contextmanager
    def open(self, session: SessionInfo) -> Generator[Listener]:
        """Make the session's folder and its files; complete them at the end.

        Raises:
            RealtimeRunError: If one cannot be written.
        """
        started = datetime.now(UTC)
        folder = self._settings.path / folder_name(session, started)
        summary = Summary(session, started)
        with ExitStack() as stack:
            lines = stack.enter_context(open_lines(folder / "events.jsonl"))
            _write_spec(folder / "spec.yaml", session)
            audio = stack.enter_context(
                closing(StereoRecording(folder / "audio.wav", self._settings.rate))
            )
            meta = folder / "meta.json"
            _write_meta(meta, summary.meta(ended=None, audio=audio.figures()))
            try:
                yield _listener(lines, audio, summary)
            finally:
                ended = datetime.now(UTC)
                _write_meta(meta, summary.meta(ended=ended, audio=audio.figures()))


def _listener(lines: JsonLines, audio: StereoRecording, summary: Summary) -> Listener:
    def record(event: Event, _conversation: Conversation) -> None:
        summary.count(event)
        match event:
            case RealtimeAudioInputEvent(data=pcm, monotonic_ns=at_ns):
                audio.add_user(pcm, at_ns)
            case RealtimeAudioPlayedEvent(data=pcm, monotonic_ns=at_ns):
                audio.add_agent(pcm, at_ns)
                return  # its samples are in the file, its time is their place there
            case _:
                pass
        lines.write(event_json(event))

    return record


def _write_spec(path: Path, session: SessionInfo) -> None:
    import yaml  # noqa: PLC0415 - only recordings write YAML

    text = yaml.safe_dump(
        to_json(session.effective_spec), sort_keys=False, allow_unicode=True
    )
    _write_whole(path, text)


def _write_meta(path: Path, meta: Json) -> None:
    _write_whole(path, json.dumps(meta, indent=2, ensure_ascii=False) + "\n")


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that readers, also after a crash, see all of it or none."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(text.encode("utf-8", "backslashreplace"))
        new.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
