"""A conversation that is longer than the provider lets a connection be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(60)

SCRIPT = """
turns:
  - {when: "*my name is*", say: Hello.}
  - {when: "*what is my name*", say: "You said: {first}"}
"""
MOVED = (
    "disconnected: moved to a new connection before this one expires; connecting again"
)
SPEC = "version: 1\nprovider: openai\naudio: none\nhandlers: [console]\n"


@pytest.mark.parametrize("transport", ["websocket", "webrtc"])
def test_a_run_moves_to_a_new_connection_which_knows_what_was_said(
    tmp_path: Path, transport: str
) -> None:
    (tmp_path / "agent.yaml").write_text(SPEC)
    (tmp_path / "script.yaml").write_text(SCRIPT)
    options = ["--set", f"provider.transport={transport}"]
    simulated = ["--simulate", "--script", "script.yaml", "--fault", "expire=6"]

    shown: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "realtime_run", "agent.yaml", *options, *simulated],
        cwd=tmp_path,
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

    assert process.returncode == 0, said
    assert [*shown, *rest.splitlines()][:-1] == [
        "connected to openai",
        "you: My name is Ann.",
        "agent: Hello.",
        MOVED,
        "connected to openai again; the conversation goes on",
        "you: What is my name?",
        "agent: You said: My name is Ann.",
    ]
    assert "Traceback" not in said
