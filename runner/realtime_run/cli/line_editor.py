"""The line that is being typed, and what keys make of it: pure."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.cli.graphemes import first_length, last_length
from realtime_run.cli.keys import Key, KeyName
from realtime_run.cli.typed import MOST_CHARACTERS

_REMEMBERED_LINES = 100


class LineEditor(Struct, frozen=True, kw_only=True):
    """The line that is being typed, its cursor, and the lines that were sent."""

    before: str = ""
    """What is left of the cursor."""
    after: str = ""
    history: tuple[str, ...] = ()
    """The newest last."""
    back: int = 0
    """How far back in the history the line was taken from; 0: it is none of it."""
    draft: str = ""
    """What was being typed before a line was taken from the history."""

    @property
    def text(self) -> str:
        """The whole line."""
        return self.before + self.after

    @property
    def cursor(self) -> int:
        """Where in the line the next character goes, in code points."""
        return len(self.before)


class Sent(Struct, frozen=True):
    """The line was finished."""

    text: str


class Ended(Struct, frozen=True):
    """The user has nothing more to write."""


Outcome: TypeAlias = Sent | Ended


def press(editor: LineEditor, key: Key) -> tuple[LineEditor, Outcome | None]:
    """Return the line after a key was pressed, and what that brings about.

    A line never holds more than `MOST_CHARACTERS`: what goes beyond is left out.
    """
    match key.name:
        case "text" | "paste":
            return _insert(editor, key.text), None
        case "enter":
            return _enter(editor)
        case "end_of_text" if not editor.text:
            return editor, Ended()
        case name:
            return _EDITS[name](editor), None


def _insert(editor: LineEditor, text: str) -> LineEditor:
    room = MOST_CHARACTERS - len(editor.text)
    clean = "".join(map(_printable, text.replace("\r\n", "\n")))[: max(0, room)]
    return replace(editor, before=editor.before + clean)


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Zl", "Zp"} or character in "\t\n\r\v\f":
        return " "  # pasted lines become one
    return "" if category == "Cc" else character


def _enter(editor: LineEditor) -> tuple[LineEditor, Outcome | None]:
    text = editor.text.strip()
    history = editor.history
    if not text:
        return LineEditor(history=history), None
    if text not in history[-1:]:
        history = (*history, text)[-_REMEMBERED_LINES:]
    return LineEditor(history=history), Sent(text)


def _left(editor: LineEditor) -> LineEditor:
    return _moved(editor, editor.cursor - last_length(editor.before))


def _right(editor: LineEditor) -> LineEditor:
    return _moved(editor, editor.cursor + first_length(editor.after))


def _word_left(editor: LineEditor) -> LineEditor:
    return _moved(editor, _word_begins(editor.before))


def _word_right(editor: LineEditor) -> LineEditor:
    rest = editor.after.lstrip()
    word = rest.split(maxsplit=1)[0] if rest else ""
    skipped = len(editor.after) - len(rest)
    return _moved(editor, editor.cursor + skipped + len(word))


def _word_begins(before: str) -> int:
    words = before.rstrip()
    return len(words) - len(words.split()[-1]) if words else 0


def _moved(editor: LineEditor, cursor: int) -> LineEditor:
    return replace(editor, before=editor.text[:cursor], after=editor.text[cursor:])


def _backspace(editor: LineEditor) -> LineEditor:
    kept = editor.cursor - last_length(editor.before)
    return replace(editor, before=editor.before[:kept])


def _delete(editor: LineEditor) -> LineEditor:
    return replace(editor, after=editor.after[first_length(editor.after) :])


def _erase_word(editor: LineEditor) -> LineEditor:
    return replace(editor, before=editor.before[: _word_begins(editor.before)])


def _up(editor: LineEditor) -> LineEditor:
    return _recalled(editor, editor.back + 1)


def _down(editor: LineEditor) -> LineEditor:
    return _recalled(editor, editor.back - 1)


def _recalled(editor: LineEditor, back: int) -> LineEditor:
    if not 0 <= back <= len(editor.history):
        return editor
    draft = editor.draft if editor.back else editor.text
    line = editor.history[-back] if back else draft
    return replace(editor, before=line, after="", back=back, draft=draft)


_EDITS: Mapping[KeyName, Callable[[LineEditor], LineEditor]] = {
    "escape": lambda editor: LineEditor(history=editor.history),
    "backspace": _backspace,
    "delete": _delete,
    "end_of_text": _delete,
    "left": _left,
    "right": _right,
    "word_left": _word_left,
    "word_right": _word_right,
    "home": lambda editor: _moved(editor, 0),
    "end": lambda editor: _moved(editor, len(editor.text)),
    "up": _up,
    "down": _down,
    "erase_before": lambda editor: replace(editor, before=""),
    "erase_after": lambda editor: replace(editor, after=""),
    "erase_word": _erase_word,
}
