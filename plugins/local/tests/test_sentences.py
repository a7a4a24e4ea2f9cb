from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_local.sentences import LONGEST, Sentences, speakable, split


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello. How are you?", ("Hello.", "How are you?")),
        ("It is 3.5 meters.", ("It is 3.5 meters.",)),
        ("Ask Dr. Smith. He knows.", ("Ask Dr. Smith.", "He knows.")),
        ('He said "no." Then he left.', ('He said "no."', "Then he left.")),
        ("One\ntwo", ("One", "two")),
        ("", ()),
        ("...", ("...",)),
        (
            "Well, the first clause may end early, the others not, I think. Yes, so.",
            (
                "Well, the first clause may end early,",
                "the others not, I think.",
                "Yes, so.",
            ),
        ),
    ],
)
def test_text_is_cut_at_the_ends_of_sentences(
    text: str, sentences: tuple[str, ...]
) -> None:
    assert split(text) == sentences


def test_a_sentence_is_given_as_soon_as_it_is_certain() -> None:
    sentences = Sentences()

    assert [sentences.push(piece) for piece in ("Hel", "lo.", " H", "i")] == [
        (),
        (),
        ("Hello.",),
        (),
    ]
    assert sentences.flush() == ("Hi",)


TEXT = st.text(alphabet="ab.,!? \n", max_size=600)


@given(TEXT, st.integers(1, 40))
def test_how_the_text_arrives_makes_no_difference(text: str, size: int) -> None:
    sentences = Sentences()

    found: list[str] = []
    for at in range(0, len(text), size):
        found += sentences.push(text[at : at + size])
    found += sentences.flush()

    assert tuple(found) == split(text)


@given(TEXT)
def test_no_letter_is_lost_and_no_sentence_is_too_long(text: str) -> None:
    found = split(text)

    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(sentence) <= LONGEST for sentence in found)


def test_signs_of_markdown_are_not_read_out() -> None:
    assert speakable("## **Two** `words`  here") == "Two words here"
    assert speakable("- a point, 2 * 3") == "a point, 2 * 3"


def test_megabytes_without_an_end_are_cut_in_linear_time() -> None:
    began = process_time()

    found = split("word " * 400_000)

    assert " ".join(found) == ("word " * 400_000).strip()
    assert process_time() - began < 5


@given(st.text(alphabet="ab. ,\n!", max_size=3 * LONGEST))
def test_what_follows_does_not_move_a_cut(text: str) -> None:
    alone = Sentences().push(text)

    assert Sentences().push(text + " more. And more.\n")[: len(alone)] == alone
