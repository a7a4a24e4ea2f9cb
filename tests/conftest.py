import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

Run = Callable[..., "subprocess.CompletedProcess[str]"]
AtOnce = Callable[[Callable[[str], Any], Iterable[str]], Mapping[str, Any]]


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder with the repository's configs, as a newcomer has them."""
    return _with_configs(tmp_path)


@pytest.fixture(scope="module")
def new_agents(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make one more such folder, for all tests of a module."""

    def make(name: str) -> Path:
        return _with_configs(tmp_path_factory.mktemp(name))

    return make


def _with_configs(folder: Path) -> Path:
    shutil.copytree(ROOT / "configs", folder / "configs")
    return folder


@pytest.fixture(scope="session")
def at_once() -> AtOnce:
    """Call a function with each of several names, all at the same time.

    For programs that wait for most of their time, as all do who speak and listen.
    """

    def call(function: Callable[[str], Any], names: Iterable[str]) -> Mapping[str, Any]:
        names = tuple(names)
        with ThreadPoolExecutor() as threads:
            return dict(zip(names, threads.map(function, names), strict=True))

    return call


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
