"""What looks like half an address is taken apart, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_qwen.urls import without_bare_urls

PIECES = st.lists(
    st.sampled_from(
        [
            "localhost:5432",
            "10.0.0.1",
            "/a/b/c",
            "db-1:80",
            "example.com/x",
            "https://a.b/c",
            " ",
            "at",
            ".",
            "/",
            ":",
            "7",
        ]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("localhost:5432", "localhost : 5432"),
        ("ask db-1.internal:80 now", "ask db-1.internal : 80 now"),
        ("[::1]:8080", "[::1] : 8080"),
        ("It is 10.0.0.1.", "It is 10 . 0 . 0 . 1."),
        ("/srv/data/log", "/ srv / data / log"),
        ("example.com/a", "example.com / a"),
        ('{"host": "10.0.0.1:80"}', '{"host": "10 . 0 . 0 . 1 : 80"}'),
    ],
)
def test_half_an_address_is_taken_apart(text: str, apart: str) -> None:
    assert without_bare_urls(text) == apart


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is 12:30 on 2026/11/22.",
        "and/or",
        "See https://example.com:8080/a/b/c for more.",
        "version 1.2.3",
        "version 1.2.3.4.5",
        "order:1234567",
        '{"speed": 5, "port":5432}',
        "3.5-omni",
    ],
)
def test_anything_else_stays(text: str) -> None:
    assert without_bare_urls(text) == text


@given(PIECES | st.text())
def test_only_spaces_are_added(text: str) -> None:
    apart = without_bare_urls(text)

    assert "".join(apart.split()) == "".join(text.split())


@given(PIECES | st.text())
def test_what_is_taken_apart_stays_so(text: str) -> None:
    apart = without_bare_urls(text)

    assert without_bare_urls(apart) == apart
