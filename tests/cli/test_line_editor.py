import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.cli.graphemes import first_length, last_length
from realtime_run.cli.keys import Key, Received, decode
from realtime_run.cli.line_editor import Ended, LineEditor, Outcome, Sent, press
from realtime_run.cli.typed import MOST_CHARACTERS

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"


def typed(keys: str, editor: LineEditor | None = None) -> tuple[str, list[Outcome]]:
    """Return the line after some keys, its cursor shown as `|`, and what was done."""
    editor, outcomes = editor or LineEditor(), []
    _, pressed = decode(Received(), keys.encode())
    for key in pressed:
        editor, outcome = press(editor, key)
        outcomes += [outcome] if outcome else []
    return f"{editor.before}|{editor.after}", outcomes


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("hello", "hello|"),
        ("helo" + LEFT + "l", "hell|o"),
        ("hello\x01>\x05<", ">hello<|"),
        ("abc\x7f\x7f", "a|"),
        ("\x7f" + LEFT + RIGHT, "|"),
        ("abc" + LEFT * 2 + "\x1b[3~", "a|c"),
        ("abc" + LEFT + "\x04", "ab|"),
        ("one two" + LEFT * 2 + "\x15", "|wo"),
        ("one two" + LEFT * 2 + "\x0b", "one t|"),
        ("one two  \x17", "one |"),
        ("one two" + "\x1bb\x1bb", "|one two"),
        ("one two\x01\x1bf\x1bf", "one two|"),
        ("é\u0301x" + LEFT + "\x7f", "|x"),
        (f"a{FAMILY}b" + LEFT * 2, f"a|{FAMILY}b"),
        (f"a{FAMILY}\x7f", "a|"),
        ("🇫🇷🇩🇪" + LEFT, "🇫🇷|🇩🇪"),
        ("👍🏽\x7f", "|"),
        ("你好" + LEFT + "\x7f", "|好"),
    ],
)
def test_keys_edit_the_line(keys: str, line: str) -> None:
    assert typed(keys) == (line, [])


def test_enter_sends_the_line_and_begins_another() -> None:
    assert typed("one\r  two \r\r") == ("|", [Sent("one"), Sent("two")])


def test_escape_clears_the_line() -> None:
    editor, outcome = press(LineEditor(before="a", after="b"), Key(name="escape"))

    assert (editor, outcome) == (LineEditor(), None)


def test_the_end_of_text_counts_on_an_empty_line_only() -> None:
    assert typed("\x04") == ("|", [Ended()])
    assert typed("a\x04") == ("a|", [])


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (UP, "two|"),
        (UP * 2, "one|"),
        (UP * 9, "one|"),
        ("draft" + UP * 2 + DOWN * 2, "draft|"),
        (UP * 2 + DOWN, "two|"),
        (DOWN, "|"),
        (UP + "!" + UP + DOWN, "two|"),
    ],
)
def test_the_arrows_bring_back_what_was_sent(keys: str, line: str) -> None:
    assert typed("one\rtwo\rtwo\r" + keys)[0] == line


def test_pasted_lines_become_one_without_control_characters() -> None:
    line, outcomes = typed("\x1b[200~one\r\ntwo\x1b[31m\x07\x1b[201~")

    assert (line, outcomes) == ("one two[31m|", [])


def test_a_line_takes_no_more_than_a_line_holds() -> None:
    editor, _ = press(LineEditor(), Key(name="paste", text="x" * (MOST_CHARACTERS + 9)))

    more, _ = press(editor, Key(name="text", text="y"))

    assert len(editor.text) == MOST_CHARACTERS
    assert more == editor


KEYS = st.sampled_from(
    [
        "a",
        "é",
        FAMILY,
        " ",
        LEFT,
        RIGHT,
        UP,
        DOWN,
        "\x01",
        "\x05",
        "\x7f",
        "\x1b[3~",
        "\x15",
        "\x17",
        "\x0b",
        "\r",
        "\x1bb",
        "\x1bf",
    ]
)


@given(st.lists(KEYS, max_size=60))
def test_the_cursor_never_stands_inside_of_a_character(keys: list[str]) -> None:
    line, _ = typed("".join(keys))
    before, _, after = line.partition("|")

    assert not before.endswith("\u200d")
    assert not after.startswith("\u200d")


@given(st.text(max_size=40), st.integers(0, 40))
def test_left_and_right_lead_back_where_they_began(text: str, steps: int) -> None:
    editor, _ = press(LineEditor(), Key(name="paste", text=text))
    for _ in range(steps):
        editor, _ = press(editor, Key(name="left"))
    moved = editor
    editor, _ = press(press(moved, Key(name="right"))[0], Key(name="left"))

    assert editor.text == moved.text
    assert editor.cursor == moved.cursor or not moved.after


@given(st.text(min_size=1, max_size=80))
def test_a_character_is_never_empty(text: str) -> None:
    assert 1 <= first_length(text) <= len(text)
    assert 1 <= last_length(text) <= len(text)
