"""Says in words what a field of a settings model may hold."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo

from realtime_run.spec.model import Use
from realtime_run.spec.values import written_duration

DURATION = "a duration"
_UNKNOWN = "a value"
_BY_TYPE = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "object": "a mapping",
}
_BY_FORMAT = {"path": "a path", "file-path": "a path", "password": "a secret text"}
_BOUNDS = (
    ("ge", "from {}"),
    ("gt", "above {}"),
    ("le", "up to {}"),
    ("lt", "below {}"),
)


def type_words(model: type[BaseModel], name: str) -> str:
    """Return what a field may hold: `a duration, from 0s, up to 5s`.

    Args:
        model: Whose field it is.
        name: What the field is called in Python.
    """
    field = model.model_fields[name]
    if field.annotation is Use:
        return "a plugin's name, or a mapping with 'use'"
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return _UNKNOWN  # a type of the plugin's own
    named: Mapping[str, Any] = schema.get("$defs", {})
    own = _properties(schema, named).get(field.alias or name, {})
    words = _words(own, named)
    return ", ".join([words, *_bounds(field, is_duration=DURATION in words)])


def _properties(
    schema: Mapping[str, Any], named: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the fields of a model, also of one that may be written otherwise."""
    if "$ref" in schema:
        return _properties(_target(schema, named), named)
    members: list[Mapping[str, Any]] = schema.get("anyOf", [schema])
    found: Mapping[str, Any] = {}
    for member in members:
        found = member.get("properties", found)
    return found


def _target(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = named[schema["$ref"].rpartition("/")[2]]
    return found


def _words(schema: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _words(_target(schema, named), named)
    if words := schema.get("enum") or [schema[key] for key in schema if key == "const"]:
        return _either([str(word) for word in words])
    if members := schema.get("anyOf") or schema.get("oneOf"):
        parts = [_words(member, named) for member in members]
        return _either(list(dict.fromkeys(parts)))
    if schema.get("type") == "array":
        entries = _words(schema.get("items", {}), named)
        return f"a list of {entries.removeprefix('a ')}"
    return _simple(schema)


def _simple(schema: Mapping[str, Any]) -> str:
    if "ms|s|min|h" in schema.get("pattern", ""):
        return DURATION
    by_type = _BY_TYPE.get(str(schema.get("type")), _UNKNOWN)
    return _BY_FORMAT.get(schema.get("format", ""), by_type)


def _either(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _bounds(field: FieldInfo, *, is_duration: bool) -> list[str]:
    found: list[str] = []
    for kind, words in _BOUNDS:
        for bound in field.metadata:
            limit = getattr(bound, kind, None)
            if isinstance(limit, int | float):
                shown = written_duration(limit) if is_duration else f"{limit:g}"
                found.append(words.format(shown))
    return found
