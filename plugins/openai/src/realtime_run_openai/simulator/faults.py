"""What can go wrong on purpose, by name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

_LARGEST = 64 * 1024 * 1024
_CLOSE = re.compile(r"(\d{4})(?:@(\d+))?")
_FIRST_CODE, _LAST_CODE = 1000, 4999


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one session; all off by default."""

    close_code: int | None = None
    close_after: int = 0
    drop_after: int | None = None
    duplicate_create: bool = False
    expire_s: float | None = None
    garbage: bool = False
    handshake: int | None = None
    late_deltas: int = 0
    no_created: bool = False
    out_of_order: bool = False
    oversized: int | None = None
    quota: bool = False
    reject_update: str | None = None
    stall_after: int | None = None
    trickle_s: float = 0.0
    unknown_event: bool = False


Changes: TypeAlias = Mapping[str, Any]
"""Fields of `Faults`, and what a fault makes of them."""
AnyFaults = TypeVar("AnyFaults", bound=Faults)


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


def parse_faults(given: Mapping[str, str]) -> Faults:
    """Return the faults of OpenAI's simulator that are named.

    Args:
        given: Names and their values, empty where there is none.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    return read_faults(given, FAULTS, Faults())


def flag(field: str) -> Callable[[str], Changes]:
    """Return what reads a fault that takes no value."""

    def read(value: str) -> Changes:
        if value:
            raise ValueError(value)
        return {field: True}

    return read


def count(
    field: str, *, default: int, most: int = 1_000_000
) -> Callable[[str], Changes]:
    """Return what reads a number; a `default` below 0: it has to be given."""

    def read(value: str) -> Changes:
        number = int(value) if value else default
        if not 0 <= number <= most:
            raise ValueError(value)
        return {field: number}

    return read


def duration(field: str, *, unit_s: float = 1.0) -> Callable[[str], Changes]:
    """Return what reads a time in units of so many seconds."""

    def read(value: str) -> Changes:
        units = float(value)
        if not 0 <= units <= 1_000_000:  # noqa: PLR2004 - refuses inf and NaN as well
            raise ValueError(value)
        return {field: units * unit_s}

    return read


def handshake(*statuses: int) -> Callable[[str], Changes]:
    """Return what reads a status of HTTP that is one of these."""

    def read(value: str) -> Changes:
        if int(value) not in statuses:
            raise ValueError(value)
        return {"handshake": int(value)}

    return read


def rejected(default: str) -> Callable[[str], Changes]:
    """Return what reads a parameter that is refused."""

    def read(value: str) -> Changes:
        return {"reject_update": value or default}

    return read


def _close(value: str) -> Changes:
    found = _CLOSE.fullmatch(value)
    if found is None or not _FIRST_CODE <= int(found[1]) <= _LAST_CODE:
        raise ValueError(value)
    if int(found[1]) in {1004, 1005, 1006, 1015}:  # may not be sent (RFC 6455, 7.4.1)
        raise ValueError(value)
    return {"close_code": int(found[1]), "close_after": int(found[2] or 0)}


FAULTS: Mapping[str, Fault] = {
    "close": Fault(
        "CODE or CODE@N: close with this code once N responses are "
        "done (without N: as soon as the session is ready)",
        _close,
    ),
    "drop": Fault(
        "N: break the connection without a word after N messages (default 2)",
        count("drop_after", default=2),
    ),
    "duplicate_create": Fault(
        "the server begins a response of its own at every response.create",
        flag("duplicate_create"),
    ),
    "expire": Fault(
        "SECONDS: the session ends so early: session_expired, then close 1001",
        duration("expire_s"),
    ),
    "garbage": Fault(
        "between good messages: no JSON, binary, values of wrong types",
        flag("garbage"),
    ),
    "handshake": Fault(
        "401, 403, 429 or 500: no connection is accepted",
        handshake(401, 403, 429, 500),
    ),
    "late_deltas": Fault(
        "N: so many audio deltas of an interrupted response come after speech_started",
        count("late_deltas", default=5, most=1_000),
    ),
    "no_created": Fault(
        "response.create is never answered",
        flag("no_created"),
    ),
    "out_of_order": Fault(
        "some events come one message late",
        flag("out_of_order"),
    ),
    "oversized": Fault(
        "BYTES: one message of this size, once the session is ready",
        count("oversized", default=-1, most=_LARGEST),
    ),
    "quota": Fault(
        "insufficient_quota, then the end",
        flag("quota"),
    ),
    "reject_update": Fault(
        "the first session.update, or the call, is refused; the value "
        "names the parameter (default session.audio.output.voice)",
        rejected("session.audio.output.voice"),
    ),
    "stall": Fault(
        "N: silence after N messages (default 0), the connection stays",
        count("stall_after", default=0),
    ),
    "trickle": Fault(
        "MS: every message is so late, and comes in pieces",
        duration("trickle_s", unit_s=0.001),
    ),
    "unknown_event": Fault(
        "events that no client knows, and unknown fields",
        flag("unknown_event"),
    ),
}
"""What can go wrong at OpenAI's simulator."""
NAMES: Mapping[str, str] = {name: fault.meaning for name, fault in FAULTS.items()}
"""Each fault of OpenAI's simulator, and what its value means."""
