"""What can go wrong on purpose, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from realtime_run.simulation.disturbance import Disturbances
from realtime_run.simulation.faults import (
    Fault,
    choice,
    closing,
    count,
    duration,
    flag,
    read_faults,
    text,
)

_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults(Disturbances):
    """The faults of one session; all off by default."""

    duplicate_create: bool = False
    expire_s: float | None = None
    handshake: int | None = None
    late_deltas: int = 0
    no_created: bool = False
    quota: bool = False
    reject_update: str | None = None
    trickle_s: float = 0.0


def parse_faults(given: Mapping[str, str]) -> Faults:
    """Return the faults of OpenAI's simulator that are named.

    Args:
        given: Names and their values, empty where there is none.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    return read_faults(given, FAULTS, Faults())


FAULTS: Mapping[str, Fault] = {
    "close": Fault(
        "CODE or CODE@N: close with this code once N responses are "
        "done (without N: as soon as the session is ready)",
        closing,
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
        choice("handshake", 401, 403, 429, 500),
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
        count("oversized", most=_LARGEST),
    ),
    "quota": Fault(
        "insufficient_quota, then the end",
        flag("quota"),
    ),
    "reject_update": Fault(
        "the first session.update, or the call, is refused; the value "
        "names the parameter (default session.audio.output.voice)",
        text("reject_update", "session.audio.output.voice"),
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
