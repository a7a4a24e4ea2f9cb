"""A stranger's provider is held to the conformance suite as the page tells to."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from realtime_run.testing.conformance.scenes import Scene

DOCS = Path(__file__).parents[2] / "docs"
FILE = re.compile(
    r"^`(?P<name>[\w./]+)`:\n\n```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
TEST = "tests/test_conformance.py"


def files(page: str) -> dict[str, str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return {match["name"]: match["text"] for match in FILE.finditer(text)}


@pytest.mark.timeout(60)
def test_the_parrot_passes_what_it_is_capable_of(tmp_path: Path) -> None:
    for name, text in (files("plugins.md") | files("conformance.md")).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", TEST],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": "src", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed, \d+ skipped in", done.stdout)
    assert "parrot: it calls one tool at a time" in done.stdout
    assert "parrot: its capability speech_events is False" in done.stdout


def test_the_page_tells_every_scene() -> None:
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")

    rows = [f"| `{scene.name}` | {scene.value} |" for scene in Scene]

    assert [row for row in rows if row not in page] == []
