from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_local import arithmetic, number_words

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = [
    "_",
    "_",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]


def in_words(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        rest = f"-{ONES[number % 10]}" if number % 10 else ""
        return TENS[number // 10] + rest
    for unit, name in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        if number >= unit:
            head = f"{in_words(number // unit)} {name}"
            return f"{head} {in_words(number % unit)}" if number % unit else head
    raise AssertionError(number)


@given(st.integers(0, 10**12 - 1))
def test_every_number_in_words_is_read_back(number: int) -> None:
    assert number_words.only(in_words(number)) == number


@given(st.integers(-(10**15), 10**15))
def test_every_number_in_digits_is_read_back(number: int) -> None:
    assert number_words.only(str(number)) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ten", Fraction(10)),
        ("twenty one", Fraction(21)),
        ("two hundred and five", Fraction(205)),
        ("two thousand and six", Fraction(2006)),
        ("three point one four", Fraction(314, 100)),
        ("minus two", Fraction(-2)),
        ("1,500", Fraction(1500)),
        ("2.5", Fraction(5, 2)),
        ("two three", None),
        ("two and three", None),
        ("twenty eleven", None),
        ("two thousand three million", None),
        ("hundred", None),
        ("meters", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_they_are_said(text: str, value: "Fraction | None") -> None:
    assert number_words.only(text) == value


@given(st.lists(st.sampled_from([*ONES, *TENS, "hundred", "thousand", "and", "point"])))
def test_reading_never_goes_past_the_words(words: list[str]) -> None:
    found = number_words.read(words, 0)

    assert found is None or 0 < found[1] <= len(words)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("what is seven times eight", "56"),
        ("two plus three times four", "14"),
        ("ten minus four minus three", "3"),
        ("how much is one divided by three", "0.3333"),
        ("what's minus two times minus 3", "6"),
        ("one minus two", "-1"),
        ("1 / 8", "0.125"),
        ("minus one over eight", "-0.125"),
    ],
)
def test_sums_are_worked_out(asked: str, answer: str) -> None:
    found = arithmetic.read(asked.split())

    assert found is not None
    assert arithmetic.spoken(arithmetic.evaluate(found)) == answer


@pytest.mark.parametrize("text", ["what is ten", "plus two", "two plus", "two plus x"])
def test_what_is_no_sum_is_left_to_others(text: str) -> None:
    assert arithmetic.read(text.split()) is None


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=6), st.data())
def test_sums_agree_with_python(numbers: list[int], draw: st.DataObject) -> None:
    signs = [draw.draw(st.sampled_from("+-*")) for _ in numbers[1:]]
    python = str(numbers[0])
    for sign, number in zip(signs, numbers[1:], strict=True):
        python += f" {sign} {number}"

    found = arithmetic.read(python.split())

    assert found is not None
    assert arithmetic.evaluate(found) == eval(python)  # noqa: S307 - digits and signs
