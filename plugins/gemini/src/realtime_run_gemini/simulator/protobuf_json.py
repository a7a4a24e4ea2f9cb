"""JSON as Google's servers read it: protobuf's mapping, and what they say of mistakes.

Keys are camelCase or snake_case, bytes are base64 of either alphabet with or without
padding, numbers may be texts, null is absent (protobuf.dev, "ProtoJSON Format").
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

_URL_SAFE = str.maketrans("-_", "+/")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SHOWN = 40
_TYPES = {
    "int_type": "TYPE_INT32",
    "float_type": "TYPE_FLOAT",
    "bool_type": "TYPE_BOOL",
    "string_type": "TYPE_STRING",
    "bytes_type": "TYPE_BYTES",
    "literal_error": "TYPE_ENUM",
}


class Shape(BaseModel):
    """A protobuf message, in which an unknown field is an error."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        known = cast("Mapping[str, object]", given)
        return {key: value for key, value in known.items() if value is not None}


def _bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return value


def _integer(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    return value


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Bytes: TypeAlias = Annotated[bytes, BeforeValidator(_bytes)]
Int: TypeAlias = Annotated[int, BeforeValidator(_integer)]
Float: TypeAlias = Annotated[float, BeforeValidator(_number)]
Message: TypeAlias = dict[str, Any]
"""A message whose fields are not looked at."""


def read_object(text: str | bytes) -> dict[str, Any] | None:
    """Return a JSON object; None: it is none."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def snake(name: str) -> str:
    """Return a field's name as protobuf writes it."""
    return _CAPITAL.sub("_", name).lower()


def explained(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return what the server says of the first mistake, unknown names first.

    Args:
        errors: As pydantic lists them.
    """
    found = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    location: Sequence[str | int] = found["loc"]
    if found["type"] == "extra_forbidden":
        parent = _path(location[:-1])
        at = f" at '{parent}'" if parent else ""
        return (
            f'Invalid JSON payload received. Unknown name "{location[-1]}"{at}:'
            " Cannot find field."
        )
    kind = _TYPES.get(found["type"])
    if kind is None:
        return f"Invalid value at '{_path(location)}': {found['msg']}"
    shown = json.dumps(found["input"], default=str)[:_SHOWN]
    return f"Invalid value at '{_path(location)}' ({kind}), {shown}"


def _path(location: Sequence[str | int]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{snake(step)}" if path else snake(step)
    return path
