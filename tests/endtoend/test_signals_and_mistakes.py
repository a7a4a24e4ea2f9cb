import json
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

LISTENING = """
provider: echo
audio: {use: file, input: long.wav, output: out.wav}
handlers: [console, {use: record, path: runs}]
"""
STUCK = """
import time

def on_connected(event):
    print("stuck", flush=True)
    time.sleep(600)
"""


def silence(file: Path, seconds: int) -> None:
    with wave.open(str(file), "wb") as wav:
        wav.setparams((1, 2, 16_000, 0, "NONE", ""))
        wav.writeframes(bytes(32_000 * seconds))


@pytest.fixture
def listening(tmp_path: Path) -> Path:
    silence(tmp_path / "long.wav", 120)
    (tmp_path / "agent.yaml").write_text(LISTENING, encoding="utf-8")
    return tmp_path


def started(folder: Path, until: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "agent.yaml"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if until in line:
            return process
    pytest.fail(f"never said {until!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_talk_with_all_files_closed(
    listening: Path, number: signal.Signals
) -> None:
    process = started(listening, "connected")

    process.send_signal(number)
    output, _ = process.communicate(timeout=10)

    assert process.returncode == 128 + number
    assert "Traceback" not in output
    with wave.open(str(listening / "out.wav")) as wav:
        assert wav.getnframes() > 0
    (folder,) = (listening / "runs").iterdir()
    log = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(log[-1])
    assert (last["type"], last["reason"]) == ("session_ended", number.name)
    assert json.loads((folder / "meta.json").read_text(encoding="utf-8"))["ended"]


def test_a_second_signal_ends_at_once_what_does_not_let_go(listening: Path) -> None:
    (listening / "stuck.py").write_text(STUCK, encoding="utf-8")
    agent = listening / "agent.yaml"
    agent.write_text(
        LISTENING.replace("[console,", "[./stuck.py, console,"), encoding="utf-8"
    )
    process = started(listening, "stuck")
    threads = Path(f"/proc/{process.pid}/task")
    before = len(list(threads.iterdir()))

    process.send_signal(signal.SIGINT)
    while len(list(threads.iterdir())) == before:
        pass  # two signals at once come in any order: a thread tells of the first
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=1.5)

    assert process.returncode == 130
    assert process.stdout is not None
    process.stdout.close()


def test_what_does_not_let_go_is_left_behind_within_five_seconds(
    listening: Path,
) -> None:
    (listening / "stuck.py").write_text(STUCK, encoding="utf-8")
    agent = listening / "agent.yaml"
    agent.write_text(
        LISTENING.replace("[console,", "[./stuck.py, console,"), encoding="utf-8"
    )
    process = started(listening, "stuck")

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=6)

    assert process.returncode == 143
    assert "handler stuck.py did not finish within 2 s" in output


def test_endless_lines_end_in_silence_with_a_signal(listening: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "agent.yaml", "--set", "audio=none"],
        cwd=listening,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("hello\n" * 1000)
    process.stdin.flush()
    assert any("agent" in line for line in process.stdout)

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=10)

    assert process.returncode == 143
    assert "Exception" not in output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["no.yaml"], 2, "no.yaml: error: no such file"),
        (["."], 2, "directory"),
        (["agent.yaml", "--set", "provider=opanai"], 2, "no plugin 'opanai'"),
        (["agent.yaml", "--set", "provider=kokoro"], 2, "pip install"),
        (["agent.yaml", "--set", "audio.input=no.wav"], 2, "no.wav"),
        (["agent.yaml", "--set", "audio.input=agent.yaml"], 2, "agent.yaml"),
        (["agent.yaml", "--set", "audio.inptu=a.wav"], 2, "did you mean 'input'?"),
        (["agent.yaml", "--set", "nonsense"], 2, "--set nonsense"),
        (["agent.yaml", "--set", "greting=hello"], 2, "unknown key 'greting'"),
        (["agent.yaml", "--set", "barge_in=plite"], 2, "barge_in"),
        (["validate", "no.yaml"], 2, "no such file"),
        (["validate", "agent.yaml", "--set", "provider=opanai"], 1, "opanai"),
        (["--nonsense"], 2, "usage:"),
        (["runn", "agent.yaml"], 2, "did you mean 'run'?"),
        ([""], 2, "SPEC: is empty"),
        ([], 2, "usage:"),
    ],
)
def test_a_users_mistake_is_told_without_a_traceback(
    listening: Path, run: Any, arguments: list[str], code: int, says: str
) -> None:
    done = run(*arguments)

    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_an_error_of_the_users_own_file_names_its_line(
    listening: Path, run: Any
) -> None:
    (listening / "mine.py").write_text("import json\n\nnope\n", encoding="utf-8")

    done = run("agent.yaml", "--set", "handlers=[./mine.py]")

    assert done.returncode == 2
    assert "mine.py:3: NameError: name 'nope' is not defined" in done.stderr


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_cannot_be_read_is_named(run: Any) -> None:
    # Not by its permissions: root may read everything.
    done = run("/proc/self/mem")

    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


def test_validate_says_ok_and_speaks_json(listening: Path, run: Any) -> None:
    good = run("validate", "agent.yaml")
    bad = run("validate", "agent.yaml", "--set", "nmae=x", "--format", "json")

    assert (good.returncode, good.stdout) == (0, "agent.yaml: ok\n")
    report = json.loads(bad.stdout)
    assert (bad.returncode, report["ok"]) == (1, False)
    assert report["problems"][0]["hint"] == "did you mean 'name'?"


def test_the_plugins_are_listed(run: Any) -> None:
    text = run("plugins")
    data = run("plugins", "--format", "json")

    assert "local" in text.stdout
    kinds = {plugin["name"]: plugin["kinds"] for plugin in json.loads(data.stdout)}
    assert kinds["echo"] == ["provider"]
    assert kinds["file"] == ["audio", "video"]
    assert kinds["record"] == ["handler"]


def test_help_and_version_are_quick_to_find(run: Any) -> None:
    assert "realtime-run agent.yaml" in run("--help").stdout
    assert run("--version").stdout.startswith("realtime-run ")


def test_what_is_piped_may_be_anything(listening: Path, run: Any) -> None:
    done = run("agent.yaml", "--set", "audio=none", typed="\x00\x1b[31m\n\n  \nhello")

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout


def test_options_may_stand_before_the_command(listening: Path, run: Any) -> None:
    done = run("--set=audio=none", "validate", "agent.yaml")

    assert (done.returncode, done.stdout) == (0, "agent.yaml: ok\n")


def test_where_nothing_was_answered_the_run_has_failed(
    listening: Path, run: Any
) -> None:
    (listening / "agent.yaml").write_text(
        "provider: {use: local, brain: "
        "{use: chat, model: x, base_url: 'http://127.0.0.1:9/v1'}}\n",
        encoding="utf-8",
    )

    done = run("agent.yaml", typed="hello\n")

    assert done.returncode == 1
    assert "nothing that was said was answered" in done.stderr
    assert "cannot be reached" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["plugins"], ["validate", "agent.yaml"]])
def test_a_full_disk_is_told_without_a_traceback(
    listening: Path, arguments: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "realtime_run", *arguments],
            cwd=listening,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == (
        "realtime-run: error: cannot write: No space left on device\n"
    )
