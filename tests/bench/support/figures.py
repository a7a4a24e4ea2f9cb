"""Prints what was measured, and how busy the machine was meanwhile."""

import os
from collections.abc import Sequence
from statistics import median

_NAME = 46


def heading(title: str, unit: str) -> None:
    """Begin a table.

    Args:
        title: What its rows have in common.
        unit: Of all its figures.
    """
    print(
        f"\n{title + ', ' + unit:{_NAME}} {'median':>9} {'min':>9} {'max':>9}  target"
    )


def row(name: str, figures: Sequence[float], target: float | None = None) -> None:
    """Print one line.

    Args:
        name: What was measured.
        figures: What came out, each time.
        target: What the median should not be above.
    """
    middle = median(figures)
    verdict = ""
    if target is not None:
        verdict = f"<= {target:g}: {'met' if middle <= target else 'missed'}"
    shown = " ".join(
        f"{figure:9.3f}" if figure < 10 else f"{figure:9.1f}"
        for figure in (middle, min(figures), max(figures))
    )
    print(f"{name:{_NAME}} {shown}  {verdict}".rstrip(), flush=True)


def load() -> str:
    """Return how many processes wanted to run in the last minute, in words.

    Figures taken while others use the machine are too high: more than one for every two
    processors is a reason to measure again.
    """
    if not hasattr(os, "getloadavg"):
        return "load average unknown"
    return f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors"
