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
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

from realtime_run.plugin.simulation import TlsFiles

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


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[str]]:
    """Serve a provider's simulator as the command line does, and give its URL."""

    @contextmanager
    def serve(provider: str, *options: str) -> Iterator[str]:
        command = [sys.executable, "-m", "realtime_run", "simulate", provider]
        with subprocess.Popen(
            [*command, "--voice", "tones", *options],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip()
            finally:
                process.terminate()

    return serve


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A certificate for this machine that signs itself."""
    pytest.importorskip("cryptography")
    from cryptography import x509  # noqa: PLC0415 - few tests need it
    from cryptography.hazmat.primitives import (  # noqa: PLC0415 - as above
        hashes,
        serialization,
    )
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    hosts = [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return TlsFiles.model_validate(
        {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    )


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
