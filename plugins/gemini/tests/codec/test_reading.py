import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_gemini.codec.reading import bytes_of, rate_of, read


@given(st.binary())
def test_both_alphabets_of_base64_are_read_with_and_without_padding(
    content: bytes,
) -> None:
    standard = base64.b64encode(content).decode()
    safe = base64.urlsafe_b64encode(content).decode()

    assert bytes_of(standard) == bytes_of(safe) == content
    assert bytes_of(standard.rstrip("=")) == bytes_of(safe.rstrip("=")) == content


@pytest.mark.parametrize("text", ["?", "a", "ä", "AA=A"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("mime_type", "rate_hz"),
    [
        ("audio/pcm;rate=24000", 24_000),
        ("audio/pcm; Rate=16000; x=y", 16_000),
        ("audio/pcm", None),
        ("audio/pcm;rate=", None),
        ("audio/pcm;rate=0", None),
        ("audio/pcm;rate=9999999999", None),
        ("audio/pcm;rate=²", None),
    ],
)
def test_the_rate_stands_in_the_type(mime_type: str, rate_hz: int | None) -> None:
    assert rate_of(mime_type) == rate_hz


def test_names_are_camel_case_but_those_of_a_functions_arguments() -> None:
    message = read('{"tool_call":{"function_calls":[{"args":{"a_b":{"c_d":1}}}]}}')

    assert message == {"toolCall": {"functionCalls": [{"args": {"a_b": {"c_d": 1}}}]}}


def test_where_both_spellings_are_there_camel_case_counts() -> None:
    assert read('{"go_away": 1, "goAway": 2}') == {"goAway": 2}
    assert read('{"goAway": 2, "go_away": 1}') == {"goAway": 2}
