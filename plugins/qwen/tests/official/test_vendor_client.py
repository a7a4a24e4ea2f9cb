"""The vendor's own client converses with the simulator."""

import base64
import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from realtime_run.media.jpeg import JpegEncoder
from realtime_run.testing.conformance.still import GREY

pytestmark = pytest.mark.timeout(60)

CLIENT = Path(__file__).with_name("vendor_client.py")
SCRIPT = {
    "turns": [
        {"when": "Add*", "calls": [{"name": "add", "arguments": {"a": 2, "b": 3}}]},
        {"when": "*long story*", "say": "Once upon a time there was a ship. " * 9},
        {"heard": "Hear me!", "say": "You said: {heard} I see {images}."},
    ],
    "repeat": True,
}
TALKS = ("speech text image", "cancel tools finish", "wrong_key")
"""Client by client: one that is refused waits for five seconds."""


@pytest.fixture(scope="module")
def happened(
    serving: Any, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """Hold all conversations."""
    if importlib.util.find_spec("dashscope") is None:
        pytest.skip("dashscope is not installed")
    script = tmp_path_factory.mktemp("dashscope") / "script.yaml"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    picture = base64.b64encode(JpegEncoder().encode(GREY).data).decode()

    with serving("qwen", "--script", str(script)) as url:

        def converse(names: str) -> Mapping[str, Any]:
            done = subprocess.run(
                [sys.executable, str(CLIENT), names, url, picture],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return told

        with ThreadPoolExecutor(len(TALKS)) as threads:
            parts = tuple(threads.map(converse, TALKS))
    return {name: told for part in parts for name, told in part.items()}


def test_speech_is_heard_and_answered_in_the_order_of_the_manual(
    happened: Any,
) -> None:
    talk = happened["speech"]
    # What was heard is told at any time.
    kinds = [
        kind
        for kind in talk["kinds"]
        if not kind.endswith(".delta") and "transcription" not in kind
    ]

    assert (talk["heard"], talk["said"]) == (
        "Hear me!",
        "You said: Hear me! I see nothing.",
    )
    assert kinds == [
        "session.created",
        "session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.done",
        "response.audio.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_a_text_is_answered(happened: Any) -> None:
    assert happened["text"] == "You said: hello I see nothing."


def test_a_picture_is_seen(happened: Any) -> None:
    assert happened["image"] == "You said: Hear me! I see 1 picture, 64 by 48."


def test_a_response_is_cancelled_without_a_word_that_it_is_done(happened: Any) -> None:
    talk = happened["cancel"]

    assert talk["said"] == "You said: hello I see nothing."
    assert talk["status"] == "incomplete"
    assert talk["kinds"].count("response.created") == 2
    assert talk["kinds"].count("response.done") == 1


def test_a_function_is_called_and_its_result_spoken_of(happened: Any) -> None:
    talk = happened["tools"]

    assert (talk["name"], json.loads(talk["arguments"])) == ("add", {"a": 2, "b": 3})
    assert "5" in talk["said"]


def test_a_session_is_finished(happened: Any) -> None:
    assert happened["finish"][-2:] == ["session.finished", "closed"]


def test_without_a_key_nobody_is_let_in(happened: Any) -> None:
    assert happened["wrong_key"] == "not connected"
