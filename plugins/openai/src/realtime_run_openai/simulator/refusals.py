"""What the service says to a request that it does not accept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

_CODES = {
    "extra_forbidden": "unknown_parameter",
    "missing": "missing_required_parameter",
    "union_tag_not_found": "missing_required_parameter",
    "string_type": "invalid_type",
    "int_type": "invalid_type",
    "float_type": "invalid_type",
    "bool_type": "invalid_type",
    "list_type": "invalid_type",
    "dict_type": "invalid_type",
    "model_type": "invalid_type",
    "model_attributes_type": "invalid_type",
}
_BOUND_CODES = {
    "greater_than_equal": "below_min_value",
    "less_than_equal": "above_max_value",
    "too_short": "array_below_min_length",
    "too_long": "array_above_max_length",
    "string_too_long": "string_above_max_length",
    "string_too_short": "string_below_min_length",
}
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The content of an `error` event."""

    code: str
    message: str
    param: str | None = None
    kind: str = "invalid_request_error"


def refusal_of(error: ValidationError, given: object, prefix: str = "") -> Refusal:
    """Return what the service would say; it names the first mistake only.

    Args:
        error: What is wrong with `given`.
        given: What the client sent.
        prefix: Where `given` stands in the client's event, such as `session`.
    """
    found = _foremost(error)
    param = _param(found["loc"], given, prefix, keep_last=_names_a_field(found["type"]))
    kind = found["type"]
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        param = f"{param}.{found['ctx']['discriminator'].strip(chr(39))}"
    code = _code(kind, found["input"])
    return Refusal(code=code, message=_message(code, param, found), param=param)


def _foremost(error: ValidationError) -> Any:
    """Return the mistake to name: a wrong `type`, then an unknown parameter."""
    found = error.errors(include_url=False)

    def rank(one: Any) -> int:
        if one["type"] == "literal_error" and one["loc"][-1:] == ("type",):
            return 0
        return 1 if one["type"] == "extra_forbidden" else 2

    return min(found, key=rank)


def _names_a_field(kind: str) -> bool:
    return kind == "missing"


def _code(kind: str, value: object) -> str:
    if kind in {"greater_than_equal", "less_than_equal"}:
        number = "integer" if isinstance(value, int) else "decimal"
        return f"{number}_{_BOUND_CODES[kind]}"
    return _BOUND_CODES.get(kind) or _CODES.get(kind, "invalid_value")


def _message(code: str, param: str, found: Any) -> str:
    shown = repr(found["input"])[:_SHOWN]
    match code:
        case "unknown_parameter":
            return f"Unknown parameter: '{param}'."
        case "missing_required_parameter":
            return f"Missing required parameter: '{param}'."
        case "invalid_type":
            return f"Invalid type for '{param}': {found['msg']}."
        case "invalid_value":
            return f"Invalid value: {shown}. {found['msg']}."
        case _:
            return f"Invalid '{param}': {found['msg']}, but got {shown} instead."


def _param(
    location: Sequence[str | int], given: object, prefix: str, *, keep_last: bool
) -> str:
    """Return a path of the client's event; the labels of unions lead nowhere."""
    path = prefix
    value: Any = given
    for index, step in enumerate(location):
        is_last = index == len(location) - 1
        if isinstance(step, int):
            path += f"[{step}]"
            entries = cast("Sequence[Any]", value) if isinstance(value, list) else ()
            value = entries[step] if step < len(entries) else None
        elif isinstance(value, Mapping) and step in value:
            path += f".{step}" if path else step
            value = cast("Mapping[str, Any]", value)[step]
        elif is_last and keep_last:
            path += f".{step}" if path else step
    return path
