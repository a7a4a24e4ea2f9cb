"""No test is skipped in silence, and none hangs for ever."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDY = """
import pytest

@pytest.mark.debian("parrot-tools", program="no-such-program")
def test_that_needs_a_program():
    pass

def test_that_needs_recordings(shared):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".ci").mkdir(parents=True)
    packages = folder / ".ci" / "debian-packages"
    packages.write_text("# of the tests\nparrot-tools\n", encoding="utf-8")
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "pytest.ini").write_text(
        "[pytest]\nanyio_mode = auto\nmarkers =\n    debian: needs a program\n",
        encoding="utf-8",
    )
    (folder / "test_needy.py").write_text(NEEDY, encoding="utf-8")
    return folder


HANGING = """
import threading
import pytest

@pytest.fixture
def hanging():
    yield
    threading.Event().wait()

def test_that_hangs_after_it_failed(hanging):
    assert False
"""


def outcome(project: Path, require: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"],
        cwd=project,
        env=os.environ
        | {"REALTIME_RUN_REQUIRE": require, "REALTIME_RUN_TEARDOWN_S": "0.5"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def test_what_is_absent_is_skipped_with_what_to_install(project: Path) -> None:
    said = outcome(project, require="")

    assert "2 skipped" in said
    assert "needs no-such-program: apt-get install parrot-tools" in said
    assert "there is no folder 'shared' beside the repository" in said


@pytest.mark.parametrize(
    ("require", "counts"),
    [
        ("programs", ("1 skipped", "1 error")),
        ("shared", ("1 skipped", "1 error")),
        ("programs,shared", ("2 errors",)),
    ],
)
def test_what_is_required_and_absent_fails(
    project: Path, require: str, counts: tuple[str, ...]
) -> None:
    said = outcome(project, require)

    assert [count for count in counts if count not in said] == []


def test_a_package_that_is_not_listed_for_installation_is_refused(
    project: Path,
) -> None:
    (project / ".ci" / "debian-packages").write_text("other\n", encoding="utf-8")

    said = outcome(project, require="")

    assert "list 'parrot-tools' in .ci/debian-packages" in said


def test_a_teardown_that_hangs_ends_the_run_and_shows_where(project: Path) -> None:
    (project / "test_hanging.py").write_text(HANGING, encoding="utf-8")

    said = outcome(project, require="")

    assert "Timeout (0:00:00.500000)!" in said
    assert "in hanging" in said
