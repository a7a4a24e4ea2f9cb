"""What a plain scalar means: the core schema of YAML 1.2 (chapter 10.3).

Readers of YAML 1.1 see other things in the same text: `no` is false to them, `1:30` is
90, `010` is 8. `difference` tells of such a text.
"""

import math
import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (
        re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
        float,
    ),
    (re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+"), partial(int, base=0)),
)
_BEGINS_NUMBERS = frozenset("+-.0123456789")
_LONGEST = 64
"""No number that means something in a spec has more characters."""

_YAML_11_TRUE = frozenset({"yes", "on", "y"})
_YAML_11_FALSE = frozenset({"no", "off", "n"})
_YAML_11 = (
    (re.compile(r"[-+]?0[0-7_]+"), "an octal number"),
    (re.compile(r"[-+]?0b[01_]+"), "a binary number"),
    (re.compile(r"[-+]?0o[0-7]+"), "a text"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "a number"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+][0-9]+)?"), "a number"),
    (re.compile(r"[-+]?[0-9][0-9.]*[eE][-+]?[0-9]+"), "a text"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t][-+:.0-9 \tZ]*)?"), "a date"),
)


def resolve(text: str) -> Scalar:
    """Return what a plain scalar means.

    Raises:
        ValueError: If it is a number of more than 64 characters.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _BEGINS_NUMBERS or text[1:2] == "/":
        return text  # most scalars are words or paths: no pattern is needed to tell
    if not text[-1].isalnum() and text[-1] != ".":
        return text
    read = next((read for form, read in _NUMBERS if form.fullmatch(text)), None)
    if read is None:
        return text
    if len(text) > _LONGEST:
        message = f"a number of {len(text)} characters is too long"
        raise ValueError(message)
    return read(text)


def difference(text: str) -> str | None:
    """Return what a YAML 1.1 reader takes a plain scalar for, if not for the same."""
    if not text or len(text) > _LONGEST:
        return None
    word = text.lower()
    if word in _YAML_11_TRUE:
        return "true"
    if word in _YAML_11_FALSE:
        return "false"
    if not (text[0].isdigit() or text[0] in "+-"):
        return None
    meaning = next((kind for form, kind in _YAML_11 if form.fullmatch(text)), None)
    same = meaning == "a number" and "_" not in text and ":" not in text
    return None if same else meaning


def show(value: object) -> str:
    """Return a value in words for a message: `the text 'x'`, `the number 3`."""
    match value:
        case None | "":
            return "empty" if value is None else "an empty text"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {clip(str(value))}"
        case str():
            return f"the text '{clip(value)}'"
        case _:
            kind = type(value).__name__
            return {"dict": "a mapping", "list": "a list"}.get(kind, f"a {kind}")


def clip(text: str) -> str:
    """Return a text on one line, and not too long for a message."""
    flat = text.replace("\n", "\\n")
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 3]}..."
