import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.cli.keys import Decoded, Key, Received, decode, expire


def decoded(*chunks: bytes) -> Decoded:
    received, keys = Received(), ()
    for chunk in chunks:
        received, more = decode(received, chunk)
        keys += more
    return received, keys


def names(*chunks: bytes) -> list[str]:
    return [key.text or key.name for key in decoded(*chunks)[1]]


@pytest.mark.parametrize(
    ("sent", "pressed"),
    [
        (b"hello", ["hello"]),
        ("é你😀".encode(), ["é你😀"]),
        (b"a\rb\n", ["a", "enter", "b", "enter"]),
        (b"\x7f\x08", ["backspace", "backspace"]),
        (b"\x01\x05\x02\x06", ["home", "end", "left", "right"]),
        (
            b"\x15\x17\x0b\x04",
            ["erase_before", "erase_word", "erase_after", "end_of_text"],
        ),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1bOA\x1bOB\x1bOC\x1bOD", ["up", "down", "right", "left"]),
        (b"\x1b[H\x1b[F\x1b[3~", ["home", "end", "delete"]),
        (b"\x1b[1;5D\x1bf\x1b\x7f", ["word_left", "word_right", "erase_word"]),
        (b"\x1b[15~\x1b[[A\x1bx\x1b[1;2Pa", ["a"]),
        ("\x1béa".encode(), ["a"]),
        (b"\x1b\x1b[D", ["escape", "left"]),
        (b"\x00\t\x1f", []),
        (b"\xff\xfea", ["\ufffd\ufffda"]),
    ],
)
def test_what_a_terminal_sends_is_a_key(sent: bytes, pressed: list[str]) -> None:
    assert names(sent) == pressed


def test_a_letter_that_comes_in_two_pieces_is_one_letter() -> None:
    first, second = "é".encode()[:1], "é".encode()[1:]

    assert names(b"a" + first, second + b"b") == ["a", "éb"]


def test_a_paste_is_one_key_whatever_is_in_it() -> None:
    pasted = b"one\ntwo\x1b[Athree\x04"

    _, keys = decoded(b"a\x1b[200~" + pasted + b"\x1b[201~\r")

    assert keys == (
        Key(name="text", text="a"),
        Key(name="paste", text=pasted.decode()),
        Key(name="enter"),
    )


def test_of_an_endless_paste_no_more_is_kept_than_a_line_holds() -> None:
    received, _ = decoded(b"\x1b[200~", *[b"x" * 65536] * 8)

    assert len(received.pasted or b"") == 4 * 65536


def test_an_escape_that_nothing_follows_is_the_key_escape() -> None:
    received, early = decoded(b"\x1b")
    after, late = expire(received)

    assert (early, late, after) == ((), (Key(name="escape"),), Received())


def test_what_follows_an_escape_that_was_too_slow_is_text() -> None:
    received, _ = decoded(b"\x1b[1")
    _, keys = expire(received)

    assert [key.text or key.name for key in keys] == ["escape", "[1"]


def test_a_sequence_that_never_ends_is_not_waited_for() -> None:
    received, keys = decoded(b"\x1b[" + b"1;" * 40)

    assert received == Received()
    assert "".join(key.text for key in keys) == "[" + "1;" * 40


@given(st.lists(st.binary(max_size=8), max_size=20))
def test_any_bytes_are_survived_and_nothing_piles_up(chunks: list[bytes]) -> None:
    received, _ = decoded(*chunks)
    after, _ = expire(received)

    assert len(received.rest) <= 40
    assert not after.may_be_escape


@given(
    st.lists(
        st.sampled_from(
            [
                b"a",
                "é😀".encode(),
                b"\x1b[A",
                b"\x1b[200~x\x1b[\x1b[201~",
                b"\x1bOD",
                b"\r",
            ]
        )
    ),
    st.lists(st.integers(0, 120)),
)
def test_where_the_bytes_are_parted_makes_no_difference(
    keys: list[bytes], cuts: list[int]
) -> None:
    sent = b"".join(keys)
    at = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    parts = [sent[a:b] for a, b in itertools.pairwise(at)]

    def joined(keys: tuple[Key, ...]) -> str:
        return "".join(
            k.text if k.name == "text" else f"<{k.name}{k.text}>" for k in keys
        )

    assert joined(decoded(*parts)[1]) == joined(decoded(sent)[1])
