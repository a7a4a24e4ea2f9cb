"""What all tests share: the event loop, the guard against blocking it, and skips.

A test that needs a program says which Debian package brings it, by
`@pytest.mark.debian("espeak-ng")`, or `("pulseaudio-utils", program="pactl")`, and one
that needs the recorded traffic beside the repository takes the fixture `shared`. Both
are skipped where it is absent, unless REALTIME_RUN_REQUIRE lists it: `programs`,
`shared` or both, parted by a comma.
"""

import faulthandler
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

ROOT = Path(__file__).parent
DEBIAN_PACKAGES = ROOT / ".ci" / "debian-packages"
TEARDOWN_S = float(os.environ.get("REALTIME_RUN_TEARDOWN_S", "60"))
GUARDED = (
    "realtime_run",
    "realtime_run_devices",
    "realtime_run_gemini",
    "realtime_run_local",
    "realtime_run_openai",
    "realtime_run_qwen",
    "realtime_run_silero",
)

# How long an example takes says more of the machine than of the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[BlockBuster]:
    with blockbuster_ctx(GUARDED) as guard:
        # aiortc waits for the thread of a decoder that it has told to end: 0.1 ms.
        guard.functions["threading.Lock.acquire"].can_block_in(
            "aiortc/rtcrtpreceiver.py", "__stop_decoder"
        )
        yield guard


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and notes beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        _absent("shared", f"there is no folder {folder.name!r} beside the repository")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not DEBIAN_PACKAGES.is_file():
        return
    listed = DEBIAN_PACKAGES.read_text(encoding="utf-8").splitlines()
    for item in items:
        for package, _ in _needs(item):
            if package not in listed:
                message = f"{item.nodeid}: list {package!r} in .ci/debian-packages"
                raise pytest.UsageError(message)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for package, program in _needs(item):
        if shutil.which(program) is None:
            _absent("programs", f"needs {program}: apt-get install {package}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    # The time limit of a test strikes once: what then hangs in the teardown of a
    # fixture would hang for ever. This shows where, and ends the whole run.
    faulthandler.dump_traceback_later(
        TEARDOWN_S, exit=True, file=item.config.stash[fault_handler_stderr_fd_key]
    )
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _needs(item: pytest.Item) -> Iterator[tuple[str, str]]:
    for marker in item.iter_markers("debian"):
        (package,) = marker.args
        yield package, marker.kwargs.get("program", package)


def _absent(what: str, reason: str) -> None:
    if what in os.environ.get("REALTIME_RUN_REQUIRE", "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
