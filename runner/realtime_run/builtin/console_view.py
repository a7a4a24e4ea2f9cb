"""How the console draws its live region and its lines, with rich."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from realtime_run.builtin.console_interruptions import counted
from realtime_run.builtin.console_prompt import typed_row
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
    "user talking": "bold red",
    "user speaking": "bold cyan",
    "thinking": "magenta",
    "agent speaking": "bold green",
    "ended": "dim",
}
_PHASE_WIDTH = max(map(len, _PHASE_STYLES))
_METER_STEPS = 8
_TALKING_HINT = "you are heard: let go of space, or tap it, to end"
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
    text.append(line.text, style)
    if line.unheard is None:
        return text
    text.append(" ")
    # Not every terminal strikes through, and no copy of it does: words mark it as well.
    if not line.unheard:
        return text.append("[cut]", "yellow")
    text.append("[not heard: ", "yellow").append(line.unheard, "dim strike")
    return text.append("]", "yellow")


def live_region(
    state: ConsoleState, title: str, width: int, hint: str = ""
) -> "RenderableType":
    """Return the region below the lines: what is being said, and how things stand.

    Args:
        state: What to show.
        title: Agent and provider.
        width: Columns of the terminal; every row fits into one line.
        hint: What stands in place of a typed line that is empty.
    """
    from rich.console import Group  # noqa: PLC0415 - as above
    from rich.rule import Rule  # noqa: PLC0415

    rows: list[RenderableType] = [*_partials(state, width), *_calls(state, width)]
    rows += [Rule(style="dim"), *_status(state, title, width)]
    if state.typing is not None:
        rows.append(_typed(state, width, hint)[0])
    return Group(*rows)


def cells_after_cursor(state: ConsoleState, width: int, hint: str = "") -> int:
    """Return how far left of the end of the region's last row the cursor belongs.

    Args:
        state: What is shown.
        width: Columns of the terminal.
        hint: As in `live_region`.
    """
    return 0 if state.typing is None else _typed(state, width, hint)[1]


def _typed(state: ConsoleState, width: int, hint: str) -> "tuple[Text, int]":
    from rich.text import Text  # noqa: PLC0415 - as above

    mark = ("● ", "bold red") if state.talking else ("▸ ", "bold cyan")
    row = Text.assemble(mark)
    room = max(0, width - row.cell_len - 1)
    if not state.typing:
        what = Text(_TALKING_HINT if state.talking else hint, "dim")
        what.truncate(room, overflow="ellipsis")
        return row.append_text(what), what.cell_len
    shown = typed_row(state.typing, state.cursor, room)
    return row.append(shown.before + shown.after), shown.after_cells


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
        yield counted(state.interruptions, "interruption"), "yellow"
    if state.false_alarms:
        yield counted(state.false_alarms, "false alarm"), "dim"
    if state.errors:
        yield counted(state.errors, "error"), "red"


def _meter(level_db: float, style: str) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - as above

    lit = meter_steps(level_db)
    dark = _METER_STEPS - lit
    return Text.assemble(("━" * lit, style), ("━" * dark, "grey30"))


def meter_steps(level_db: float) -> int:
    """Return how much of a meter is lit: 0 at -60 dB, 8 from -6 dB."""
    part = (level_db - _QUIETEST_DB) / (_LOUDEST_DB - _QUIETEST_DB)
    return max(0, min(_METER_STEPS, round(part * _METER_STEPS)))
