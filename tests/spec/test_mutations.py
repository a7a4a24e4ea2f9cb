"""A slip anywhere in a good spec is shown on its line."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.errors import SpecError
from realtime_run.spec.load import LoadedSpec

GOOD = """\
version: 1
name: receptionist
provider:
  use: parrot
  pitch: 1.5
  model: green
  silence: 200ms
  echo: false
  voice:
    name: ann
    speed: 1.25
  words: [hello, "good bye"]
instructions: |
  You answer the phone.
  Be brief.
audio: none
greeting: hello
handlers:
  - console
  - use: jsonl
    path: events.jsonl
  - {use: console, color: false}
session:
  quiet: 2s
  answer_within: 20s
  reconnect:
    max_attempts: 4
turn:
  end: local
  nudge_after: 10s
barge_in:
  react: duck
  min_speech: 300ms
  min_words: 2
  resume_after: 2s
  protect:
    start: 300ms
    tools: true
  heard: keep
vad: energy
"""
LINES = GOOD.splitlines()
KEYED = [
    (
        number,
        line[: len(line) - len(line.lstrip(" -"))],
        *line.strip(" -").split(":", 1),
    )
    for number, line in enumerate(LINES, 1)
    if ":" in line and "{" not in line
]
BAD_VALUES = {
    "version": "2",
    "name": "[x]",
    "use": "nothing-like-it",
    "pitch": "high",
    "model": "blue",
    "silence": "5",
    "echo": "perhaps",
    "speed": "-1",
    "words": "{}",
    "audio": "5",
    "greeting": "[x]",
    "end": "push",
    "nudge_after": "10",
    "react": "maybe",
    "min_speech": "300",
    "min_words": "-1",
    "resume_after": "never",
    "start": "1min",
    "tools": "[x]",
    "heard": "some",
    "vad": "5",
    "path": "7",
    "quiet": "soon",
    "answer_within": "1",
    "max_attempts": "many",
}


def with_line(number: int, line: str) -> str:
    return "\n".join([*LINES[: number - 1], line, *LINES[number:]]) + "\n"


def lines_of_problems(read: Callable[..., LoadedSpec], text: str) -> set[int | None]:
    with pytest.raises(SpecError) as raised:
        read(text)
    return {problem.line for problem in raised.value.problems}


def test_the_spec_is_good(read: Callable[..., LoadedSpec]) -> None:
    assert read(GOOD).warnings == ()


@given(st.data())
def test_a_slip_in_a_key_is_shown_on_its_line(
    read: Callable[..., LoadedSpec], data: st.DataObject
) -> None:
    number, lead, key, value = data.draw(st.sampled_from(KEYED))
    at = data.draw(st.integers(0, len(key)))
    letter = data.draw(st.sampled_from("xqz7"))

    found = lines_of_problems(
        read, with_line(number, f"{lead}{key[:at]}{letter}{key[at:]}:{value}")
    )

    section = {3, 1, 9, 18, 20} if key == "use" else set()
    assert number in found or found & section


@pytest.mark.parametrize(
    ("number", "lead", "key"),
    [
        (number, lead, key)
        for number, lead, key, value in KEYED
        if value and key in BAD_VALUES
    ],
)
def test_a_slip_in_a_value_is_shown_on_its_line(
    read: Callable[..., LoadedSpec], number: int, lead: str, key: str
) -> None:
    found = lines_of_problems(
        read, with_line(number, f"{lead}{key}: {BAD_VALUES[key]}")
    )

    assert found == {number}
