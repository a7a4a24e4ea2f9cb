"""What a terminal sends for keys that are pressed and text that is pasted: pure.

The sequences are those of ECMA-48 and xterm, which the terminals of today all send.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.cli.typed import MOST_CHARACTERS

KeyName: TypeAlias = Literal[
    "text",
    "paste",
    "enter",
    "escape",
    "backspace",
    "delete",
    "left",
    "right",
    "word_left",
    "word_right",
    "home",
    "end",
    "up",
    "down",
    "erase_before",
    "erase_after",
    "erase_word",
    "end_of_text",
]
PASTE_ON = b"\x1b[?2004h"
"""Asks the terminal to mark what is pasted, so that it is not taken for typed."""
PASTE_OFF = b"\x1b[?2004l"
_PASTE_BEGINS = b"\x1b[200~"
_PASTE_ENDS = b"\x1b[201~"
_MOST_BYTES = 4 * MOST_CHARACTERS
_LONGEST_SEQUENCE = 32
"""A terminal sends none as long; what goes on is not one."""

_SEQUENCE = re.compile(
    rb"\x1b\[\[[A-E]"  # function keys of the Linux console
    rb"|\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[O][0-?]*[@-~]"
    rb"|\x1b(?:[\xc2-\xf4][\x80-\xbf]+|[^\x1b\[O\xc2-\xf4])"  # with Alt
)
_UNFINISHED = re.compile(rb"\x1b(?:[\xc2-\xf4]|\[\[?[0-?]*[ -/]*|O[0-?]*)?")
_TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")
_SEQUENCES: Mapping[bytes, KeyName] = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1b[C": "right",
    b"\x1b[D": "left",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"\x1b[1~": "home",
    b"\x1b[7~": "home",
    b"\x1b[4~": "end",
    b"\x1b[8~": "end",
    b"\x1b[3~": "delete",
    b"\x1b[1;5C": "word_right",
    b"\x1b[1;5D": "word_left",
    b"\x1b[1;3C": "word_right",
    b"\x1b[1;3D": "word_left",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1bOC": "right",
    b"\x1bOD": "left",
    b"\x1bOH": "home",
    b"\x1bOF": "end",
    b"\x1bOM": "enter",
    b"\x1bb": "word_left",
    b"\x1bf": "word_right",
    b"\x1b\x7f": "erase_word",
    b"\x1b\x08": "erase_word",
}
_CONTROLS: Mapping[int, KeyName] = {
    0x01: "home",
    0x02: "left",
    0x04: "end_of_text",
    0x05: "end",
    0x06: "right",
    0x08: "backspace",
    0x0A: "enter",
    0x0B: "erase_after",
    0x0D: "enter",
    0x0E: "down",
    0x10: "up",
    0x15: "erase_before",
    0x17: "erase_word",
    0x7F: "backspace",
}


class Key(Struct, frozen=True, kw_only=True):
    """A key that was pressed, or text that was typed or pasted in one piece."""

    name: KeyName
    text: str = ""
    """Of `text` and `paste`."""


class Received(Struct, frozen=True, kw_only=True):
    """What has come from the terminal and is not a whole key yet."""

    rest: bytes = b""
    pasted: bytes | None = None
    """What was pasted so far, while the end of it has not come."""

    @property
    def may_be_escape(self) -> bool:
        """True if it is the key Escape, unless more follows at once."""
        return self.pasted is None and self.rest.startswith(b"\x1b")


Decoded: TypeAlias = tuple[Received, tuple[Key, ...]]


def decode(received: Received, arrived: bytes) -> Decoded:
    """Return the keys that are whole now that more bytes have arrived."""
    keys: list[Key] = []
    rest, pasted = received.rest + arrived, received.pasted
    while rest:
        if pasted is None:
            length, key = _next(rest)
            if length == 0:
                break
            if rest.startswith(_PASTE_BEGINS):
                pasted = b""
            elif key is not None:
                keys.append(key)
            rest = rest[length:]
            continue
        more, end, after = rest.partition(_PASTE_ENDS)
        if end:
            whole = (pasted + more)[:_MOST_BYTES].decode("utf-8", "replace")
            keys.append(Key(name="paste", text=whole))
            rest, pasted = after, None
        else:
            kept = _begun(rest, _PASTE_ENDS)
            pasted = (pasted + rest[: len(rest) - kept])[:_MOST_BYTES]
            rest = rest[len(rest) - kept :]
            break
    return Received(rest=rest, pasted=pasted), tuple(keys)


def expire(received: Received) -> Decoded:
    """Return the keys after nothing has followed for a moment."""
    if not received.may_be_escape:
        return received, ()
    after, keys = decode(Received(), received.rest[1:])
    return after, (Key(name="escape"), *keys)


def _next(data: bytes) -> tuple[int, Key | None]:
    """Return the next key's length, 0 if it is not whole, and the key, if it is one."""
    if data[0] == 0x1B:  # noqa: PLR2004 - Escape
        return _next_sequence(data)
    if text := _TEXT.match(data):
        return _next_text(text.group(), ends=text.end() < len(data))
    name = _CONTROLS.get(data[0])
    return 1, Key(name=name) if name else None


def _next_sequence(data: bytes) -> tuple[int, Key | None]:
    if data.startswith(b"\x1b\x1b"):
        return 1, Key(name="escape")
    if found := _SEQUENCE.match(data):
        name = _SEQUENCES.get(found.group())
        return found.end(), Key(name=name) if name else None
    if _UNFINISHED.fullmatch(data) and len(data) < _LONGEST_SEQUENCE:
        return 0, None
    return 1, None


def _next_text(data: bytes, *, ends: bool) -> tuple[int, Key | None]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data, final=ends)
    held, _ = decoder.getstate()
    if not text:
        return 0, None
    return len(data) - len(held), Key(name="text", text=text)


def _begun(data: bytes, marker: bytes) -> int:
    """Return how many bytes at the end of `data` may be the beginning of `marker`."""
    longest = min(len(data), len(marker) - 1)
    return next((n for n in range(longest, 0, -1) if marker.startswith(data[-n:])), 0)
