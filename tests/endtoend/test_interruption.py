"""A user who speaks while the agent does, through the whole program, in sound."""

import json
import subprocess
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

HZ = 16_000


def samples(file: Path) -> bytes:
    with wave.open(str(file)) as wav:
        return wav.readframes(wav.getnframes())


@dataclass(frozen=True, kw_only=True)
class TalkedOver:
    """A run in which the user spoke over the agent, and the folder it left."""

    folder: Path
    done: "subprocess.CompletedProcess[str]"


def talking_over(folder: Path) -> Path:
    """A question, and a command spoken half a second into its answer."""
    recordings = folder / "configs" / "recordings"
    pause = bytes(2 * int(HZ * 1.0))
    file = folder / "over.wav"
    with wave.open(str(file), "wb") as wav:
        wav.setparams((1, 2, HZ, 0, "NONE", ""))
        wav.writeframes(samples(recordings / "four_queen_of_clubs.wav") + pause)
        wav.writeframes(samples(recordings / "go_forward_ten_meters.wav"))
    return file


@pytest.fixture(scope="module")
def talked_over(run_in: Any, new_agents: Any, at_once: Any) -> Mapping[str, TalkedOver]:
    """Hold the conversation under each preset, at once: it takes its time."""
    folders = {preset: new_agents(preset) for preset in ("eager", "off")}

    def run(preset: str) -> TalkedOver:
        folder = folders[preset]
        done = run_in(
            folder,
            "configs/quickstart.yaml",
            "--set",
            f"audio.input={talking_over(folder)}",
            "--set",
            f"barge_in={preset}",
        )
        return TalkedOver(folder=folder, done=done)

    held: Mapping[str, TalkedOver] = at_once(run, folders)
    return held


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    (file,) = folder.glob("runs/*/events.jsonl")
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [event for event in found if event["type"] == kind]


def finals(folder: Path) -> list[str]:
    said = events(folder, "realtime_agent_speech_transcription")
    return [event["text"] for event in said if event["mode"] == "final"]


def test_with_barge_in_eager_the_agent_is_cut_and_knows_what_was_heard(
    talked_over: Mapping[str, TalkedOver],
) -> None:
    done, agents = talked_over["eager"].done, talked_over["eager"].folder

    assert done.returncode == 0
    (interruption,) = events(agents, "realtime_interruption")
    assert (interruption["source"], interruption["epoch"]) == ("provider", 1)
    first, second = finals(agents)
    assert "I heard: for queen of clubs".startswith(first)
    assert len(first) < len("I heard: for queen of clubs")
    assert second == "I moved forward 10 meters."
    cut, whole = events(agents, "realtime_audio_output_done")
    assert (cut["interrupted"], whole["interrupted"]) == (True, False)
    assert "interrupted" in done.stdout
    outputs = events(agents, "realtime_audio_output")
    assert {event["epoch"] for event in outputs} == {0, 1}


def test_with_barge_in_off_both_are_answered_whole(
    talked_over: Mapping[str, TalkedOver],
) -> None:
    done, agents = talked_over["off"].done, talked_over["off"].folder

    assert done.returncode == 0
    assert events(agents, "realtime_interruption") == []
    assert finals(agents)[-1] == "I moved forward 10 meters."
    assert finals(agents)[0].startswith("I heard: for")
    ended = events(agents, "realtime_audio_output_done")
    assert [event["interrupted"] for event in ended] == [False, False]
