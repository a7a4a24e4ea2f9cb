"""Reads the server's JSON without trusting any of it.

A field that is missing or of another type reads as empty: what a server leaves out must
never end the conversation.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Message: TypeAlias = Mapping[str, object]
"""One JSON object of the server, its event name in `type`."""

_NOTHING: Message = {}
_LARGEST = 2**53
"""Beyond it numbers are not exact in JSON, and would overflow in arithmetic."""


def parse(text: str | bytes) -> Message:
    """Return the object in a message.

    Raises:
        ValueError: If it is no JSON object in UTF-8.
    """
    try:
        value: object = json.loads(text)
    except RecursionError:
        message = "nested too deeply"
        raise ValueError(message) from None
    if not isinstance(value, dict):
        message = "not a JSON object"
        raise ValueError(message)  # noqa: TRY004 - the server's mistake, not the caller's
    return cast("Message", value)


def text_of(message: Message, key: str) -> str:
    """Return a text, empty if there is none."""
    value = message.get(key)
    return value if isinstance(value, str) else ""


def int_of(message: Message, key: str) -> int | None:
    """Return a whole number, rounded down; None if there is none of a sane size."""
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return math.floor(value) if -_LARGEST < value < _LARGEST else None


def object_of(message: Message, key: str) -> Message:
    """Return an object, empty if there is none."""
    value = message.get(key)
    return cast("Message", value) if isinstance(value, dict) else _NOTHING


def objects_of(message: Message, key: str) -> Sequence[Message]:
    """Return the objects of a list, leaving out what is none."""
    value = message.get(key)
    if not isinstance(value, list):
        return ()
    items = cast("list[object]", value)
    return tuple(cast("Message", item) for item in items if isinstance(item, dict))
