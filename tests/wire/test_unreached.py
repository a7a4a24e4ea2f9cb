import errno
import socket
import ssl

import httpx
import pytest

from realtime_run.wire.unreached import unreached

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('::1', 9)")
BOTH = OSError(
    "Multiple exceptions: [Errno 111] Connect call failed ('::1', 9, 0, 0),"
    " [Errno 111] Connect call failed ('127.0.0.1', 9)"
)
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
PLAIN = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
PLAIN.reason = "WRONG_VERSION_NUMBER"


URL = "http://127.0.0.1:9/v1"
SETTING = "provider.base_url"


def wrapped(error: BaseException) -> httpx.ConnectError:
    """Wrap an error as httpx, httpcore and anyio do, one after the other."""
    tried = OSError("All connection attempts failed")
    tried.__cause__ = ExceptionGroup("both", [error, error])  # type: ignore[type-var]  # an Exception
    failed = httpx.ConnectError("All connection attempts failed")
    failed.__context__ = tried
    return failed


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (REFUSED, "connection refused"),
        (wrapped(REFUSED), "connection refused"),
        (BOTH, "connection refused"),
        (NO_NAME, "name or service not known"),
        (wrapped(NO_NAME), "name or service not known"),
        (PLAIN, "it speaks no TLS: is the address http, not https?"),
        (httpx.ReadError(""), "it broke the connection off: is the address https?"),
        (httpx.PoolTimeout("Too many requests"), "too many requests"),
        (OSError("TLS failed"), "TLS failed"),
    ],
)
def test_the_system_says_why_a_server_is_not_reached(
    error: Exception, why: str
) -> None:
    failed = unreached(URL, error, SETTING)

    assert failed.message == f"cannot reach 127.0.0.1:9: {why}"
    assert (failed.code, failed.is_recoverable) == ("unreachable", True)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://example.com/v1", "example.com"),
        ("https://example.com:444/v1", "example.com:444"),
        ("http://[::1]:80/v1", "[::1]:80"),
    ],
)
def test_the_server_is_named_as_it_is_written(url: str, place: str) -> None:
    failed = unreached(url, REFUSED, SETTING)

    assert failed.message == f"cannot reach {place}: connection refused"


def test_the_setting_that_is_at_fault_is_named() -> None:
    failed = [unreached(URL, NO_NAME, setting) for setting in (SETTING, None)]

    assert [each.setting for each in failed] == [SETTING, None]


def test_a_certificate_that_is_not_trusted_says_how_to_trust_it() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"

    failed = unreached("https://localhost:1/v1", wrapped(error), SETTING)

    assert failed.message == (
        "the certificate of localhost:1 is not trusted: self-signed certificate;"
        " if it is yours, name its file in the environment variable SSL_CERT_FILE"
    )
    assert (failed.code, failed.is_recoverable) == ("untrusted", False)
