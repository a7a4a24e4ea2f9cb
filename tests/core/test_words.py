"""What counts as a word, in whatever script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.words import contains, phrase, phrases, without

texts = st.text(max_size=40)
words = st.lists(st.sampled_from(["mhm", "yeah", "ok", "so", "stop"]), max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mhm!", ("mhm",)),
        ("Wait... a MOMENT, please", ("wait", "a", "moment", "please")),
        ("don't", ("don't",)),
        ("don\u2019t", ("don't",)),
        ("uh-huh", ("uh-huh",)),
        ("c'est l\u2019heure", ("c'est", "l'heure")),
        ("STRASSE stra\u00dfe", ("strasse", "strasse")),
        ("\u00c9t\u00e9", ("\u00e9t\u00e9",)),
        ("\u4f60\u597d\uff0c\u7b49", ("\u4f60", "\u597d", "\u7b49")),
        ("\u306f\u3044", ("\u306f", "\u3044")),
        ("\ub124 \uc54c\uaca0\uc5b4\uc694", ("\ub124", "\uc54c\uaca0\uc5b4\uc694")),
        (
            "\u0434\u0430, \u0421\u0422\u041e\u041f",
            ("\u0434\u0430", "\u0441\u0442\u043e\u043f"),
        ),
        ("\u0645\u0631\u062d\u0628\u0627\u061f", ("\u0645\u0631\u062d\u0628\u0627",)),
        ("42 meters", ("42", "meters")),
        # The same in parts (NFD), and scripts whose vowels are marks.
        ("e\u0301te\u0301", ("\u00e9t\u00e9",)),
        (
            "\u0928\u092e\u0938\u094d\u0924\u0947",
            ("\u0928\u092e\u0938\u094d\u0924\u0947",),
        ),
        (
            "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
            ("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",),
        ),
        ("well-known 'quoted' -dash-", ("well-known", "quoted", "dash")),
        ("  ... --- !", ()),
        ("", ()),
    ],
)
def test_a_text_is_taken_apart(text: str, expected: tuple[str, ...]) -> None:
    assert phrase(text) == expected


@given(texts)
def test_case_and_what_stands_around_do_not_matter(text: str) -> None:
    assert phrase(f"... {text} ?!") == phrase(text)
    assert phrase(text.casefold()) == phrase(text)


@given(texts, texts)
def test_texts_with_a_break_between_have_the_words_of_both(
    one: str, other: str
) -> None:
    assert phrase(f"{one}, {other}") == phrase(one) + phrase(other)


def test_the_longest_phrase_is_looked_for_first() -> None:
    found = phrases(["wait", "Wait a moment", "wait!", "..."])

    assert found == (("wait", "a", "moment"), ("wait",))


def test_only_whole_words_are_found() -> None:
    always = phrases(["stop", "wait a moment"])

    assert contains(phrase("oh, stop it"), always)
    assert contains(phrase("now WAIT a moment"), always)
    assert not contains(phrase("nonstop"), always)
    assert not contains(phrase("wait a"), always)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mhm", ()),
        ("mhm, mhm", ()),
        ("yeah I see that", ("that",)),
        ("I am here", ("i", "am", "here")),
    ],
)
def test_what_is_ignored_is_left_out(text: str, left: tuple[str, ...]) -> None:
    ignored = phrases(["mhm", "yeah", "I see"])

    assert without(phrase(text), ignored) == left


@given(words, words)
def test_what_is_left_is_in_order_and_holds_nothing_ignored(
    said: list[str], ignored: list[str]
) -> None:
    left = without(tuple(said), phrases(ignored))

    assert list(left) == [word for word in said if word not in ignored]


@given(texts)
def test_nothing_is_ignored_where_nothing_is_listed(text: str) -> None:
    assert without(phrase(text), ()) == phrase(text)
    assert not contains(phrase(text), ())
