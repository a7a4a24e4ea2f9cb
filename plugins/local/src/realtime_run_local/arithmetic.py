"""Answers sums asked in English: `what is seven times eight`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from realtime_run_local import number_words

_OPERATORS: dict[tuple[str, ...], str] = {
    ("plus",): "+",
    ("+",): "+",
    ("minus",): "-",
    ("-",): "-",
    ("times",): "*",
    ("x",): "*",
    ("*",): "*",
    ("multiplied", "by"): "*",
    ("divided", "by"): "/",
    ("over",): "/",
    ("/",): "/",
}
_LEAD = (
    ("what", "is"),
    ("what's",),
    ("whats",),
    ("how", "much", "is"),
    ("calculate",),
    ("compute",),
)
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers and the operators between them, as they were asked."""

    numbers: tuple[Fraction, ...]
    operators: tuple[str, ...]


def read(words: Sequence[str]) -> Sum | None:
    """Return the sum that `words` ask for, or None if they ask for something else.

    At least one operator must stand in it: `what is ten` is no sum.
    """
    at = _after_lead(words)
    first = number_words.read(words, at)
    if first is None:
        return None
    number, at = first
    numbers, operators = [number], list[str]()
    while at < len(words):
        operator = _operator(words, at)
        right = operator and number_words.read(words, operator[1])
        if not operator or not right:
            return None
        operators.append(operator[0])
        numbers.append(right[0])
        at = right[1]
    return Sum(tuple(numbers), tuple(operators)) if operators else None


def evaluate(asked: Sum) -> Fraction:
    """Return the result, products and quotients first.

    Raises:
        ZeroDivisionError: If it divides by zero.
    """
    terms = [asked.numbers[0]]
    for operator, number in zip(asked.operators, asked.numbers[1:], strict=True):
        match operator:
            case "*":
                terms[-1] *= number
            case "/":
                terms[-1] /= number
            case "-":
                terms.append(-number)
            case _:
                terms.append(number)
    return sum(terms, Fraction(0))


def spoken(value: Fraction) -> str:
    """Return `value` in digits, rounded to four decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    rounded = round(value, _DECIMALS)
    sign = "-" if rounded < 0 else ""
    whole, rest = divmod(abs(rounded) * 10**_DECIMALS, 10**_DECIMALS)
    decimals = f"{int(rest):0{_DECIMALS}d}".rstrip("0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _after_lead(words: Sequence[str]) -> int:
    for lead in _LEAD:
        if tuple(words[: len(lead)]) == lead:
            return len(lead)
    return 0


def _operator(words: Sequence[str], at: int) -> tuple[str, int] | None:
    for length in (1, 2):
        symbol = _OPERATORS.get(tuple(words[at : at + length]))
        if symbol is not None:
            return symbol, at + length
    return None
