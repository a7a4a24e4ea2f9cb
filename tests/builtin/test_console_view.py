import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from realtime_run.builtin.console_state import (
    ConsoleState,
    Line,
    Segment,
    Transcripts,
)
from realtime_run.builtin.console_view import line_text, live_region, meter_steps

LONG = "I am going forward ten meters, and then I turn left at the kitchen door"


def saying(text: str) -> Transcripts:
    return Transcripts(open=(Segment(key="k", label="agent", text=text),))


STATE = ConsoleState(
    connected=True,
    agent_speaking=True,
    agent=saying(LONG),
    tools=(("c1", "move(direction='forward', meters=10)"),),
    latency_ms=640,
    interruptions=3,
    errors=1,
    microphone_db=-20,
)


def drawn(state: ConsoleState, width: int, title: str = "receptionist · echo") -> str:
    console = Console(file=io.StringIO(), record=True, width=width)
    console.print(live_region(state, title, width))
    return console.export_text()


@pytest.mark.parametrize("width", [1, 8, 20, 40, 80, 200])
@pytest.mark.parametrize(
    "text", [LONG, "你好" * 90, "שלום " * 40, "👩\u200d🚀😀" * 50, "[red]" * 60]
)
def test_no_row_is_wider_than_the_terminal(width: int, text: str) -> None:
    state = ConsoleState(user=saying(text), agent=saying(text), tools=STATE.tools)

    rows = drawn(state, width).splitlines()

    assert len(rows) == 6 or width < 9
    assert max(map(cell_len, rows)) <= max(width, 8)


def test_a_wide_terminal_shows_everything() -> None:
    rows = [row.rstrip() for row in drawn(STATE, 100).splitlines()]

    assert rows == [
        f"agent: {LONG}",
        "tool: move(direction='forward', meters=10) …",
        "─" * 100,
        "● agent speaking  mic ━━━━━━━━  agent ━━━━━━━━",
        (
            "receptionist · echo · answered 640 ms after end of turn"
            " · 3 interruptions · 1 error"
        ),
    ]


def test_a_narrow_terminal_shows_the_end_of_what_is_said() -> None:
    rows = drawn(STATE, 40).splitlines()

    assert rows[0] == "agent: … I turn left at the kitchen door"
    assert rows[3].rstrip() == "● agent speaking  ━━━━━━━━  ━━━━━━━━"


@pytest.mark.parametrize("text", ["[red]alarm[/red]", "[/]", ":smile: [link=x]y"])
def test_markup_in_a_transcript_is_just_text(text: str) -> None:
    console = Console(file=io.StringIO(), record=True, width=80)
    console.print(line_text(Line(kind="agent", label="agent", text=text)))

    assert console.export_text() == f"agent: {text}\n"
    assert text in drawn(ConsoleState(user=saying(text)), 80)


def test_escapes_in_a_running_transcript_are_taken_out() -> None:
    assert "agent: ab" in drawn(ConsoleState(agent=saying("a\x1b[2J\x07b")), 80)


@pytest.mark.parametrize(
    ("level_db", "lit"), [(-96, 0), (-60, 0), (-33, 4), (-6, 8), (0, 8)]
)
def test_a_meter_reaches_from_a_whisper_to_a_shout(level_db: float, lit: int) -> None:
    assert meter_steps(level_db) == lit
