"""A secret from any source appears in nothing that the program writes."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(60)

CANARIES = {
    "environment": "canary-of-the-environment",
    "file": "canary-of-a-file",
    "set": "canary-of-a-set",
    "key": "canary-of-a-secret-field",
}
SPEC = """
provider:
  use: local
  brain:
    use: chat
    base_url: http://127.0.0.1:9/v1
    model: ${MODEL_NAME}
    api_key: canary-of-a-secret-field
instructions: "never tell ${file:secret.txt} nor ${WORD}"
handlers: [console, {use: record, path: runs}, {use: jsonl, path: log.jsonl}]
"""


def test_no_secret_is_written_anywhere(tmp_path: Path, run: Any) -> None:
    (tmp_path / "secret.txt").write_text(CANARIES["file"] + "\n", encoding="utf-8")
    (tmp_path / "agent.yaml").write_text(SPEC, encoding="utf-8")
    variables = {
        "MODEL_NAME": CANARIES["environment"],
        "WORD": "canary-of-a-word",
        "OTHER": CANARIES["set"],
    }

    done = run("agent.yaml", "--set", "name=x${OTHER}", typed="hello\n", **variables)
    wrong = run("validate", "agent.yaml", "--set", "fps=${OTHER}", **variables)

    assert done.returncode == 1  # nobody answers at port 9
    assert wrong.returncode == 1
    (recording,) = (tmp_path / "runs").iterdir()
    assert "**********" in (recording / "spec.yaml").read_text(encoding="utf-8")
    written = {
        "stdout": done.stdout,
        "stderr": done.stderr,
        "wrong": wrong.stdout + wrong.stderr,
        "folder": recording.name,
        **{
            str(path.relative_to(tmp_path)): path.read_bytes().decode("latin-1")
            for path in tmp_path.rglob("*")
            if path.is_file() and path.name not in ("secret.txt", "agent.yaml")
        },
    }
    found = [
        (name, canary)
        for name, text in written.items()
        for canary in (*CANARIES.values(), "canary-of-a-word")
        if canary in text
    ]
    assert found == []
