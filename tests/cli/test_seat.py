import os
from collections.abc import Iterator

import pytest

from realtime_run.cli.echoed_line import EchoedLine
from realtime_run.cli.seat import how_to_talk
from realtime_run.cli.terminal import takes_keys
from realtime_run.cli.typed import TypedLines

TERMINAL = TypedLines(0, interactive=True)
PIPE = TypedLines(0, interactive=False)


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    master, slave = os.openpty()
    yield master, slave
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize(
    ("text", "hears", "by_key", "begins"),
    [
        (TERMINAL, False, False, "type what you want to say"),
        (TERMINAL, True, False, None),
        (PIPE, False, False, None),
        (None, False, False, None),
        (PIPE, True, True, "warning: turn.end: push_to_talk needs a terminal"),
        (None, True, True, "warning: turn.end: push_to_talk needs a terminal"),
        (TERMINAL, False, True, "type what you want to say"),
    ],
)
def test_a_person_is_told_how_to_talk(
    text: TypedLines | None, hears: bool, by_key: bool, begins: str | None
) -> None:
    told = how_to_talk(text, None, hears=hears, by_key=by_key)

    assert told is None if begins is None else (told or "").startswith(begins)


@pytest.mark.parametrize(
    ("term", "takes"), [("xterm", True), ("dumb", False), (None, False)]
)
def test_single_keys_are_taken_where_a_cursor_can_be_moved(
    pty: tuple[int, int], term: str | None, takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)

    assert takes_keys(pty[1]) is takes


def test_no_keys_are_taken_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    reader, writer = os.pipe()

    assert not takes_keys(reader)

    os.close(reader)
    os.close(writer)


def test_a_line_is_shown_as_long_as_there_is_one(pty: tuple[int, int]) -> None:
    master, slave = pty
    row = EchoedLine(slave, "ascii")

    row.typing("", 0)
    row.typing("hé", 1)
    row.suspend()
    row.resume()
    row.sent("hé")
    row.talking(talking=True)
    row.talking(talking=False)

    expected = "> h?\x1b[1D\r\x1b[K> h?\x1b[1D\r\x1b[K> h?\r\n(talking) > \r\x1b[K"
    shown = ""
    while len(shown) < len(expected):  # it comes in pieces, as the system likes
        shown += os.read(master, 4096).decode()
    assert shown == expected
