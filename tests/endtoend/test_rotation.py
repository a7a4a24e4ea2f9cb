"""A conversation that is longer than the provider lets a connection be."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

RUNS: Mapping[str, tuple[str, str]] = {
    "websocket": ("{use: openai, transport: websocket}", "expire=6"),
    "webrtc": ("{use: openai, transport: webrtc}", "expire=6"),
    "gemini": ("gemini", "expire=15"),
    "qwen": ("{use: qwen, max_session: 6s}", "expire=6"),
    "qwen, lost": ("qwen", "expire=6"),
}
"""The provider, and what ends its connections."""
SCRIPT = """
turns:
  - {when: "*my name is*", say: Hello.}
  - {when: "*what is my name*", say: "You said: {first}"}
"""
SPEC = "version: 1\naudio: none\nhandlers: [console]\n"
MOVED = (
    "disconnected: moved to a new connection before this one expires; connecting again"
)
LOST = (
    "disconnected: the server closed the connection (1001): The session has reached its"
    " maximum duration.; connecting again"
)
NO_KEYS = {"OPENAI_API_KEY": "", "GEMINI_API_KEY": "", "DASHSCOPE_API_KEY": ""}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a run showed, what it complained of, and how it ended."""

    shown: list[str]
    said: str
    code: int


def converse(folder: Path, provider: str, fault: str) -> Moved:
    """Say something, wait for the second connection, and ask about it."""
    (folder / "agent.yaml").write_text(f"{SPEC}provider: {provider}\n")
    (folder / "script.yaml").write_text(SCRIPT)
    simulated = ["--simulate", "--script", "script.yaml", "--fault", fault]

    shown: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "agent.yaml", *simulated],
        cwd=folder,
        env=os.environ | NO_KEYS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("My name is Ann.\n")
        process.stdin.flush()
        for line in process.stdout:
            shown.append(line.rstrip())
            if " again; " in line and line.startswith("connected to"):
                break
        rest, said = process.communicate("What is my name?\n")
    return Moved(shown=[*shown, *rest.splitlines()], said=said, code=process.returncode)


@pytest.fixture(scope="module")
def moved(
    tmp_path_factory: pytest.TempPathFactory, at_once: Any
) -> Mapping[str, Moved]:
    """Hold all conversations at once: they wait for their connections to expire."""

    def hold(name: str) -> Moved:
        return converse(folders[name], *RUNS[name])

    folders = {name: tmp_path_factory.mktemp(name) for name in RUNS}
    held: Mapping[str, Moved] = at_once(hold, RUNS)
    return held


@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on_with_a_new_connection_which_knows_what_was_said(
    moved: Mapping[str, Moved], name: str
) -> None:
    run = moved[name]
    # Qwen's server announces no end: one before its time comes as a surprise.
    ended = LOST if name == "qwen, lost" else MOVED
    vendor = "openai" if name in {"websocket", "webrtc"} else name.partition(",")[0]

    assert run.code == 0, run.said
    assert run.shown[:-1] == [
        f"connected to {vendor}",
        "you: My name is Ann.",
        "agent: Hello.",
        ended,
        f"connected to {vendor} again; the conversation goes on",
        "you: What is my name?",
        "agent: You said: My name is Ann.",
    ]
    assert "Traceback" not in run.said
