"""The types that fields of a spec are made of, in our own sections and in plugins'."""

import errno
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, LiteralString, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from realtime_run.spec.files import missing_hint
from realtime_run.spec.plain import is_mapping
from realtime_run.spec.scalars import resolve, show

Secret: TypeAlias = SecretStr
"""A string that is shown as `**********` everywhere; `get_secret_value()` gives it."""


def value_error(
    *, message: LiteralString, hint: str | None = None, **words: str
) -> PydanticCustomError:
    """Return an error of a field's value, which is shown as it is worded here.

    Args:
        message: What is wrong; `{got}` stands for the word of that name. What the user
            wrote goes into the words, since it may contain braces.
        hint: What to do about it.
        words: What the message names.
    """
    return PydanticCustomError("spec_value", message, {"hint": hint, **words})


def _let_lists_fill_tuples(schema: Any) -> None:
    waiting: list[Any] = [schema]
    while waiting:
        part: Any = waiting.pop()
        if is_mapping(part):
            kind = part.get("type")  # a mapping, where a field is called `type`
            if isinstance(kind, str) and kind in {"tuple", "set", "frozenset"}:
                part["strict"] = False
            waiting.extend(part.values())
        elif type(part) in {list, tuple}:
            waiting.extend(part)


class Settings(BaseModel):
    """A section of the spec in which a misspelt key is an error.

    Values are strict: `"1"` is no number and `1` no text. A list of the spec fills a
    `tuple` field.
    """

    foreign_keys: ClassVar[Mapping[str, str]] = {}
    """Keys that people write here and that belong elsewhere, or to nothing, each with
    what to do instead. They are unknown like any other."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let lists fill tuples, which strict models refuse."""
        schema = handler(source)
        _let_lists_fill_tuples(schema)
        return schema

    @model_validator(mode="before")
    @classmethod
    def _fill_from_environment(cls, given: object, info: ValidationInfo) -> object:
        """Fill in fields made with `env`, from the environment of the load."""
        context: Any = info.context
        if not context or not is_mapping(given):
            return given
        return {**_from_environment(cls, context["environ"], given), **given}


def env(name: str) -> Any:
    """Return a field whose default is the environment variable `name`.

    The variable is looked up in the `environ` that `load` is given. Without it, or if
    it is empty, the field is required, and the error names the variable. For `Secret`
    and `str` fields it is taken as it is, for others read as a scalar of YAML.
    """
    return Field(json_schema_extra={"env": name})


def env_name(field: FieldInfo) -> str | None:
    """Return the environment variable that is a field's default, if one is."""
    extra: Any = field.json_schema_extra
    name = extra.get("env") if is_mapping(extra) else None
    return name if isinstance(name, str) else None


def _from_environment(
    model: type[BaseModel], environ: Mapping[str, str], given: Mapping[str, object]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, field in model.model_fields.items():
        variable = env_name(field)
        if variable is None or key in given or field.alias in given:
            continue
        if text := environ.get(variable):
            is_text = _takes_text(field.annotation)
            found[field.alias or key] = text if is_text else resolve(text)
    return found


def _takes_text(annotation: object) -> bool:
    members = getattr(annotation, "__args__", ()) or (annotation,)
    return any(member in {str, SecretStr, Path} for member in members)


class LocatedStr(str):
    """A string of the spec that knows the folder that relative paths start from."""

    __slots__ = ("folder",)
    folder: Path

    def __new__(cls, text: str, folder: Path) -> Self:
        """Return `text`, found in a file of `folder`."""
        located = super().__new__(cls, text)
        located.folder = folder
        return located


_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)[ ]?(ms|s|min|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_FORMS = "durations are written like 250ms, 1.5s, 2min or 1h"


class _Seconds(float):
    """Marks a default that is seconds already."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Show the default in a JSON schema as it is written in a spec."""
        written = core_schema.plain_serializer_function_ser_schema(written_duration)
        return core_schema.float_schema(serialization=written)


def seconds(value: float) -> float:
    """Return a default for a `Duration` field, in seconds."""
    return _Seconds(value)


def _duration(value: object) -> object:
    if isinstance(value, _Seconds):
        return float(value)
    if isinstance(value, str):
        match = _DURATION.fullmatch(value)
        if match is not None:
            return round(float(match[1]) * _SECONDS[match[2]], 9)
    hint = _FORMS
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    ):
        hint = f"add a unit: {value}ms or {value}s?"
    raise value_error(
        message="must be a duration, not {got}", hint=hint, got=show(value)
    )


def written_duration(duration: float) -> str:
    """Return seconds as a spec writes them: `250ms`, `1.5s`."""
    if 0 < duration < 1:
        return f"{round(duration * 1000, 6):.12g}ms"
    return f"{duration:.12g}s"


def milliseconds(duration: float | None) -> int | None:
    """Return seconds as whole milliseconds; what is more than nothing stays so."""
    if duration is None:
        return None
    return max(1, round(duration * 1000)) if duration > 0 else 0


Duration: TypeAlias = Annotated[
    float,
    BeforeValidator(_duration),
    PlainSerializer(written_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)? ?(ms|s|min|h)$"}),
]
"""Seconds, written `250ms`, `1.5s`, `2min` or `1h` in the spec."""


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value or "\0" in value:
        raise value_error(message="must be a path, not {got}", got=show(value))
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise value_error(
            message="{got}: there is no such user", got=f"'{value}'"
        ) from None
    return value.folder / path if isinstance(value, LocatedStr) else path


_PathSchema = WithJsonSchema({"type": "string", "format": "path"})

SpecPath: TypeAlias = Annotated[
    Path,
    BeforeValidator(_path),
    PlainSerializer(str, return_type=str),
    _PathSchema,
]
"""A path, relative to the folder of the file that names it (`--set`: to the working
directory)."""


def _existing(value: object) -> object:
    path = _path(value)
    if not isinstance(path, Path):
        return path
    shown = f"'{value}'"
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
        missing = not is_file and not is_folder and not path.exists()
    except OSError as error:
        why = os.strerror(error.errno or errno.EIO).lower()
        raise value_error(
            message="{got} cannot be read: {why}", got=shown, why=why
        ) from None
    if missing:
        raise value_error(
            message="no such file: {got}", hint=missing_hint(path), got=shown
        )
    if not is_file:
        what = "a directory" if is_folder else "no regular file"
        raise value_error(message="{got} is {what}", got=shown, what=what)
    if not os.access(path, os.R_OK):
        raise value_error(message="{got} cannot be read: permission denied", got=shown)
    return path


ExistingFile: TypeAlias = Annotated[
    Path,
    BeforeValidator(_existing),
    PlainSerializer(str, return_type=str),
    _PathSchema,
]
"""A `SpecPath` of a regular file that exists and can be read."""


def _not_empty(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise value_error(message="must not be empty")
    return value


NonEmptySecret: TypeAlias = Annotated[Secret, AfterValidator(_not_empty)]
"""A `Secret` that has at least one character."""
