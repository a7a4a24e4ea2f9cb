"""Text of strangers, made fit for a terminal: pure.

What a model, a tool or a person says must not move the cursor, change colours or
titles, or reorder the words around it.
"""

import re
import unicodedata
from collections.abc import Mapping

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links, clipboard
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # DCS, SOS, …
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor, erasing
    r"|\x1b[ -/]*[0-~]?"  # the rest: resets, character sets
)
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates; right-to-left text needs none of them here."""
_LONGEST_VALUE = 200
_LONGEST_REPR = 4 * _LONGEST_VALUE
"""More is not looked at: cleaning a result of megabytes would take seconds."""


def clean(text: str) -> str:
    """Return one line without control characters, its white space made single."""
    without = _ESCAPE_SEQUENCE.sub("", text)
    return " ".join("".join(map(clean_character, without)).split())


def call_text(name: str, arguments: Mapping[str, object]) -> str:
    """Return a tool call as one reads it: `move(direction='forward', meters=10)`."""
    inner = ", ".join(f"{key}={value_text(each)}" for key, each in arguments.items())
    return f"{clean(name)}({clean(inner)})"


def value_text(value: object) -> str:
    """Return a value's `repr` as one line, shortened if it is long."""
    try:
        whole = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign object's own code
        whole = f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
    text = clean(whole[:_LONGEST_REPR])
    if len(whole) <= _LONGEST_REPR:
        return shortened(text)
    return f"{text[: _LONGEST_VALUE - 1]}…"


def shortened(text: str) -> str:
    """Return a text of 200 characters at most."""
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[: _LONGEST_VALUE - 1]}…"


def clean_character(character: str) -> str:
    """Return what may stand for one character in a terminal; empty if nothing may."""
    if character in _BIDI_CONTROLS:
        return ""
    match unicodedata.category(character):
        case "Cs":  # half of a pair: no encoding can write it
            return "\ufffd"
        case "Zl" | "Zp":
            return " "
        case "Cc":
            return " " if character in "\t\n\r\v\f" else ""
        case _:
            return character
