"""Reads what is to go wrong: faults by name, each with a value or none.

Which faults there are is each simulator's own; how numbers, times and close codes are
written is the same for all.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

from realtime_run.simulation.disturbance import Disturbances

_CLOSE = re.compile(r"(\d{4})(?:@(\d+))?")
_CODES = range(1000, 5000)
_NEVER_SENT = frozenset({1004, 1005, 1006, 1015})
"""RFC 6455, 7.4.1."""
_LARGEST = 1_000_000

Changes: TypeAlias = Mapping[str, Any]
"""Fields of a simulator's faults, and what a fault makes of them."""
AnyFaults = TypeVar("AnyFaults", bound=Disturbances)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong."""

    meaning: str
    """What its value means, and what it does."""
    read: Callable[[str], Changes]
    """Makes of its value what changes; raises ValueError if that makes no sense."""


class FaultError(ValueError):
    """A fault that does not exist, or whose value makes no sense."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


def read_faults(
    given: Mapping[str, str], known: Mapping[str, Fault], none: AnyFaults
) -> AnyFaults:
    """Return the faults that are named, of one server.

    Args:
        given: Names and their values, empty where there is none.
        known: What can go wrong there.
        none: Nothing goes wrong.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    faults = none
    for name, value in given.items():
        if name not in known:
            message = f"no fault '{name}'"
            raise FaultError(message, f"the faults are: {', '.join(known)}")
        try:
            faults = replace(faults, **known[name].read(value))
        except ValueError:
            message = f"fault '{name}' does not take '{value}'"
            raise FaultError(message, f"{name}: {known[name].meaning}") from None
    return faults


def flag(field: str) -> Callable[[str], Changes]:
    """Return what reads a fault that takes no value."""

    def read(value: str) -> Changes:
        if value:
            raise ValueError(value)
        return {field: True}

    return read


def count(
    field: str, *, default: int | None = None, most: int = _LARGEST
) -> Callable[[str], Changes]:
    """Return what reads a number; without a default it has to be given."""

    def read(value: str) -> Changes:
        number = default if not value and default is not None else int(value)
        if not 0 <= number <= most:
            raise ValueError(value)
        return {field: number}

    return read


def duration(field: str, *, unit_s: float = 1.0) -> Callable[[str], Changes]:
    """Return what reads a time in units of so many seconds."""

    def read(value: str) -> Changes:
        units = float(value)
        if not 0 <= units <= _LARGEST:  # refuses inf and NaN as well
            raise ValueError(value)
        return {field: units * unit_s}

    return read


def choice(
    field: str, *options: int, default: int | None = None
) -> Callable[[str], Changes]:
    """Return what reads one of several numbers; without a default it is needed."""

    def read(value: str) -> Changes:
        number = default if not value and default is not None else int(value)
        if number not in options:
            raise ValueError(value)
        return {field: number}

    return read


def text(field: str, default: str) -> Callable[[str], Changes]:
    """Return what reads any text."""

    def read(value: str) -> Changes:
        return {field: value or default}

    return read


def closing(value: str) -> Changes:
    """Read `CODE` or `CODE@N` into `close_code` and `close_after`.

    Raises:
        ValueError: If it is neither, or no code that may be sent.
    """
    found = _CLOSE.fullmatch(value)
    if found is None or int(found[1]) not in _CODES or int(found[1]) in _NEVER_SENT:
        raise ValueError(value)
    return {"close_code": int(found[1]), "close_after": int(found[2] or 0)}
