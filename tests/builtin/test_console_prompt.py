import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from realtime_run.builtin.console_prompt import TypedRow, typed_row


@pytest.mark.parametrize(
    ("text", "cells", "row"),
    [
        ("hello|", 10, "hello|"),
        ("he|llo", 10, "he|llo"),
        ("|", 10, "|"),
        ("0123456789|", 10, "0123456789|"),
        ("0123456789a|", 10, "…23456789a|"),
        ("0123456789|abcdefghij", 10, "…3456789|a…"),
        ("|0123456789a", 10, "|012345678…"),
        ("你好你好你好|", 10, "…你好你好|"),
        ("a\x1b[31m\nb|", 10, "a[31m b|"),
        ("hello|", 0, "|"),
        ("x" * 60_000 + "|", 4, "…xxx|"),
    ],
)
def test_a_row_shows_what_is_around_the_cursor(text: str, cells: int, row: str) -> None:
    before, _, after = text.partition("|")

    shown = typed_row(before + after, len(before), cells)

    assert f"{shown.before}|{shown.after}" == row


def test_the_cursor_is_as_far_from_the_end_as_the_rest_is_wide() -> None:
    assert typed_row("a你好", 1, 10) == TypedRow(
        before="a", after="你好", after_cells=4
    )


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 30))
def test_a_row_is_never_wider_than_it_may_be(
    text: str, cursor: int, cells: int
) -> None:
    shown = typed_row(text, min(cursor, len(text)), cells)

    assert cell_len(shown.before) + cell_len(shown.after) <= cells
