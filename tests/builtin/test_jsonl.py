import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run.builtin.jsonl_handler import Jsonl
from realtime_run.builtin.settings import JsonlSettings
from realtime_run.core.errors import RealtimeRunError
from realtime_run.core.events import (
    EVENT_TYPES,
    RealtimeErrorEvent,
    RealtimeResponseEvent,
)
from realtime_run.plugin.api import SessionInfo

ERROR = RealtimeErrorEvent(error="no ünïcode \ud800 problem\u2028 here")


def handler(path: Path, **settings: object) -> Jsonl:
    return Jsonl(JsonlSettings.model_validate({"path": str(path), **settings}))


def test_each_event_is_a_line_in_the_file_at_once(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    path = tmp_path / "runs" / "events.jsonl"

    with handler(path).open(session) as listen:
        listen(ERROR, conversation)
        first = path.read_text("utf-8")
        listen(ERROR, conversation)

    assert json.loads(first)["error"] == ERROR.error
    assert path.read_text("utf-8") == first * 2
    assert "ünïcode" in first


def test_the_path_names_session_and_day(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    with handler(tmp_path / "{date}" / "{session_id}.jsonl").open(session) as listen:
        listen(ERROR, conversation)

    (file,) = tmp_path.glob("????-??-??/*")
    assert file.name == f"{session.session_id}.jsonl"


def test_a_line_that_a_crash_has_torn_is_ended(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"type":"a"}\n{"type":')

    with handler(path).open(session) as listen:
        listen(ERROR, conversation)

    lines = path.read_text("utf-8").split("\n")
    assert lines[:2] == ['{"type":"a"}', '{"type":']
    assert json.loads(lines[2])["type"] == "realtime_error"


def test_audio_can_be_left_out(tmp_path: Path) -> None:
    quiet = handler(tmp_path / "a", audio=False).events

    loud = handler(tmp_path / "a").events

    assert quiet is not None
    assert loud is not None
    assert frozenset(EVENT_TYPES) - loud == {"user_typing"}
    assert loud - quiet == {
        "realtime_audio_input",
        "realtime_audio_output",
        "realtime_audio_played",
    }
    assert RealtimeResponseEvent.type in quiet


def test_a_path_that_cannot_be_written_is_named(
    tmp_path: Path, session: SessionInfo
) -> None:
    with (
        pytest.raises(RealtimeRunError) as raised,
        handler(tmp_path).open(session),
    ):
        pytest.fail("it was opened")

    assert str(raised.value) == f"cannot write '{tmp_path}': is a directory"


def test_a_full_disk_is_named(session: SessionInfo, conversation: Any) -> None:
    with (
        pytest.raises(RealtimeRunError) as raised,
        handler(Path("/dev/full")).open(session) as listen,
    ):
        listen(ERROR, conversation)

    assert str(raised.value) == "cannot write '/dev/full': no space left on device"


@pytest.mark.parametrize("path", ["{day}.jsonl", "{}.jsonl", "{session_id.x}"])
def test_an_unknown_placeholder_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="in a path"):
        JsonlSettings.model_validate({"path": path})
