"""Reads English numbers, in words and in digits, out of a list of words."""

from collections.abc import Sequence
from fractions import Fraction

_SMALL = {
    word: value
    for value, word in enumerate(
        [
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
    )
}
_TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10),
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        strict=True,
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_TEEN = 20
_LONGEST_DIGITS = 18


def read(words: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    """Return the number that begins at `words[at]`, and where the words after it begin.

    `two hundred and five`, `twenty-one`, `three point one four`, `minus 4`, `1.5`.
    None if no number begins there. The longest number wins.
    """
    if at < len(words) and words[at] in ("minus", "negative"):
        positive = read_positive(words, at + 1)
        return positive and (-positive[0], positive[1])
    return read_positive(words, at)


def read_positive(words: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    """Return the number without a sign that begins at `words[at]`, like `read`."""
    if at >= len(words):
        return None
    if (digits := _digits(words[at])) is not None:
        return digits, at + 1
    whole = _whole(words, at)
    if whole is None:
        return None
    value, end = whole
    return _with_decimals(words, Fraction(value), end)


def only(text: str) -> Fraction | None:
    """Return the number that `text` is, or None if it is anything else."""
    words = text.lower().split()
    number = read(words, 0)
    return number[0] if number is not None and number[1] == len(words) else None


def _digits(word: str) -> Fraction | None:
    plain = word.replace(",", "")
    if not plain.isascii() or len(plain) > _LONGEST_DIGITS:
        return None
    sign, plain = (-1, plain[1:]) if plain.startswith("-") else (1, plain)
    whole, _, decimals = plain.partition(".")
    if not whole.isdigit() or not (decimals or "0").isdigit():
        return None
    return sign * Fraction(plain.rstrip("."))


def _parts(word: str) -> list[str]:
    """Return the words of `twenty-one`."""
    first, dash, second = word.partition("-")
    return [first, second] if dash and first in _TENS and second in _SMALL else [word]


def _whole(words: Sequence[str], at: int) -> tuple[int, int] | None:
    total, group, smallest, end = 0, None, None, at
    while True:
        index = end + 1 if group is not None and _is_and(words, end) else end
        if index >= len(words):
            break
        grown = _grow(group, words[index])
        if grown is not None:
            group, end = grown, index + 1
            continue
        scale = _SCALES.get(words[index])
        # `million thousand` is no number, and `two thousand three million` are two.
        if scale is None or not group or (smallest is not None and scale >= smallest):
            break
        if index != end:
            break  # `five and thousand`
        total, group, smallest, end = total + group * scale, 0, scale, index + 1
    if group is None:
        return None
    return total + group, end


def _is_and(words: Sequence[str], at: int) -> bool:
    """Tell whether an `and` joins: `two hundred and five`, and not `two and three`."""
    joins = words[at - 1] == "hundred" or words[at - 1] in _SCALES
    return joins and at + 1 < len(words) and words[at] == "and"


def _grow(group: int | None, word: str) -> int | None:
    """Return the part below a thousand with one more word, or None if none fits."""
    for part in _parts(word):
        grown = _grow_by(group, part)
        if grown is None:
            return None
        group = grown
    return group


def _grow_by(group: int | None, word: str) -> int | None:
    if word == "hundred":
        return group * 100 if group is not None and 0 < group < _TEEN else None
    value = _SMALL.get(word, _TENS.get(word))
    if value is None:
        return None
    if group is None:
        return value
    room = 0 < value < 10 if group % 100 else value > 0  # noqa: PLR2004 - digits
    fits = room and (group % 100 == 0 or (group % 100 >= _TEEN and group % 10 == 0))
    return group + value if fits and group != 0 else _after_scale(group, value)


def _after_scale(group: int, value: int) -> int | None:
    """Return what follows `two thousand`, whose group is 0 again."""
    return value if group == 0 and value > 0 else None


def _with_decimals(
    words: Sequence[str], value: Fraction, end: int
) -> tuple[Fraction, int]:
    if end >= len(words) or words[end] != "point":
        return value, end
    at, unit = end + 1, Fraction(1, 10)
    while at < len(words) and _SMALL.get(words[at], 10) < 10:  # noqa: PLR2004 - digits
        value, unit, at = value + _SMALL[words[at]] * unit, unit / 10, at + 1
    return (value, at) if at > end + 1 else (value, end)
