"""Reads the server's JSON, which is that of protocol buffers.

There names in camelCase and in snake_case mean the same, bytes are in either alphabet
of base64, durations are texts such as "9.5s", and what is missing has its default.
"""

import math
from binascii import a2b_base64
from functools import lru_cache
from typing import cast

from realtime_run.wire.messages import Message, parse

_DEEPEST = 8
"""How far down the names of the protocol stand; below are only grounding and the like.
"""
_AS_WRITTEN = frozenset({"args", "response"})
"""Members whose names are not the protocol's: a function's arguments."""
_LONGEST_S = 1e9


def read(text: str | bytes) -> Message:
    """Return a message with its names in camelCase.

    Raises:
        ValueError: If it is no JSON object in UTF-8.
    """
    return cast("Message", _camel(parse(text), _DEEPEST))


def seconds_of(message: Message, key: str) -> float | None:
    """Return a duration in seconds; None if there is none."""
    value = message.get(key)
    if isinstance(value, str):
        try:
            value = float(value.strip().removesuffix("s"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _LONGEST_S else None  # NaN is not less


def milliseconds_of(message: Message, key: str) -> int | None:
    """Return a duration in milliseconds, rounded down; None if there is none."""
    seconds = seconds_of(message, key)
    return None if seconds is None else math.floor(seconds * 1000)


def flag_of(message: Message, key: str) -> bool:
    """Return whether something is so; False if it is not said."""
    return message.get(key) is True


def bytes_of(base64: str) -> bytes:
    """Return the bytes in base64, of the standard or the URL-safe alphabet.

    Raises:
        ValueError: If it is neither.
    """
    if "-" in base64 or "_" in base64:
        base64 = base64.replace("-", "+").replace("_", "/")
    return a2b_base64(base64 + "=" * (-len(base64) % 4), strict_mode=True)


def rate_of(mime_type: str) -> int | None:
    """Return the sample rate in a type such as "audio/pcm;rate=24000".

    None if it says none, or none that sound could have.
    """
    for parameter in mime_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "rate" and value.strip().isdecimal():
            rate_hz = int(value) if len(value) < 8 else 0  # noqa: PLR2004 - Hz
            return rate_hz if 8_000 <= rate_hz <= 192_000 else None  # noqa: PLR2004
    return None


def _camel(value: object, depth: int) -> object:
    if depth == 0:
        return value
    if isinstance(value, list):
        return [_camel(item, depth) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    named: dict[str, object] = {}
    for name, member in members.items():
        key = _name(name) if "_" in name else name
        # Where both spellings are there, that of the documentation counts.
        if key != name and key in members:
            continue
        named[key] = member if key in _AS_WRITTEN else _camel(member, depth - 1)
    return named


@lru_cache(maxsize=512)
def _name(snake: str) -> str:
    first, *others = snake.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)
