"""Types of settings that say where a server is, and how one says who one is."""

import ipaddress
import re
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator

from realtime_run.plugin.settings import NonEmptySecret, value_error

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")
_PLAIN = frozenset({"http", "ws"})
_SCHEMES = _PLAIN | {"https", "wss"}


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_url(*, example: str, of_queries: str) -> AfterValidator:
    """Return what an address of a server must pass, and loses its last slash by.

    http, https, ws or wss, without a query; plain ones of this machine only.

    Args:
        example: Such an address, for hints.
        of_queries: What to do about a query, for hints.
    """

    def checked(url: str) -> str:
        return _checked(url, example, of_queries)

    return AfterValidator(checked)


def _checked(url: str, example: str, of_queries: str) -> str:
    got = f"'{url}'"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # the port is parsed when it is asked for
    except ValueError:
        raise value_error(message="{got} is no address", got=got) from None
    if parts.username or parts.password:
        raise value_error(
            message="an address must not hold a password",
            hint="write the key as 'api_key'",
        )
    if parts.scheme not in _SCHEMES or not host:
        raise value_error(
            message="{got} is no http://, https://, ws:// or wss:// address",
            hint=f"such as {example}",
            got=got,
        )
    if parts.query or parts.fragment:
        raise value_error(
            message="{got} has more than a path",
            hint=of_queries,
            got=got,
        )
    if parts.scheme in _PLAIN and not is_loopback(host):
        raise value_error(
            message="{got} would send the key and the voice unencrypted",
            hint="write https:// or wss://; plain addresses are for this machine only",
            got=got,
        )
    return url.rstrip("/")


def _is_header_key(key: NonEmptySecret) -> NonEmptySecret:
    if not _HEADER_VALUE.fullmatch(key.get_secret_value()):
        raise value_error(
            message="a key has no spaces, line breaks or accents",
            hint="was it copied with something around it?",
        )
    return key


def _is_header(value: str) -> str:
    if not _HEADER_VALUE.fullmatch(value):
        raise value_error(message="must be letters, digits and signs without spaces")
    return value


ApiKey: TypeAlias = Annotated[NonEmptySecret, AfterValidator(_is_header_key)]
"""A secret that can stand in an HTTP header."""
HeaderValue: TypeAlias = Annotated[str, AfterValidator(_is_header)]
"""A text that can stand in an HTTP header."""
