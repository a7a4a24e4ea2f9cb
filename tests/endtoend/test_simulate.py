"""The simulator on the command line, alone and under a spec."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

NO_KEY = {"OPENAI_API_KEY": "", "GEMINI_API_KEY": "", "DASHSCOPE_API_KEY": ""}
RUNS: Mapping[str, tuple[str, ...]] = {
    "websocket": ("configs/openai.yaml", "--set", "provider.transport=websocket"),
    "webrtc": ("configs/openai.yaml", "--set", "provider.transport=webrtc"),
    "gemini": ("configs/gemini.yaml",),
    "qwen": ("configs/qwen.yaml",),
}
VENDORS = {"dashscope", "google", "openai"}
"""The packages of vendors, of which none is needed at run time."""
CAMERA = "video={use: lavfi, graph: 'color=red:size=320x240'}"
SIGHT = """
turns:
  - heard: go forward ten meters
    calls: [{name: move, arguments: {direction: forward, meters: 10}}]
    say: >-
      {results} The ground was even all the way, and nothing stood in my path. I have
      stopped now, and I am waiting for your next command.
  - {heard: ten of clubs, say: "I see {images}."}
"""


def events(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def simulated(run_in: Any, new_agents: Any, at_once: Any) -> Mapping[str, Any]:
    """Hold the conversation with each provider, at once: it takes its time."""
    folders = {name: new_agents(name) for name in RUNS}

    def run(name: str) -> tuple["subprocess.CompletedProcess[str]", Path]:
        record = folders[name] / "events.jsonl"
        (folders[name] / "sight.yaml").write_text(SIGHT)
        done = run_in(
            folders[name],
            *RUNS[name],
            *("--simulate", "--script", "sight.yaml", "--set", CAMERA),
            *("--set", f"handlers=[{{use: jsonl, path: '{record}'}}]"),
            PYTHONPROFILEIMPORTTIME="1",
            **NO_KEY,
        )
        return done, record

    held: Mapping[str, Any] = at_once(run, RUNS)
    return held


@pytest.mark.parametrize("name", RUNS)
def test_a_spec_holds_a_turn_a_tool_call_and_an_interruption_without_a_key(
    simulated: Mapping[str, Any], name: str
) -> None:
    done, record = simulated[name]

    assert done.returncode == 0, done.stderr
    happened = events(record)
    (call,) = [event for event in happened if event["type"] == "tool_end"]
    assert (call["tool_name"], call["success"]) == ("move", True)
    (cut,) = [event for event in happened if event["type"] == "realtime_interruption"]
    decides = "provider" if name == "gemini" else "local"
    assert (cut["source"], cut["epoch"]) == (decides, 1)
    over = [e for e in happened if e["type"] == "realtime_audio_output_done"]
    assert [event["interrupted"] for event in over] == [True, False]
    errors = [event for event in happened if event["type"] == "realtime_error"]
    assert errors == []


@pytest.mark.parametrize("name", RUNS)
def test_what_the_camera_shows_is_seen(simulated: Mapping[str, Any], name: str) -> None:
    _, record = simulated[name]

    spoken = [
        event["text"]
        for event in events(record)
        if event["type"] == "realtime_response" and event["is_complete"]
    ]
    assert "320 by 240" in spoken[-1]


@pytest.mark.parametrize("name", RUNS)
def test_no_package_of_a_vendor_is_imported(
    simulated: Mapping[str, Any], name: str
) -> None:
    done, _ = simulated[name]

    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "realtime_run" in imported
    assert imported & VENDORS == set()


def test_without_a_key_the_variable_is_named_before_connecting(
    agents: Path, run: Any
) -> None:
    done = run("configs/openai.yaml", **NO_KEY)

    assert done.returncode == 2
    assert "set the environment variable OPENAI_API_KEY" in done.stderr
    assert "OPENAI_API_KEY is empty" in done.stderr
    assert done.stdout == ""


def test_what_the_provider_refuses_is_told_with_its_place(
    agents: Path, run: Any
) -> None:
    spec = agents / "configs" / "wrong.yaml"
    spec.write_text("extends: openai.yaml\nprovider:\n  voice: marni\n")

    done = run("configs/wrong.yaml", "--simulate", **NO_KEY)

    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("configs/wrong.yaml:3:10: error: Invalid value: 'marni'")


def test_a_refused_key_is_told_with_what_to_do(agents: Path, run: Any) -> None:
    done = run(
        "configs/openai.yaml", "--simulate", "--fault", "handshake=401", **NO_KEY
    )

    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("--set provider.api_key: error: ")
    assert "Incorrect API key provided" in last


def test_a_provider_without_a_simulator_says_so(agents: Path, run: Any) -> None:
    done = run("configs/quickstart.yaml", "--simulate")

    assert done.returncode == 2
    assert done.stderr == (
        "realtime-run: error: provider 'local' has no simulator; leave out --simulate\n"
    )


def test_a_wrong_spec_is_explained_as_ever(agents: Path, run: Any) -> None:
    (agents / "wrong.yaml").write_text("provider: [\n")

    done = run("wrong.yaml", "--simulate")

    assert done.returncode == 2
    assert done.stderr.startswith("wrong.yaml:1:12: error: ")


@pytest.mark.parametrize("option", ["--script=x.yaml", "--fault=stall"])
def test_options_of_the_simulator_need_it(agents: Path, run: Any, option: str) -> None:
    done = run("configs/openai.yaml", option, **NO_KEY)

    assert done.returncode == 2
    assert "add --simulate" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "nonsense"], "no fault 'nonsense' (the faults are: "),
        (["--port", "70000"], "port: "),
        (["--script", "none.yaml"], "script: no such file: 'none.yaml'"),
        (["--set", "sped=2"], "no setting 'sped'; did you mean 'speed'?"),
        (["--set", "colour=red"], "no setting 'colour'; there are: faults, "),
        (["--set", "speed"], "write --set KEY=VALUE"),
        (["--tls", "a.pem", "b.pem"], "tls.certificate: no such file: 'a.pem'"),
    ],
)
def test_what_the_simulator_cannot_take_is_named(
    run: Any, options: list[str], said: str
) -> None:
    done = run("simulate", "openai", *options)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_provider_has_no_simulator(run: Any) -> None:
    done = run("simulate", "opanai")

    assert done.returncode == 2
    assert "did you mean 'openai'?" in done.stderr


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "simulate", "openai", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | NO_KEY,
    )


SERVE = """
import gc, os, signal, sys
from realtime_run.cli.main import program

class Output:
    def write(self, text):
        if text.startswith("http"):
            print("collects garbage:", gc.isenabled(), file=sys.stderr)
            os.kill(os.getpid(), signal.SIGINT)

    def flush(self):
        pass

sys.argv[1:] = ["simulate", "openai", "--voice", "tones"]
sys.stdout = Output()
program()
"""


def test_a_simulator_that_serves_for_days_collects_its_garbage() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVE], capture_output=True, text=True, check=False
    )

    assert "collects garbage: True" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_the_url_and_a_signal_ends_it(
    number: signal.Signals,
) -> None:
    with started("--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline()
        process.send_signal(number)
        rest, said = process.communicate()

    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/v1\n")
    assert (rest, process.returncode) == ("", 0)
    assert "Traceback" not in said


def test_a_simulator_ends_with_who_started_it() -> None:
    with started("--with-parent") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.communicate()

    assert process.returncode == 0
