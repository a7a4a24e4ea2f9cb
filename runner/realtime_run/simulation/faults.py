"""Reads what is to go wrong: faults by name, each with a value or none.

Which faults there are is each simulator's own; how numbers, times and close codes are
written is the same for all.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

Reader: TypeAlias = Callable[[str], Mapping[str, object]]
"""Given a fault's value, returns the fields that it stands for; raises ValueError."""

_CLOSE = re.compile(r"(\d{4})(?:@(\d+))?")
_CODES = range(1000, 5000)
_NEVER_SENT = frozenset({1004, 1005, 1006, 1015})
"""RFC 6455, 7.4.1."""
_LARGEST = 1_000_000


class FaultError(ValueError):
    """A fault that does not exist, or whose value makes no sense."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


def read_faults(
    given: Mapping[str, str], names: Mapping[str, str], readers: Mapping[str, Reader]
) -> dict[str, object]:
    """Return the fields that faults stand for.

    Args:
        given: Names and their values, empty where there is none.
        names: What each fault there is means, for the hint.
        readers: What reads the value of each.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    fields: dict[str, object] = {}
    for name, value in given.items():
        if name not in names:
            message = f"no fault '{name}'"
            raise FaultError(message, f"the faults are: {', '.join(names)}")
        try:
            fields.update(readers[name](value))
        except ValueError:
            message = f"fault '{name}' does not take '{value}'"
            raise FaultError(message, f"{name}: {names[name]}") from None
    return fields


def flag(field: str) -> Reader:
    """Return what reads a fault that takes no value."""

    def read(value: str) -> Mapping[str, object]:
        if value:
            raise ValueError(value)
        return {field: True}

    return read


def number(field: str, *, default: int | None = None, most: int = _LARGEST) -> Reader:
    """Return what reads a number from 0 to `most`; without a default it is needed."""

    def read(value: str) -> Mapping[str, object]:
        found = default if not value and default is not None else int(value)
        if not 0 <= found <= most:
            raise ValueError(value)
        return {field: found}

    return read


def seconds(field: str, *, unit_s: float = 1.0) -> Reader:
    """Return what reads a time, in seconds or another unit."""

    def read(value: str) -> Mapping[str, object]:
        found = float(value)
        if not 0 <= found <= _LARGEST:  # refuses inf and NaN as well
            raise ValueError(value)
        return {field: found * unit_s}

    return read


def chosen(field: str, options: tuple[int, ...], default: int | None = None) -> Reader:
    """Return what reads one of several numbers."""

    def read(value: str) -> Mapping[str, object]:
        found = default if not value and default is not None else int(value)
        if found not in options:
            raise ValueError(value)
        return {field: found}

    return read


def text(field: str, default: str) -> Reader:
    """Return what reads any text."""

    def read(value: str) -> Mapping[str, object]:
        return {field: value or default}

    return read


def closing(value: str) -> Mapping[str, object]:
    """Read `CODE` or `CODE@N` into `close_code` and `close_after`."""
    found = _CLOSE.fullmatch(value)
    if found is None or int(found[1]) not in _CODES or int(found[1]) in _NEVER_SENT:
        raise ValueError(value)
    return {"close_code": int(found[1]), "close_after": int(found[2] or 0)}
