import errno
import io
import os
import re
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import pytest
from rich.console import Console as RichConsole

from realtime_run.builtin.console_handler import Console
from realtime_run.builtin.console_screens import LiveScreen
from realtime_run.builtin.console_state import ConsoleState
from realtime_run.builtin.settings import ConsoleSettings
from realtime_run.core.events import (
    Event,
    RealtimeAudioInputEvent,
    RealtimeErrorEvent,
    RealtimeUserSpeechTranscriptionEvent,
    SessionEndedEvent,
    ToolStartEvent,
    UserTalkingEvent,
    UserTypingEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import SessionInfo

PARTIAL = RealtimeUserSpeechTranscriptionEvent(text="go for", mode="delta", item_id="i")
LATE = RealtimeErrorEvent(error="no")
FINAL = RealtimeUserSpeechTranscriptionEvent(text="go 😀", mode="final", item_id="i")


class Terminal:
    """A pseudo-terminal: what is written to `stream` can be read."""

    def __init__(self, stream: TextIO, master: int) -> None:
        self.stream = stream
        self._master = master

    def output(self) -> str:
        self.stream.flush()
        os.set_blocking(self._master, False)
        read = b""
        try:
            while chunk := os.read(self._master, 65536):
                read += chunk
        except BlockingIOError:
            pass
        return read.decode("utf-8")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor
        yield Terminal(stream, master)
    os.close(master)


def show(
    console: Console, session: SessionInfo, conversation: Any, *events: Event
) -> None:
    with console.open(session) as listen:
        for event in events:
            listen(event, conversation)


def test_lines_are_printed_where_there_is_no_terminal(
    session: SessionInfo, conversation: Any
) -> None:
    stream = io.StringIO()

    show(Console(ConsoleSettings(), stream), session, conversation, PARTIAL, FINAL)

    assert stream.getvalue() == "you: go 😀\n"


def test_without_standard_output_the_conversation_goes_on(
    session: SessionInfo, conversation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    console = Console(ConsoleSettings())

    show(console, session, conversation, PARTIAL, FINAL)

    assert console.events is not None
    assert RealtimeAudioInputEvent.type not in console.events


def test_a_narrow_encoding_loses_a_character_and_not_the_line(
    session: SessionInfo, conversation: Any
) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")

    show(Console(ConsoleSettings(), stream), session, conversation, FINAL)

    assert written.getvalue() == b"you: go ?\n"


def test_a_terminal_shows_what_is_being_said_and_keeps_what_was(
    session: SessionInfo, conversation: Any, terminal: Terminal
) -> None:
    console = Console(ConsoleSettings(), terminal.stream)

    with console.open(session) as listen:
        listen(PARTIAL, conversation)
        during = terminal.output()
        listen(FINAL, conversation)
        listen(SessionEndedEvent(reason="x"), conversation)
    after = terminal.output()

    assert "go for" in during
    assert "receptionist · echo" in during
    assert "go for" not in after
    assert after.count("go 😀") == 1
    assert "ended: " in after


def test_the_terminal_is_as_it_was_also_after_an_exception(
    session: SessionInfo, terminal: Terminal
) -> None:
    stdout = sys.stdout

    with (
        pytest.raises(ZeroDivisionError),
        Console(ConsoleSettings(), terminal.stream).open(session),
    ):
        raise ZeroDivisionError

    cursor = re.findall(r"\x1b\[\?25([hl])", terminal.output())
    assert cursor[-1:] == ["h"]
    assert sys.stdout is stdout


def test_the_cursor_stays_visible_for_who_types(
    session: SessionInfo, terminal: Terminal
) -> None:
    with Console(ConsoleSettings(), terminal.stream).open(session):
        cursor = re.findall(r"\x1b\[\?25([hl])", terminal.output())

    assert cursor[-1:] == ["h"]


def test_nothing_is_drawn_while_nothing_changes(
    session: SessionInfo, conversation: Any, terminal: Terminal
) -> None:
    with Console(ConsoleSettings(), terminal.stream).open(session) as listen:
        for period in range(100):
            quiet = RealtimeAudioInputEvent(
                data=Pcm(bytes(640), 16_000), monotonic_ns=period * 20_000_000
            )
            listen(quiet, conversation)
            if period == 0:
                terminal.output()
        drawn = terminal.output()

    assert drawn == ""


@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        ({"plain": True}, {}),
        ({}, {"NO_COLOR": "1"}),
        ({}, {"TERM": "dumb"}),
    ],
)
def test_a_terminal_may_be_plain(
    settings: dict[str, object],
    variables: dict[str, str],
    session: SessionInfo,
    conversation: Any,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    console = Console(ConsoleSettings.model_validate(settings), terminal.stream)

    show(
        console,
        session,
        conversation,
        PARTIAL,
        FINAL,
        RealtimeErrorEvent(error="no", is_recoverable=False),
    )

    assert terminal.output() == "you: go 😀\r\nerror: no\r\n"


class Closed(io.StringIO):
    """Takes nothing, as a full disk and a reader that has gone do."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error
        self.tries = 0

    def flush(self) -> None:
        self.tries += 1
        raise self._error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            ["the conversation is shown no more: no space left on device"],
        ),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), []),
    ],
)
def test_an_output_that_takes_nothing_more_is_left_alone(
    conversation: Any,
    session: SessionInfo,
    caplog: pytest.LogCaptureFixture,
    error: OSError,
    told: list[str],
) -> None:
    stream = Closed(error)

    show(Console(ConsoleSettings(), stream), session, conversation, FINAL, FINAL, LATE)

    assert [record.message for record in caplog.records] == told
    assert stream.tries == 1


def test_audio_is_wanted_only_for_meters(terminal: Terminal) -> None:
    live = Console(ConsoleSettings(), terminal.stream).events
    plain = Console(ConsoleSettings(plain=True), terminal.stream).events

    assert live is not None
    assert plain is not None
    assert live - plain == {"realtime_audio_input", "realtime_audio_played"}


def test_what_is_typed_is_the_last_row_with_the_cursor_in_it(
    session: SessionInfo, conversation: Any, terminal: Terminal
) -> None:
    with Console(ConsoleSettings(), terminal.stream).open(session) as listen:
        listen(UserTypingEvent(text="hello", cursor=2), conversation)
        drawn = terminal.output()

    assert re.sub(r"\x1b\[[0-9;]*m", "", drawn).endswith("▸ hello\x1b[3D")


def test_a_plain_console_in_a_terminal_shows_what_is_typed_below_its_lines(
    session: SessionInfo, conversation: Any, terminal: Terminal
) -> None:
    console = Console(ConsoleSettings(plain=True), terminal.stream)

    show(
        console,
        session,
        conversation,
        UserTypingEvent(text="hello", cursor=2),
        FINAL,
        UserTalkingEvent(talking=True),
        SessionEndedEvent(reason="x"),
    )

    assert terminal.output() == (
        "> hello\x1b[3D"
        "\r\x1b[Kyou: go 😀\r\n> hello\x1b[3D"
        "\r\x1b[K(talking) > hello\x1b[3D"
        "\r\x1b[Kended: x\r\n"
    )


def test_what_is_typed_is_not_shown_where_no_row_can_be_erased(
    session: SessionInfo, conversation: Any
) -> None:
    stream = io.StringIO()
    console = Console(ConsoleSettings(), stream)

    show(console, session, conversation, UserTypingEvent(text="hello"), FINAL)

    assert stream.getvalue() == "you: go 😀\n"
    assert not console.shows_typing


@pytest.mark.parametrize("plain", [False, True])
def test_a_console_steps_aside_and_comes_back(
    session: SessionInfo, conversation: Any, terminal: Terminal, plain: bool
) -> None:
    console = Console(ConsoleSettings(plain=plain), terminal.stream)

    with console.open(session) as listen:
        listen(UserTypingEvent(text="hello"), conversation)
        terminal.output()
        console.suspend()
        terminal.output()
        listen(FINAL, conversation)
        aside = terminal.output()
        console.suspend()
        console.resume()
        back = terminal.output()

    assert aside.endswith("go 😀\r\n")
    assert "\x1b[1A" not in aside + back
    assert "hello" in back
    assert "go" not in back


def test_a_console_that_is_not_open_has_nothing_to_step_aside_with() -> None:
    console = Console(ConsoleSettings(), io.StringIO())

    console.suspend()
    console.resume()


def test_a_terminal_that_became_narrower_keeps_nothing_of_the_old_rows() -> None:
    stream = io.StringIO()
    rich = RichConsole(file=stream, force_terminal=True, width=60)
    screen, state = LiveScreen(rich, "receptionist · echo", ""), ConsoleState()
    screen.resume()
    screen.show(state, (), at_ns=0)
    before = len(stream.getvalue())

    # Of the rule and of the row of the meters, the terminal has made two rows each.
    rich.width = 40
    screen.show(state, (), at_ns=0)
    drawn = stream.getvalue()[before:]

    assert drawn.count("\x1b[1A") == 2 + 2
    assert "─" * 40 in drawn
    assert "─" * 41 not in drawn


def test_a_tool_that_begins_is_a_line_where_no_region_shows_it(
    session: SessionInfo, conversation: Any, terminal: Terminal
) -> None:
    began = ToolStartEvent(tool_name="move", arguments={}, tool_call_id="c1")
    plain, live = io.StringIO(), Console(ConsoleSettings(), terminal.stream)

    show(Console(ConsoleSettings(), plain), session, conversation, began)
    with live.open(session) as listen:
        listen(began, conversation)
        during = terminal.output()

    assert plain.getvalue() == "tool: move() ...\n"
    assert "move() …" in during
    assert "move() ..." not in during
