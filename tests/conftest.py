import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder with the repository's configs, as a newcomer has them."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    return tmp_path


@pytest.fixture(scope="session")
def run_in() -> Run:
    """Run the program in a folder as a user does, and wait for its end."""

    def run_it(
        folder: Path, *arguments: str, typed: str | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "realtime_run", *arguments],
            cwd=folder,
            env=os.environ | variables,
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_it


@pytest.fixture
def run(tmp_path: Path, run_in: Run) -> Run:
    """Run the program in the folder of the test."""
    return partial(run_in, tmp_path)
