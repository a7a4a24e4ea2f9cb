"""Arguments that fit a tool's JSON schema, for a model that has no mind."""

from typing import Any, cast

_DEPTH = 8
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")


def sample_arguments(schema: object) -> dict[str, object]:
    """Return arguments with a plausible value for each required property."""
    found = sample(schema)
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def sample(schema: object, depth: int = 0, name: str = "") -> object:
    """Return a value that fits a JSON schema, as far as it is understood.

    The first of `enum`, 1 for a number, the description for a text; of an object's
    properties only the required ones, and nothing deeper than eight levels.
    """
    if not isinstance(schema, dict) or depth > _DEPTH:
        return name or "x"
    known = cast("dict[str, Any]", schema)
    for key in ("const", "default"):
        if key in known:
            return known[key]
    for key in ("enum", "examples"):
        if isinstance(known.get(key), list) and known[key]:
            return known[key][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if isinstance(known.get(key), list) and known[key]:
            return sample(known[key][0], depth + 1, name)
    return _of_type(known, depth, name)


def _of_type(schema: dict[str, Any], depth: int, name: str) -> object:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = cast("list[object]", kind)[0] if kind else "string"
    match kind:
        case "object":
            return _object(schema, depth)
        case "array":
            count = schema.get("minItems", 0)
            entry = sample(schema.get("items"), depth + 1, name)
            return [entry] * min(count, 16) if isinstance(count, int) else []
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            description = schema.get("description")
            text = description if isinstance(description, str) and description else name
            return _of_length(text or "x", schema)


def _object(schema: dict[str, Any], depth: int) -> dict[str, object]:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return {}
    known = cast("dict[str, object]", properties)
    return {
        key: sample(known.get(key), depth + 1, key)
        for key in cast("list[object]", required)
        if isinstance(key, str)
    }


def _number(schema: dict[str, Any]) -> float:
    bounds = {
        key: schema[key]
        for key in _BOUNDS
        if isinstance(schema.get(key), int | float) and schema[key] is not True
    }
    step = bounds.get("multipleOf", 1)
    value: float = step
    if "minimum" in bounds:
        value = max(value, bounds["minimum"])
    if "exclusiveMinimum" in bounds and value <= bounds["exclusiveMinimum"]:
        value = bounds["exclusiveMinimum"] + step
    if "maximum" in bounds:
        value = min(value, bounds["maximum"])
    if "exclusiveMaximum" in bounds and value >= bounds["exclusiveMaximum"]:
        value = bounds["exclusiveMaximum"] - step
    return value


def _of_length(text: str, schema: dict[str, Any]) -> str:
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    if isinstance(longest, int):
        text = text[: max(0, longest)]
    if isinstance(shortest, int):
        text = text.ljust(min(shortest, 1000), "x")
    return text
