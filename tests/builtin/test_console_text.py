from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.builtin.console_text import call_text, clean, value_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("go  forward\n\tnow ", "go forward now"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a new title\x07text", "text"),
        ("\x1b]52;c;c3VkbyBybQ==\x1b\\text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq...\x1b\\after", "after"),
        ("\x9b2Jtext", "text"),
        ("a\x08\x08b\x7f\x00c", "abc"),
        ("\x1bcreset", "reset"),
        ("\x1b]0;never ended", ""),
        ("pay \u202e05\u202c now", "pay 05 now"),
        ("half \ud83d", "half \ufffd"),
        ("שלום 你好 👩\u200d🚀", "שלום 你好 👩\u200d🚀"),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
        ("a\u2028b", "a b"),
    ],
)
def test_what_moves_a_terminal_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(alphabet=st.characters() | st.sampled_from("\x1b\x9b[]P;m\x07\\")))
def test_nothing_but_printable_text_is_left(text: str) -> None:
    cleaned = clean(text)

    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


def test_a_call_reads_like_python() -> None:
    text = call_text("move", {"direction": "forward", "meters": 10})

    assert text == "move(direction='forward', meters=10)"


def test_a_long_value_is_shortened() -> None:
    text = value_text("x" * 10_000)

    assert len(text) == 200
    assert text.endswith("…")


def test_a_value_of_megabytes_is_shortened_before_it_is_cleaned() -> None:
    began = process_time()

    text = value_text("x" * 20_000_000)

    assert text == f"'{'x' * 198}…"
    assert process_time() - began < 1
