"""What is heard under each preset, as the configs of that name promise."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(90)

ROOT = Path(__file__).parents[2]
PRESETS = ("off", "eager", "polite", "guarded")
ANSWER = (
    "The ten of clubs is a playing card. It is black, and shows ten leaves of clover."
)

Happened = list[dict[str, Any]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Happened]:
    """What happened under each preset.

    They speak in real time, so two run at once; four recognise too late, all at once,
    what is said into their answers.
    """
    folder = tmp_path_factory.mktemp("agents")
    shutil.copytree(ROOT / "configs", folder / "configs")
    for pair in (PRESETS[:2], PRESETS[2:]):
        started = {preset: _started(folder, preset) for preset in pair}
        for preset, process in started.items():
            printed, _ = process.communicate(timeout=60)
            assert process.returncode == 0, f"{preset}: {printed}"
    return {preset: _events(folder / f"{preset}.jsonl") for preset in PRESETS}


def _started(folder: Path, preset: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "realtime_run",
            f"configs/barge-in/{preset}.yaml",
            "--set=session.quiet=300ms",
            f"--set=handlers=[{{use: jsonl, path: {preset}.jsonl, audio: false}}]",
        ],
        cwd=folder,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _events(file: Path) -> Happened:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def said(happened: Happened) -> list[str]:
    """Return what was heard of each answer."""
    return [
        event["text"]
        for event in happened
        if event["type"] == "realtime_agent_speech_transcription"
        and event["mode"] == "final"
    ]


def figures(happened: Happened) -> tuple[int, int]:
    """Return how many interruptions there were, and how many false alarms."""
    found: dict[str, int] = happened[-1]["figures"]
    return found["interruptions"], found["false_alarms"]


def test_off_lets_the_agent_finish(runs: dict[str, Happened]) -> None:
    assert figures(runs["off"]) == (0, 0)
    assert said(runs["off"])[0] == ANSWER
    assert said(runs["off"])[-1] == "The queen of clubs it is."


def test_eager_ends_an_answer_at_any_sound(runs: dict[str, Happened]) -> None:
    first, *others = said(runs["eager"])

    assert ANSWER.startswith(first)
    assert first != ANSWER
    assert "I did not get that." in others
    assert others[-1] == "The queen of clubs it is."


def test_polite_goes_on_after_a_short_sound_and_stops_for_a_sentence(
    runs: dict[str, Happened],
) -> None:
    heard = said(runs["polite"])

    assert figures(runs["polite"]) == (1, 1)
    assert heard[1:] == ["The queen of clubs it is."]
    assert ANSWER.startswith(heard[0])
    assert len(said(runs["eager"])[0]) < len(heard[0]) < len(ANSWER)


def test_guarded_says_its_greeting_to_the_end(runs: dict[str, Happened]) -> None:
    greeting, answer, last = said(runs["guarded"])

    assert greeting == "Good evening, which card?"
    assert ANSWER.startswith(answer)
    assert answer != ANSWER
    assert last == "The queen of clubs it is."
    assert figures(runs["guarded"])[0] == 1
