"""How the console draws its live region and its lines, with rich."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from realtime_run.builtin.console_state import ConsoleState, Line, Phase, Segment
from realtime_run.builtin.console_text import clean

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_LINE_STYLES: Mapping[str, tuple[str, str]] = {
    # kind: style of the label, style of the text
    "note": ("dim", "dim"),
    "you": ("bold cyan", ""),
    "agent": ("bold green", ""),
    "tool": ("bold magenta", ""),
    "interrupted": ("yellow", "yellow"),
    "latency": ("dim", "dim"),
    "warning": ("bold yellow", "yellow"),
    "error": ("bold red", "red"),
}
_PHASE_STYLES: Mapping[Phase, str] = {
    "connecting": "yellow",
    "listening": "cyan",
    "user speaking": "bold cyan",
    "thinking": "magenta",
    "agent speaking": "bold green",
    "ended": "dim",
}
_PHASE_WIDTH = max(map(len, _PHASE_STYLES))
_METER_STEPS = 8
_QUIETEST_DB, _LOUDEST_DB = -60.0, -6.0
_PARTIAL_CHARACTERS = 2000
"""More of a running transcript is never visible, and need not be cleaned."""


def line_text(line: Line) -> "Text":
    """Return a finished line; what looks like markup in it is just text."""
    from rich.text import Text  # noqa: PLC0415 - 50 ms, and specs are checked without it

    label_style, style = _LINE_STYLES[line.kind]
    text = Text()
    if line.label:
        text.append(f"{line.label}: ", label_style)
    return text.append(line.text, style)


def live_region(state: ConsoleState, title: str, width: int) -> "RenderableType":
    """Return the region below the lines: what is being said, and how things stand.

    Args:
        state: What to show.
        title: Agent and provider.
        width: Columns of the terminal; every row fits into one line.
    """
    from rich.console import Group  # noqa: PLC0415 - as above
    from rich.rule import Rule  # noqa: PLC0415

    rows = [*_partials(state, width), *_calls(state, width)]
    return Group(*rows, Rule(style="dim"), *_status(state, title, width))


def _partials(state: ConsoleState, width: int) -> "Iterator[Text]":
    for segments, style in (
        (state.user.open, "bold cyan"),
        (state.agent.open, "bold green"),
    ):
        if segments:
            yield _partial(segments[-1], style, width)


def _partial(segment: Segment, style: str, width: int) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - as above

    label = Text.assemble((f"{clean(segment.label)}: ", style))
    said = Text(clean(segment.text[-_PARTIAL_CHARACTERS:]), "italic")
    room = max(1, width - label.cell_len)
    return label.append_text(_end_of(said, room))


def _end_of(text: "Text", cells: int) -> "Text":
    """Return the last `cells` columns: what is being said now is at the end."""
    from rich.text import Text  # noqa: PLC0415 - as above

    if text.cell_len <= cells:
        return text
    end = text[-cells:]
    while end.cell_len > cells - 1 and len(end):  # some characters take two columns
        end = end[1:]
    return Text.assemble(("…", "dim"), end)


def _calls(state: ConsoleState, width: int) -> "Iterator[Text]":
    from rich.text import Text  # noqa: PLC0415 - as above

    for _, call in state.tools[-2:]:
        row = Text.assemble(("tool: ", "bold magenta"), (f"{call} …", "dim"))
        row.truncate(width, overflow="ellipsis")
        yield row


def _status(state: ConsoleState, title: str, width: int) -> "Iterator[Text]":
    from rich.text import Text  # noqa: PLC0415 - as above

    style = _PHASE_STYLES[state.phase]
    first = Text.assemble(("● ", style), (state.phase.ljust(_PHASE_WIDTH), style))
    for labels in (("  mic ", "  agent "), ("  ", "  ")):
        meters = Text.assemble(
            (labels[0], "dim"),
            _meter(state.microphone_db, "cyan"),
            (labels[1], "dim"),
            _meter(state.agent_db, "green"),
        )
        if first.cell_len + meters.cell_len <= width:
            first.append_text(meters)
            break
    second = Text.assemble((title, "dim"))
    for figure, figure_style in _figures(state):
        second.append(f" · {figure}", figure_style)
    for row in (first, second):
        row.truncate(width, overflow="ellipsis")
        yield row


def _figures(state: ConsoleState) -> Iterator[tuple[str, str]]:
    if state.latency_ms is not None:
        yield f"answered {state.latency_ms} ms after end of turn", "dim"
    if state.interruptions:
        yield _counted(state.interruptions, "interruption"), "yellow"
    if state.errors:
        yield _counted(state.errors, "error"), "red"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _meter(level_db: float, style: str) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - as above

    lit = meter_steps(level_db)
    dark = _METER_STEPS - lit
    return Text.assemble(("━" * lit, style), ("━" * dark, "grey30"))


def meter_steps(level_db: float) -> int:
    """Return how much of a meter is lit: 0 at -60 dB, 8 from -6 dB."""
    part = (level_db - _QUIETEST_DB) / (_LOUDEST_DB - _QUIETEST_DB)
    return max(0, min(_METER_STEPS, round(part * _METER_STEPS)))
