import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.spec.scalars import difference, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("false", False),
        ("FALSE", False),
        ("yes", "yes"),
        ("off", "off"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E-2", -0.015),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        ("e3", "e3"),
        ("1e", "1e"),
        ("2024-01-01", "2024-01-01"),
        ("١٢", "١٢"),
        ("-.inf", -math.inf),
        ("+.INF", math.inf),
        ("0o8", "0o8"),
        ("0xg", "0xg"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    read = resolve(text)

    assert (read, type(read)) == (value, type(value))


def test_not_a_number_is_read() -> None:
    assert math.isnan(float(str(resolve(".NaN"))))


@given(st.integers(-(10**60), 10**60))
def test_every_integer_reads_as_itself(number: int) -> None:
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_as_itself(number: float) -> None:
    assert resolve(repr(number)) == number


@given(st.text(max_size=80))
def test_any_text_reads_as_a_scalar_or_is_too_long_a_number(text: str) -> None:
    try:
        value = resolve(text)
    except ValueError:
        assert len(text) > 64
    else:
        assert value is None or isinstance(value, str | int | float)


def test_a_number_of_too_many_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="a number of 65 characters is too long"):
        resolve("9" * 65)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", "true"),
        ("On", "true"),
        ("y", "true"),
        ("NO", "false"),
        ("off", "false"),
        ("010", "an octal number"),
        ("0b11", "a binary number"),
        ("0o17", "a text"),
        ("1:30", "a number"),
        ("190:20:30.15", "a number"),
        ("1_000", "a number"),
        ("1e3", "a text"),
        ("2024-01-01", "a date"),
        ("2024-01-01T10:00:00Z", "a date"),
    ],
)
def test_a_reader_of_yaml_1_1_sees_something_else(text: str, meaning: str) -> None:
    assert difference(text) == meaning


@pytest.mark.parametrize(
    "text",
    ["", "true", "null", "12", "-3", "1.5", "1.5e+3", "yesterday", "08", "0", "a:b"],
)
def test_readers_of_both_versions_see_the_same(text: str) -> None:
    assert difference(text) is None
