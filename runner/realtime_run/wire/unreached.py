"""Why no connection to a server came about, in words for who wrote its address.

The libraries wrap what the system said: websockets once, httpx several times.
"""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

from realtime_run.core.errors import ProviderError

_NUMBER = re.compile(r"\[Errno (\d+)\]")
"""Where a name has several addresses, asyncio gives their errors as one text."""
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})


def unreached(url: str, error: BaseException, setting: str | None) -> ProviderError:
    """Return what an error of the network means.

    Args:
        url: Names the server.
        error: Of connecting, or of what is under it.
        setting: Where in the spec the address is written, as a path; None: nowhere.
    """
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(url, cause, setting)
    message = f"cannot reach {_place(url)}: {_why(error)}"
    return ProviderError(message, code="unreachable", setting=setting)


def _untrusted(
    url: str, error: ssl.SSLCertVerificationError, setting: str | None
) -> ProviderError:
    return ProviderError(
        f"the certificate of {_place(url)} is not trusted: {error.verify_message};"
        " if it is yours, name its file in the environment variable SSL_CERT_FILE",
        code="untrusted",
        is_recoverable=False,
        setting=setting,
    )


def _why(error: BaseException) -> str:
    causes = tuple(_causes(error))
    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            return "it speaks no TLS: is the address http, not https?"
        if isinstance(cause, socket.gaierror):
            return _lower(cause.strerror or str(cause))
        if isinstance(cause, OSError) and (number := _number(cause)) is not None:
            return _lower(os.strerror(number))
    said = next((str(cause) for cause in causes if str(cause)), "")
    return _lower(said) or "it broke the connection off: is the address https?"


def _number(error: OSError) -> int | None:
    if error.errno is not None:
        return error.errno
    found = _NUMBER.search(str(error))
    return int(found[1]) if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        if isinstance(at, BaseExceptionGroup):
            at = cast("BaseExceptionGroup[BaseException]", at).exceptions[0]
        else:
            at = at.__cause__ or at.__context__


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port}" if parts.port else str(host)


def _lower(text: str) -> str:
    """Return a system's sentence as it stands in one of ours."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
