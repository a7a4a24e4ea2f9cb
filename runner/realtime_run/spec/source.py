"""Where a value was written: texts, and places in them.

A place is a pair of indices into a text; line and column are worked out when asked for,
since few of many thousand places are ever shown.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from realtime_run.core.errors import Problem

_BREAK = re.compile(r"\r\n?|\n")
_SHOWN = 400
"""A longer line is not shown below a message: no caret could be found in it."""


@dataclass(slots=True, eq=False)
class Source:
    """One text in which values of the spec stand."""

    name: str
    """As problems show it: a file as the user named it, `--set a=b`, …"""
    folder: Path
    """What relative paths in it start from."""
    text: str
    origin: str | None = None
    """What stands for it where an origin is shown; None: the name, line and column."""
    is_file: bool = True
    """False for a single value, which has lines only as far as it has parts."""
    is_shown: bool = True
    """False where the text may be secret: problems do not show its lines."""
    _starts: list[int] = field(default_factory=list[int])

    def position(self, index: int) -> tuple[int, int]:
        """Return line and column of a character, both 1-based."""
        starts = self._line_starts()
        line = bisect_right(starts, index)
        return line, index - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line's text, without its end; lines count from 1."""
        starts = self._line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts = [0, *(found.end() for found in _BREAK.finditer(self.text))]
        return self._starts


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a source."""

    source: Source
    start: int
    end: int

    def problem(
        self, message: str, hint: str | None = None, *, severity: str = "error"
    ) -> Problem:
        """Return a problem that stands here."""
        source, message = self.source, _clipped(message)
        hint = _clipped(hint) if hint else None
        if not source.is_file and self._is_whole:
            return Problem(
                message=message, file=source.name, hint=hint, severity=severity
            )
        line, column = source.position(self.start)
        text = source.line(line)
        return Problem(
            message=message,
            file=source.name,
            line=line,
            column=column,
            width=max(
                1, min(self.end, self.start + len(text) - column + 1) - self.start
            ),
            source=text if source.is_shown and len(text) <= _SHOWN else None,
            hint=hint,
            severity=severity,
        )

    @property
    def origin(self) -> str:
        """Return where a value here came from, such as `agent.yaml:3:7`."""
        if self.source.origin is not None:
            return self.source.origin
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"

    @property
    def _is_whole(self) -> bool:
        text = self.source.text
        return not text[: self.start].strip() and not text[self.end :].strip()


def _clipped(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


class SpecProblem(Exception):  # noqa: N818 - carries one problem, is never shown
    """Ends the reading of one text; the loader collects the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)
