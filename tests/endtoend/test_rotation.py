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

TRANSPORTS = ("websocket", "webrtc")
SCRIPT = """
turns:
  - {when: "*my name is*", say: Hello.}
  - {when: "*what is my name*", say: "You said: {first}"}
"""
MOVED = (
    "disconnected: moved to a new connection before this one expires; connecting again"
)
SPEC = "version: 1\nprovider: openai\naudio: none\nhandlers: [console]\n"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a run showed, what it complained of, and how it ended."""

    shown: list[str]
    said: str
    code: int


def converse(folder: Path, transport: str) -> Moved:
    """Say something, wait for the second connection, and ask about it."""
    (folder / "agent.yaml").write_text(SPEC)
    (folder / "script.yaml").write_text(SCRIPT)
    options = ["--set", f"provider.transport={transport}"]
    simulated = ["--simulate", "--script", "script.yaml", "--fault", "expire=6"]

    shown: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "agent.yaml", *options, *simulated],
        cwd=folder,
        env=os.environ | {"OPENAI_API_KEY": ""},
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
            if line.startswith("connected to openai again"):
                break
        rest, said = process.communicate("What is my name?\n")
    return Moved(shown=[*shown, *rest.splitlines()], said=said, code=process.returncode)


@pytest.fixture(scope="module")
def moved(
    tmp_path_factory: pytest.TempPathFactory, at_once: Any
) -> Mapping[str, Moved]:
    """Hold both conversations at once: they wait for their connections to expire."""

    def hold(transport: str) -> Moved:
        return converse(folders[transport], transport)

    folders = {name: tmp_path_factory.mktemp(name) for name in TRANSPORTS}
    held: Mapping[str, Moved] = at_once(hold, TRANSPORTS)
    return held


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_run_moves_to_a_new_connection_which_knows_what_was_said(
    moved: Mapping[str, Moved], transport: str
) -> None:
    run = moved[transport]

    assert run.code == 0, run.said
    assert run.shown[:-1] == [
        "connected to openai",
        "you: My name is Ann.",
        "agent: Hello.",
        MOVED,
        "connected to openai again; the conversation goes on",
        "you: What is my name?",
        "agent: You said: My name is Ann.",
    ]
    assert "Traceback" not in run.said
