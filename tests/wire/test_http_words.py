import pytest

from realtime_run.wire.http_words import words_of


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "it gave no reason"),
        (" \n ", "it gave no reason"),
        ("No such model.\n Try another.", "No such model. Try another"),
        ("x" * 301, "x" * 300 + "…"),
        ("x" * 300 + ".", "x" * 300),
        ("<!DOCTYPE html><title> Bad gateway </title>", "Bad gateway"),
        ("\n<html><title></title>", "a page of HTML, such as proxies send"),
        ("<html lang=en>", "a page of HTML, such as proxies send"),
        ("<htmlx><title>a</title>", "<htmlx><title>a</title>"),
    ],
)
def test_a_refusal_is_shown_in_one_line(body: str, words: str) -> None:
    assert words_of(body) == words
