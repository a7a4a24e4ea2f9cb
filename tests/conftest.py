import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder with the repository's configs, as a newcomer has them."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    return tmp_path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program as a user does, and wait for its end."""

    def run_it(
        *arguments: str, typed: str | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "realtime_run", *arguments],
            cwd=tmp_path,
            env=os.environ | variables,
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_it
