"""The types that fields of a spec are made of, in our own sections and in plugins'."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    WithJsonSchema,
)

Secret: TypeAlias = SecretStr
"""A string that is shown as `**********` everywhere; `get_secret_value()` gives it."""


class Settings(BaseModel):
    """A section of the spec in which a misspelt key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True
    )


class LocatedStr(str):
    """A string of the spec that knows the folder that relative paths in it start from."""

    __slots__ = ("folder",)
    folder: Path

    def __new__(cls, text: str, folder: Path) -> "LocatedStr":
        """Return `text`, found in a file of `folder`."""
        located = super().__new__(cls, text)
        located.folder = folder
        return located


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            message = "a duration is written like 250ms, 1.5s, 2min or 1h"
            raise ValueError(message)
        return round(float(match[1]) * _SECONDS[match[2]], 9)
    if isinstance(value, bool | int | float):
        message = f"a duration needs a unit: {value}ms or {value}s?"
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def _written(seconds: float) -> str:
    milliseconds = round(seconds * 1000, 6)
    return f"{seconds:g}s" if seconds >= 1 else f"{milliseconds:g}ms"


class _Seconds(float):
    """Marks a default that is seconds already."""


def seconds(value: float) -> float:
    """Return a default for a `Duration` field, in seconds."""
    return _Seconds(value)


def _from_default(value: object) -> object:
    return float(value) if isinstance(value, _Seconds) else _seconds(value)


Duration: TypeAlias = Annotated[
    float,
    BeforeValidator(_from_default),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|min|h)$"}),
]
"""Seconds, written `250ms`, `1.5s`, `2min` or `1h` in the spec."""


def _path(value: object) -> object:
    if isinstance(value, LocatedStr):
        return value.folder / Path(value).expanduser()
    if isinstance(value, str):
        return Path(value).expanduser()
    return value


SpecPath: TypeAlias = Annotated[
    Path,
    BeforeValidator(_path),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "path"}),
]
"""A path, relative to the folder of the file that names it (`--set`: to the working
directory)."""


def _not_empty(value: Any) -> Any:
    if isinstance(value, SecretStr) and not value.get_secret_value():
        message = "is empty"
        raise ValueError(message)
    return value


NonEmptySecret: TypeAlias = Annotated[Secret, AfterValidator(_not_empty)]


def env(name: str) -> Any:
    """Return a field whose default is the environment variable `name`.

    Without that variable the field is required, and the error names it. For `Secret`
    fields: what comes from the environment is masked everywhere.
    """

    def read() -> SecretStr | None:
        value = os.environ.get(name)
        return SecretStr(value) if value else None

    return Field(default_factory=read, json_schema_extra={"env": name})
