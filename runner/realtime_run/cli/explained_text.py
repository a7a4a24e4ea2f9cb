"""Lays out what `realtime-run explain` tells, for a terminal of any width."""

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from realtime_run.assembly.explanation import ExplainedValue, Explanation, facts_of
from realtime_run.spec.fields import FieldFacts
from realtime_run.spec.overrides import parse_path
from realtime_run.spec.plain import is_list

_GAP = "  "
_NARROWEST = 40
_PATHS = 26
"""A longer path stands on a line of its own."""
_VALUES = 34
"""A longer value is cut where all values are shown."""
_LABELS = 10


def table(values: Sequence[ExplainedValue], width: int) -> str:
    """Return all values, one a line, and below each what becomes of it.

    Args:
        values: What to show.
        width: How many columns the terminal has.
    """
    width = max(width, _NARROWEST)
    origins = max((len(one.origin) for one in values), default=0)
    paths = _width_of_paths(values, width - origins - 2 * len(_GAP))
    room = width - origins - paths - 2 * len(_GAP)
    lines: list[str] = []
    if room < _VALUES // 2:
        for one in values:
            lines += _stacked(one, width)
        return "\n".join(lines)
    shown = [_clipped(_written(one.value), min(room, _VALUES)) for one in values]
    columns = paths, max(map(len, shown), default=0)
    for one, value in zip(values, shown, strict=True):
        lines += _row(one, value, columns)
        lines += _consequences(one, width)
    return "\n".join(lines)


def section(
    explanation: Explanation,
    path: str,
    values: Sequence[ExplainedValue],
    width: int,
) -> str:
    """Return one key, with all that is known of it, or a section and its keys.

    Args:
        explanation: Where they come from.
        path: Of the key or section.
        values: It, and what is below it.
        width: How many columns the terminal has.
    """
    width = max(width, _NARROWEST)
    facts = facts_of(explanation.loaded, parse_path(path) or ())
    (one,) = values[:1]
    if len(values) > 1 or one.path != path:
        doc = _paragraph(facts.doc, width, "") if facts and facts.doc else []
        in_use = [value for value in values if value.in_use]
        rows = table(in_use or values, width)
        return "\n".join([*doc, *([""] if doc else []), rows])
    lines = [*_paragraph(f"{path}: {_written(one.value)}", width, "")]
    if facts is not None and facts.doc:
        lines += _paragraph(facts.doc, width, _GAP)
    lines.append("")
    for label, text in _known(explanation, one, facts):
        lines += _labelled(label, text, width)
    return "\n".join(lines)


def _known(
    explanation: Explanation, one: ExplainedValue, facts: FieldFacts | None
) -> Iterator[tuple[str, str]]:
    if facts is not None:
        yield "type", facts.type
        yield "default", _default(facts)
    yield "from", one.origin
    provider = f"on {explanation.loaded.spec.provider.use}"
    if not one.in_use:
        yield provider, "nothing: barge_in is off"
    for way, words in _ways(one):
        yield provider, f"{way}: {words}"


def _default(facts: FieldFacts) -> str:
    if facts.variable is not None:
        return f"the environment variable {facts.variable}"
    return "none: it is required" if facts.required else _written(facts.default)


def _ways(one: ExplainedValue) -> Iterator[tuple[str, str]]:
    for refusal in one.refused:
        yield "refused", f"{refusal.message}; {refusal.hint}"
    if one.lowered is not None:
        yield one.lowered.way, one.lowered.words


def _row(one: ExplainedValue, value: str, columns: tuple[int, int]) -> Iterator[str]:
    paths, values = columns
    path = one.path
    if len(path) > paths:
        yield path
        path = ""
    yield f"{path:<{paths}}{_GAP}{value:<{values}}{_GAP}{one.origin}"


def _stacked(one: ExplainedValue, width: int) -> Iterator[str]:
    """Yield a value where three columns do not stand beside one another."""
    yield _clipped(f"{one.path}: {_written(one.value)}", width)
    yield from _paragraph(f"from {one.origin}", width, _GAP * 2)
    yield from _consequences(one, width)


def _consequences(one: ExplainedValue, width: int) -> Iterator[str]:
    for way, words in _ways(one):
        yield from _paragraph(f"{way}: {words}", width, _GAP * 2)


def _labelled(label: str, text: str, width: int) -> list[str]:
    first = f"{_GAP}{label:<{_LABELS}}{_GAP}"
    return wrap(
        text, width, initial_indent=first, subsequent_indent=" " * len(first)
    ) or [first.rstrip()]


def _paragraph(text: str, width: int, indent: str) -> list[str]:
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _width_of_paths(values: Sequence[ExplainedValue], room: int) -> int:
    lengths = [len(one.path) for one in values]
    if max(lengths, default=0) + _VALUES <= room:
        return max(lengths, default=0)
    return max((length for length in lengths if length <= _PATHS), default=0)


def _written(value: Any) -> str:
    """Return a value on one line, as YAML takes it."""
    if value == "":
        return '""'
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if is_list(value):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _clipped(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}\u2026"
