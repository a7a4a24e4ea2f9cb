"""The row in which a line is typed, cut to the width of a terminal: pure."""

from dataclasses import dataclass

from realtime_run.builtin.console_text import clean_character

PROMPT = "> "
TALKING = "(talking) > "
"""In place of the prompt while the user holds the floor."""
_CUT = "…"
_PART_BEHIND = 4
"""A fourth of the row is kept for what stands behind the cursor."""
_CODE_POINTS_A_CELL = 8
"""A family of five has so many for its two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """As much of a line as fits into a row, around its cursor."""

    before: str
    """What is shown before the cursor."""
    after: str
    after_cells: int
    """How many columns `after` takes: so far is the cursor from the end of the row."""


def typed_row(text: str, cursor: int, cells: int) -> TypedRow:
    """Return what is shown of a line that is being typed.

    Args:
        text: The line.
        cursor: Where in it the next character goes, in code points.
        cells: How many columns there are for it. One more is needed for the cursor.
    """
    # Not all of a line of tens of thousands of characters is looked at.
    most = _CODE_POINTS_A_CELL * (cells + 1)
    before = _clean(text[:cursor][-most:])
    after = _clean(text[cursor:][:most])
    before = _end(before, cells - min(_cells(after), cells // _PART_BEHIND))
    after = _beginning(after, cells - _cells(before))
    return TypedRow(before=before, after=after, after_cells=_cells(after))


def _clean(text: str) -> str:
    return "".join(map(clean_character, text))


def _end(text: str, cells: int) -> str:
    if _cells(text) <= cells:
        return text
    while text and _cells(text) > cells - 1:
        text = text[1:]
    return f"{_CUT}{text}" if cells else ""


def _beginning(text: str, cells: int) -> str:
    if _cells(text) <= cells:
        return text
    while text and _cells(text) > cells - 1:
        text = text[:-1]
    return f"{text}{_CUT}" if cells else ""


def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - specs are checked without it

    return cell_len(text)
