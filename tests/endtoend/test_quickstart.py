import json
import re
import shutil
import subprocess
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pocketsphinx import Decoder  # type: ignore[import-untyped]  # it has no types

from realtime_run.core.events import EVENT_TYPES
from realtime_run.core.pcm import Pcm
from realtime_run_local.settings import EspeakSettings
from realtime_run_local.text_to_speech.espeak import EspeakSynthesizer

pytestmark = pytest.mark.timeout(90)

CONTRACT = {
    "realtime_connected": {"session_config", "capabilities", "attempt", "resumed"},
    "realtime_disconnected": {"reason", "was_clean", "will_reconnect"},
    "realtime_user_speech_transcription": {"text", "mode", "item_id", "original"},
    "realtime_agent_speech_transcription": {
        "text",
        "mode",
        "item_id",
        "response_id",
        "epoch",
        "original",
    },
    "realtime_response": {
        "text",
        "response_id",
        "is_complete",
        "conversation_item_id",
        "usage",
        "status",
        "cost_usd",
    },
    "realtime_audio_input": {"data"},
    "realtime_audio_output": {"data", "response_id", "epoch"},
    "realtime_audio_output_done": {"response_id", "interrupted", "played_ms"},
    "realtime_conversation_item": {
        "item_id",
        "item_type",
        "status",
        "role",
        "content",
    },
    "realtime_error": {
        "error",
        "error_code",
        "context",
        "is_recoverable",
        "setting",
        "place",
    },
}
BASE = {
    "type",
    "event_id",
    "timestamp",
    "monotonic_ns",
    "session_id",
    "participant",
    "provider",
}


def read(file: Path) -> Pcm:
    with wave.open(str(file)) as wav:
        data = wav.readframes(wav.getnframes())
        return Pcm(data, wav.getframerate(), wav.getnchannels())


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


VOCABULARY = """i moved forward backward left right one two three four five ten twenty
meters feet queen king of clubs hearts heard go stop hello thanks the time is what"""
GRAMMAR = f"""#JSGF V1.0;
grammar words;
public <said> = ({" | ".join(VOCABULARY.split())})+;
"""


def recognised(pcm: Pcm) -> set[str]:
    """Return the words of the vocabulary that an independent ear hears, in any order.

    A synthetic voice is hard for a recogniser of free speech; given thirty words, most
    of them never said, it tells what was said from what was not.
    """
    decoder = Decoder(samprate=16_000, loglevel="FATAL", lm=None)
    decoder.add_jsgf_string("words", GRAMMAR)
    decoder.activate_search("words")
    decoder.start_utt()
    decoder.process_raw(pcm.resample(16_000).data, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return words(hypothesis.hypstr if hypothesis else "")


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What became of the quickstart, in a folder each."""

    folders: Mapping[str, Path]
    done: Mapping[str, "subprocess.CompletedProcess[str]"]


COMMAND, OTHER, WRITTEN = "command", "other", "written"
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    COMMAND: (),
    OTHER: ("--set", "audio.input=other.wav", "--set", "audio.output=out.wav"),
    WRITTEN: ("--set", "audio=none"),
}
TYPED = {WRITTEN: "what is seven times eight\ngo backward three meters\n"}


@pytest.fixture(scope="module")
def runs(run_in: Any, new_agents: Any, at_once: Any) -> Runs:
    """Run all at once: they take the time of speech, and no other."""
    folders = {name: new_agents(name) for name in ARGUMENTS}
    four = folders[OTHER] / "configs" / "recordings" / "four_queen_of_clubs.wav"
    shutil.copy(four, folders[OTHER] / "other.wav")

    def run(name: str) -> "subprocess.CompletedProcess[str]":
        done: subprocess.CompletedProcess[str] = run_in(
            folders[name],
            *ARGUMENTS[name],
            "configs/quickstart.yaml",
            typed=TYPED.get(name),
        )
        return done

    return Runs(folders=folders, done=at_once(run, ARGUMENTS))


def events(folder: Path) -> list[dict[str, Any]]:
    (file,) = folder.glob("runs/*/events.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_quickstart_hears_a_command_drives_and_answers_aloud(runs: Runs) -> None:
    done, folder = runs.done[COMMAND], runs.folders[COMMAND]

    assert (done.returncode, done.stderr) == (0, "")
    assert "you: go forward ten meters" in done.stdout
    assert "move(direction='forward', meters=10)" in done.stdout
    assert "agent: I moved forward 10 meters." in done.stdout

    heard = recognised(read(folder / "runs" / "answer.wav"))
    said = words("I moved forward ten meters")
    assert len(heard & said) >= 3, heard

    log = events(folder)
    fields = {event["type"]: set(event) for event in log}
    assert {kind: fields.get(kind) for kind in CONTRACT} == {
        kind: own | BASE for kind, own in CONTRACT.items()
    }
    assert [event["type"] for event in log][-1] == "session_ended"


def test_the_recording_holds_the_user_left_and_the_agent_right(runs: Runs) -> None:
    assert runs.done[COMMAND].returncode == 0
    (recording,) = runs.folders[COMMAND].glob("runs/*/audio.wav")
    stereo = read(recording)
    assert stereo.channels == 2
    left, right = (
        Pcm.of(stereo.samples()[:, side].copy(), stereo.rate_hz) for side in (0, 1)
    )
    assert len(recognised(left) & {"go", "forward", "ten", "meters"}) >= 3
    assert len(recognised(right) & words("I moved forward ten meters")) >= 3


@pytest.mark.parametrize(
    "other",
    [
        "I cannot do that: the wheels are stuck.",
        "I heard: four queen of clubs",
        "Hello, how can I help you today?",
        "The time is half past nine.",
    ],
)
def test_the_ear_of_these_tests_takes_no_other_sentence_for_the_answer(
    other: str,
) -> None:
    pieces: list[bytes] = []
    voice = EspeakSynthesizer(EspeakSettings(use="espeak", voice="en-us+f2"))
    voice.speak(other, lambda pcm: pieces.append(pcm) is None)

    heard = recognised(Pcm(b"".join(pieces), voice.rate_hz))

    assert heard
    assert len(heard & words("I moved forward ten meters")) < 3, heard


def test_speech_never_seen_before_is_heard_too(runs: Runs) -> None:
    done = runs.done[OTHER]

    assert done.returncode == 0
    assert "queen of clubs" in done.stdout
    assert {"queen", "clubs"} & recognised(read(runs.folders[OTHER] / "out.wav"))


def test_a_written_question_is_answered(runs: Runs) -> None:
    done = runs.done[WRITTEN]

    assert done.returncode == 0
    assert "56" in done.stdout
    assert "move(direction='backward', meters=3)" in done.stdout
    assert done.stdout.index("56") < done.stdout.index("backward")


def test_the_contract_lists_the_fields_that_the_events_have() -> None:
    for kind, own in CONTRACT.items():
        fields = set(EVENT_TYPES[kind].__struct_fields__)

        assert fields | {"type"} == own | BASE
