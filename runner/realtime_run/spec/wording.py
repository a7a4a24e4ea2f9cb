"""What pydantic found wrong, in words for the one who wrote the spec."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_EXPECTED = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "empty",
    "path_type": "a path",
}
_SAYINGS = {
    "greater_than": "must be greater than {gt}, not {got}",
    "greater_than_equal": "must be at least {ge}, not {got}",
    "less_than": "must be less than {lt}, not {got}",
    "less_than_equal": "must be at most {le}, not {got}",
    "multiple_of": "must be a multiple of {multiple_of}, not {got}",
    "finite_number": "must be a finite number, not {got}",
    "string_pattern_mismatch": "must match {pattern}, which {got} does not",
    "string_unicode": "must be text of Unicode characters",
    "union_tag_not_found": "required key {discriminator} is missing",
    "union_tag_invalid": "{discriminator} must be one of: {expected_tags}",
}
_LENGTHS = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "entry"),
    "too_long": ("at most", "max_length", "entry"),
}
_TRUE = frozenset({"yes", "on", "y", "true", "True", "1"})
_FALSE = frozenset({"no", "off", "n", "false", "False", "0"})
_NUMBERS = {
    "a whole number": re.compile(r"[-+]?[0-9]{1,20}"),
    "a number": re.compile(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?"),
}
_INPUT = re.compile(r"^(?:Value error, |Assertion failed, |Input should )")


@dataclass(frozen=True, slots=True)
class Finding:
    """One error, worded as far as it can be without knowing the others at its place."""

    expected: str | None
    """What the type would be, if the type is what is wrong."""
    message: str = ""
    hint: str | None = None


def word(error: Mapping[str, Any], got: str, legal: Sequence[object]) -> Finding:
    """Return the words for an error.

    Args:
        error: As `ValidationError.errors()` gives it.
        got: What is there instead, in words that quote no secret.
        legal: The words that the place may hold, if they are listed.
    """
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind in {"literal_error", "enum"}:
        return Finding(" or ".join(map(str, legal)))
    if kind in _EXPECTED:
        return Finding(_EXPECTED[kind])
    return Finding(None, _message(error, kind, context, got), context.get("hint"))


def _message(
    error: Mapping[str, Any], kind: str, context: Mapping[str, Any], got: str
) -> str:
    if kind in _SAYINGS:
        short = got.removeprefix("the number ")
        # A number that was written as a text was written as a duration.
        written = got.startswith("the text ")
        shown = {
            name: _limit(value, as_duration=written) for name, value in context.items()
        }
        short = short.removeprefix("the text ").strip("'") if written else short
        return _SAYINGS[kind].format_map({**shown, "got": short})
    if kind in _LENGTHS:
        return _length(kind, context)
    if kind == "spec_value":
        return str(error["msg"])
    if "error" in context:
        return str(context["error"]) or "is not valid"
    message = _INPUT.sub("must ", error["msg"], count=1)
    return message[:1].lower() + message[1:]


def _limit(value: object, *, as_duration: bool) -> object:
    if not isinstance(value, int | float):
        return value
    if not as_duration:
        return f"{value:g}"
    return f"{value:g}s" if value >= 1 else f"{value * 1000:g}ms"


def retype_hint(value: object, expected: str, written: str) -> str | None:
    """Return how to write a value so that it has the type expected, if it nearly has.

    Args:
        value: What was read.
        expected: What should have been.
        written: The text of the scalar.
    """
    hint = None
    if expected == "text" and isinstance(value, bool | int | float):
        hint = f'put it in quotes: "{written}"'
    elif isinstance(value, str) and value:
        if expected == "true or false" and value in _TRUE | _FALSE:
            hint = f"write {'true' if value in _TRUE else 'false'}"
        elif expected in _NUMBERS and _NUMBERS[expected].fullmatch(value):
            hint = f"write it without quotes: {written}"
        elif expected == "a list":
            hint = "write a list: [a, b], or one entry a line after '-'"
    return hint


def _length(kind: str, context: Mapping[str, Any]) -> str:
    bound, key, unit = _LENGTHS[kind]
    number = context[key]
    if (kind, number) == ("string_too_short", 1):
        return "must not be empty"
    many = {"character": "characters", "entry": "entries"}[unit]
    return f"must have {bound} {number} {unit if number == 1 else many}"
