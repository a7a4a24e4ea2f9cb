"""Events as JSON: every field, audio as its length only, and nothing that can fail.

Secrets are not looked for: what the session hands out is masked already.
"""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TypeAlias, cast

from msgspec import Struct

from realtime_run.core.events import EVENT_TYPES, RealtimeEvent, UserTypingEvent
from realtime_run.core.pcm import Pcm

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

WRITTEN_EVENTS = frozenset(EVENT_TYPES) - {UserTypingEvent.type}
"""Those that are written down: what was typed and not sent is nobody's business."""
_DEEPEST = 20
_LONGEST_REPR = 500


def event_json(event: RealtimeEvent) -> dict[str, Json]:
    """Return an event's `type` and all its fields."""
    return {"type": event.type, **_members(event, event.__struct_fields__, 0)}


def to_json(value: object) -> Json:
    """Return anything as what JSON can hold.

    Times become ISO 8601, audio `{"ms", "rate", "bytes"}`, bytes `{"bytes"}`; what JSON
    has no form for becomes its `repr`, as do numbers that are not finite.
    """
    return _json(value, 0)


def _json(value: object, depth: int) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return _scalar(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Pcm):
        length = round(value.duration_ms, 3)
        return {"ms": length, "rate": value.rate_hz, "bytes": len(value.data)}
    if isinstance(value, bytes | bytearray):
        return {"bytes": len(value)}
    if depth >= _DEEPEST:
        return "…"
    return _nested(value, depth + 1)


def _scalar(value: bool | float | str | None) -> Json:  # noqa: FBT001 - a JSON value
    # Subclasses, such as enumerations of strings, are written as what they are.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(value)
    return value if value is None or isinstance(value, bool) else int(value)


def _nested(value: object, depth: int) -> Json:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {_key(key): _json(each, depth) for key, each in pairs}
    if isinstance(value, Sequence | Set):
        return [_json(each, depth) for each in cast("Iterable[object]", value)]
    if isinstance(value, Struct):
        return _members(value, value.__struct_fields__, depth)
    if is_dataclass(value) and not isinstance(value, type):
        return _members(value, [field.name for field in fields(value)], depth)
    return _repr(value)


def _members(value: object, names: Iterable[str], depth: int) -> dict[str, Json]:
    return {name: _json(getattr(value, name), depth) for name in names}


def _key(key: object) -> str:
    return key if isinstance(key, str) else _repr(key)


def _repr(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign object's own code
        text = f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
    return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 1]}…"
