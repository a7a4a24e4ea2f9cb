import json
import signal
import subprocess
import sys
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest
import yaml

from realtime_run.builtin.record_handler import Record
from realtime_run.builtin.settings import RecordSettings
from realtime_run.core.errors import RealtimeRunError
from realtime_run.core.events import (
    Event,
    RealtimeAudioInputEvent,
    RealtimeAudioPlayedEvent,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    SessionEndedEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import SessionInfo

MS = 1_000_000


def handler(path: Path, rate: int = 16_000) -> Record:
    return Record(RecordSettings.model_validate({"path": str(path), "rate": rate}))


def said(value: int, at_ms: int, rate_hz: int = 16_000) -> RealtimeAudioInputEvent:
    samples = array("h", [value] * (rate_hz // 50)).tobytes()
    return RealtimeAudioInputEvent(data=Pcm(samples, rate_hz), monotonic_ns=at_ms * MS)


def played(value: int, at_ms: int, rate_hz: int = 16_000) -> RealtimeAudioPlayedEvent:
    samples = array("h", [value] * (rate_hz // 50)).tobytes()
    return RealtimeAudioPlayedEvent(data=Pcm(samples, rate_hz), monotonic_ns=at_ms * MS)


def recorded(
    runs: Path, session: SessionInfo, conversation: Any, *events: Event
) -> Path:
    with handler(runs).open(session) as listen:
        for event in events:
            listen(event, conversation)
    (folder,) = runs.iterdir()
    return folder


def sides(folder: Path) -> tuple[int, "array[int]", "array[int]"]:
    with wave.open(str(folder / "audio.wav")) as file:
        assert file.getnchannels() == 2
        both = array("h", file.readframes(1 << 30))
        return file.getframerate(), both[0::2], both[1::2]


def test_the_user_is_on_the_left_and_the_agent_on_the_right(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    folder = recorded(
        tmp_path,
        session,
        conversation,
        *(said(100, at * 20) for at in range(10)),
        played(-7, 200),
        said(100, 200),
        played(-7, 230),
    )

    rate_hz, left, right = sides(folder)
    assert rate_hz == 16_000
    assert list(left) == [100] * 3520 + [0] * 320
    assert list(right) == [0] * 3200 + [-7] * 640


def test_both_sides_are_brought_to_one_rate(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    events = [
        event
        for at in range(100)
        for event in (said(1000, at * 20, 8_000), played(-1000, at * 20, 24_000))
    ]

    folder = recorded(tmp_path, session, conversation, *events)

    rate_hz, left, right = sides(folder)
    assert rate_hz == 16_000
    assert abs(len(left) - 32_000) <= 64
    assert all(abs(each - 1000) <= 3 for each in left[400:-400])
    assert all(abs(each + 1000) <= 3 for each in right[400:-400])


def test_a_provider_of_another_rate_may_take_over(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    folder = recorded(
        tmp_path, session, conversation, played(5, 0, 24_000), played(5, 1000, 8_000)
    )

    _, _, right = sides(folder)
    assert abs(len(right) - 16_320) <= 32


def test_the_folder_holds_what_happened(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    folder = recorded(
        tmp_path,
        session,
        conversation,
        said(1, 0),
        RealtimeInterruptionEvent(
            source="provider", epoch=1, onset_ns=1, silence_ns=2, provider_stop_ns=None
        ),
        RealtimeErrorEvent(error="no", is_recoverable=False),
        RealtimeErrorEvent(error="not yet"),
        SessionEndedEvent(reason="the user left"),
    )

    assert folder.name.endswith("Z-receptionist-1f0c9a7e")
    assert sorted(file.name for file in folder.iterdir()) == [
        "audio.wav", "events.jsonl", "meta.json", "spec.yaml",
    ]  # fmt: skip
    spec = yaml.safe_load((folder / "spec.yaml").read_text("utf-8"))
    assert spec == session.effective_spec
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["type"] for line in lines] == [
        "realtime_audio_input",
        "realtime_interruption",
        "realtime_error",
        "realtime_error",
        "session_ended",
    ]
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    assert (meta["interruptions"], meta["errors"], meta["warnings"]) == (1, 1, 1)
    assert meta["ended_because"] == "the user left"
    assert meta["audio"] == {
        "rate_hz": 16_000, "duration_s": 0.02, "user_s": 0.02, "agent_s": 0.0,
    }  # fmt: skip
    assert meta["events"]["realtime_audio_input"] == 1
    assert meta["started"] <= meta["ended"]


def test_an_agents_name_makes_no_other_folder(
    tmp_path: Path, session: SessionInfo, conversation: Any
) -> None:
    hostile = SessionInfo(
        session_id="../../x",
        agent_name="../../etc/pass wd\n",
        provider="echo",
        capabilities=session.capabilities,
    )

    folder = recorded(tmp_path / "runs", hostile, conversation)

    assert folder.name.split("Z-", 1)[1] == "etc-pass-wd-x"


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, session: SessionInfo
) -> None:
    (tmp_path / "runs").write_text("a file")

    with (
        pytest.raises(RealtimeRunError, match=r"^cannot write '.*runs/.*': not a dir"),
        handler(tmp_path / "runs").open(session),
    ):
        pytest.fail("it was opened")


KILLED = """
import sys, time
from pathlib import Path
from realtime_run.builtin.record_handler import Record
from realtime_run.builtin.settings import RecordSettings
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.events import RealtimeAudioInputEvent, RealtimeAudioPlayedEvent
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import SessionInfo

info = SessionInfo(session_id="abc", agent_name="a", provider="echo",
    capabilities=Capabilities(input_hz=16000, output_hz=16000))
record = Record(RecordSettings.model_validate({"path": sys.argv[1]}))
with record.open(info) as listen:
    for period in range(1000):
        at_ns = period * 20_000_000
        pcm = Pcm(b"\\1\\0" * 480, 24000)
        listen(RealtimeAudioInputEvent(data=pcm, monotonic_ns=at_ns), None)
        listen(RealtimeAudioPlayedEvent(data=pcm, monotonic_ns=at_ns), None)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_all_but_the_last_second(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)

    (folder,) = tmp_path.iterdir()
    rate_hz, left, right = sides(folder)
    assert rate_hz == 24_000
    assert len(left) > (20 - 1) * 24_000
    assert set(left) == set(right) == {1}
    assert json.loads((folder / "meta.json").read_text("utf-8"))["ended"] is None
