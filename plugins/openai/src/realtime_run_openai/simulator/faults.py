"""What can go wrong on purpose, by name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

NAMES: Mapping[str, str] = {
    "close": "CODE or CODE@N: close with this code once N responses are done"
    " (without N: as soon as the session is ready)",
    "drop": "N: break the connection without a word after N messages (default 2)",
    "duplicate_create": "the server begins a response of its own at every"
    " response.create",
    "expire": "SECONDS: the session ends so early: session_expired, then close 1001",
    "garbage": "between good messages: no JSON, binary, values of wrong types",
    "handshake": "401, 403, 429 or 500: no connection is accepted",
    "late_deltas": "N: so many audio deltas of an interrupted response come after"
    " speech_started",
    "no_created": "response.create is never answered",
    "out_of_order": "some events come one message late",
    "oversized": "BYTES: one message of this size, once the session is ready",
    "quota": "insufficient_quota, then the end",
    "reject_update": "the first session.update, or the call, is refused; the value"
    " names the parameter (default session.audio.output.voice)",
    "stall": "N: silence after N messages (default 0), the connection stays",
    "trickle": "MS: every message is so late, and comes in pieces",
    "unknown_event": "events that no client knows, and unknown fields",
}
"""Each fault, and what its value means."""

_LARGEST = 64 * 1024 * 1024
_HANDSHAKES = (401, 403, 429, 500)
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


class FaultError(ValueError):
    """A fault that does not exist, or whose value makes no sense."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


def parse_faults(given: Mapping[str, str]) -> Faults:
    """Return the faults that are named.

    Args:
        given: Names and their values, empty where there is none.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    faults = Faults()
    for name, value in given.items():
        if name not in NAMES:
            message = f"no fault '{name}'"
            raise FaultError(message, f"the faults are: {', '.join(NAMES)}")
        try:
            faults = _READERS[name](faults, value)
        except ValueError:
            message = f"fault '{name}' does not take '{value}'"
            raise FaultError(message, f"{name}: {NAMES[name]}") from None
    return faults


def _number(value: str, *, default: int, most: int = 1_000_000) -> int:
    number = int(value) if value else default
    if not 0 <= number <= most:
        raise ValueError(value)
    return number


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds <= 1_000_000:  # noqa: PLR2004 - refuses inf and NaN as well
        raise ValueError(value)
    return seconds


def _nothing(value: str) -> bool:
    if value:
        raise ValueError(value)
    return True


def _close(faults: Faults, value: str) -> Faults:
    found = _CLOSE.fullmatch(value)
    if found is None or not _FIRST_CODE <= int(found[1]) <= _LAST_CODE:
        raise ValueError(value)
    if int(found[1]) in {1004, 1005, 1006, 1015}:  # may not be sent (RFC 6455, 7.4.1)
        raise ValueError(value)
    return replace(faults, close_code=int(found[1]), close_after=int(found[2] or 0))


def _handshake(faults: Faults, value: str) -> Faults:
    status = int(value)
    if status not in _HANDSHAKES:
        raise ValueError(value)
    return replace(faults, handshake=status)


def _reject(faults: Faults, value: str) -> Faults:
    return replace(faults, reject_update=value or "session.audio.output.voice")


_READERS: Mapping[str, Callable[[Faults, str], Faults]] = {
    "close": _close,
    "drop": lambda faults, value: replace(faults, drop_after=_number(value, default=2)),
    "duplicate_create": lambda faults, value: replace(
        faults, duplicate_create=_nothing(value)
    ),
    "expire": lambda faults, value: replace(faults, expire_s=_seconds(value)),
    "garbage": lambda faults, value: replace(faults, garbage=_nothing(value)),
    "handshake": _handshake,
    "late_deltas": lambda faults, value: replace(
        faults, late_deltas=_number(value, default=5, most=1_000)
    ),
    "no_created": lambda faults, value: replace(faults, no_created=_nothing(value)),
    "out_of_order": lambda faults, value: replace(faults, out_of_order=_nothing(value)),
    "oversized": lambda faults, value: replace(
        faults, oversized=_number(value, default=-1, most=_LARGEST)
    ),
    "quota": lambda faults, value: replace(faults, quota=_nothing(value)),
    "reject_update": _reject,
    "stall": lambda faults, value: replace(
        faults, stall_after=_number(value, default=0)
    ),
    "trickle": lambda faults, value: replace(faults, trickle_s=_seconds(value) / 1000),
    "unknown_event": lambda faults, value: replace(
        faults, unknown_event=_nothing(value)
    ),
}
