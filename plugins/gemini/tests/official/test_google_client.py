"""Google's own client converses with the simulator, over TLS."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from realtime_run.media.jpeg import JpegEncoder
from realtime_run.plugin.simulation import TlsFiles
from realtime_run.testing.conformance.still import GREY

pytestmark = pytest.mark.timeout(60)

CLIENT = Path(__file__).with_name("google_client.py")
SCRIPT = {
    "turns": [
        {"when": "Add*", "calls": [{"name": "add", "arguments": {"a": 2, "b": 3}}]},
        {"when": "*long story*", "say": "Once upon a time there was a ship. " * 3},
        {"when": "What do you see*", "say": "I see {images}."},
        {"when": "*my name is*", "say": "Hello."},
        {"when": "*what is my name*", "say": "You said: {before}"},
        {"heard": "Stop it!", "say": "You said: {heard}"},
    ],
    "repeat": True,
}
SERVERS: Mapping[str, tuple[str, ...]] = {
    "texts tools": (),
    "speech": ("--set", "speed=2"),
    "picture resumed refused": (),
    "leaving": ("--fault", "go_away=9.5"),
    "closed": ("--fault", "close=1011@1"),
}
"""What is talked about with each server, and how that is."""


@pytest.fixture(scope="module")
def happened(
    serving: Any, tls_files: TlsFiles, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """Hold all conversations, two at a time: Google's client takes long to load."""
    if importlib.util.find_spec("google.genai") is None:
        pytest.skip("google-genai is not installed")
    script = tmp_path_factory.mktemp("google") / "script.yaml"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    tls = ("--tls", str(tls_files.certificate), str(tls_files.key))
    picture = JpegEncoder().encode(GREY).data.hex()
    trusting = os.environ | {"SSL_CERT_FILE": str(tls_files.certificate)}

    def converse(names: str) -> Mapping[str, Any]:
        options = ("--script", str(script), *tls, *SERVERS[names])
        with serving("gemini", *options) as url:
            done = subprocess.run(
                [sys.executable, str(CLIENT), names, url, picture],
                env=trusting,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        told: Mapping[str, Any] = json.loads(done.stdout)
        return told

    with ThreadPoolExecutor(2) as threads:
        parts = tuple(threads.map(converse, SERVERS))
    return {name: told for part in parts for name, told in part.items()}


def test_texts_are_answered_whichever_way_they_are_sent(happened: Any) -> None:
    answers = happened["texts"]

    assert [one["said"] for one in answers] == [
        "You said: hello",
        "You said: and goodbye",
    ]
    for one in answers:
        assert one["kinds"] == ["generation_complete", "turn_complete"]
        assert one["audio"] > 0
        assert one["tokens"] > 0


def test_speech_interrupts_and_is_answered(happened: Any) -> None:
    cut, answer = happened["speech"]

    assert cut["kinds"] == ["ACTIVITY_START", "interrupted", "turn_complete"]
    assert answer["kinds"] == [
        "ACTIVITY_END",
        "generation_complete",
        "turn_complete",
    ]
    assert (answer["heard"], answer["said"]) == ("Stop it!", "You said: Stop it!")


def test_a_picture_is_seen(happened: Any) -> None:
    assert happened["picture"]["said"] == "I see 1 picture, 64 by 48."


def test_a_function_is_called_and_its_result_spoken_of(happened: Any) -> None:
    calls, answer = happened["tools"]

    assert calls == [{"name": "add", "args": {"a": 2, "b": 3}}]
    assert "5" in answer["said"]


def test_a_session_is_resumed_by_its_handle(happened: Any) -> None:
    assert happened["resumed"]["said"] == "You said: My name is Ann."


def test_the_end_of_a_connection_is_announced(happened: Any) -> None:
    assert happened["leaving"] == "9.5s"


def test_a_close_is_an_error_with_its_code(happened: Any) -> None:
    assert happened["closed"]["code"] == 1011


def test_what_is_refused_is_an_error_with_its_code_and_reason(happened: Any) -> None:
    model, setup = happened["refused"]

    assert model["code"] == 1008
    assert "models/gemini-nonsense is not found for API version v1beta" in model["why"]
    assert setup["code"] == 1007
