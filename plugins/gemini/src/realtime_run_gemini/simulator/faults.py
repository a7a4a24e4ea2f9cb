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

HANDSHAKES = (401, 403, 404, 429, 500)
REFUSALS = (1007, 1008)
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults(Disturbances):
    """The faults of one session; all off by default."""

    deadline_s: float | None = None
    expire_s: float | None = None
    go_away_s: float | None = None
    handshake: int | None = None
    late_deltas: int = 0
    late_transcripts_s: float = 0.0
    no_voice_activity: bool = False
    quota: bool = False
    reject_setup: str | None = None
    resume_refused: int | None = None
    trickle_s: float = 0.0
    usage_gap: int = 0


def parse_faults(given: Mapping[str, str]) -> Faults:
    """Return the faults that are named.

    Args:
        given: Names and their values, empty where there is none.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    return read_faults(given, FAULTS, Faults())


FAULTS: Mapping[str, Fault] = {
    "close": Fault(
        "CODE or CODE@N: close with this code once N turns are complete (without"
        " N: as soon as setupComplete is sent)",
        closing,
    ),
    "deadline": Fault(
        "SECONDS: close 1011 after so long, without a goAway before it",
        duration("deadline_s"),
    ),
    "drop": Fault(
        "N: break the connection without a word after N messages (default 2)",
        count("drop_after", default=2),
    ),
    "expire": Fault(
        "SECONDS: the connection ends so early, with the usual goAway before it",
        duration("expire_s"),
    ),
    "garbage": Fault(
        "between good messages: no JSON, values of wrong types, empty objects",
        flag("garbage"),
    ),
    "go_away": Fault(
        "SECONDS: goAway as soon as the session is ready; it ends after so long",
        duration("go_away_s"),
    ),
    "handshake": Fault(
        "401, 403, 404, 429 or 500: no connection is accepted",
        choice("handshake", *HANDSHAKES),
    ),
    "late_deltas": Fault(
        "N: so many parts of an interrupted turn come after `interrupted` (default 5)",
        count("late_deltas", default=5, most=1_000),
    ),
    "late_transcripts": Fault(
        "MS: what the user said is told so much later",
        duration("late_transcripts_s", unit_s=0.001),
    ),
    "no_voice_activity": Fault(
        "nothing tells when the user begins and ends to speak",
        flag("no_voice_activity"),
    ),
    "out_of_order": Fault(
        "output transcripts come one message late",
        flag("out_of_order"),
    ),
    "oversized": Fault(
        "BYTES: one message of this size, once the session is ready",
        count("oversized", most=_LARGEST),
    ),
    "quota": Fault(
        "close 1011 for an exceeded quota, once the session is ready",
        flag("quota"),
    ),
    "reject_setup": Fault(
        "the setup is refused; the value names the field (default generation_config)",
        text("reject_setup", "generation_config"),
    ),
    "resume_refused": Fault(
        "1007 or 1008: no handle is good, and that is the code (default 1008)",
        choice("resume_refused", *REFUSALS, default=1008),
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
        "messages that no client knows, and unknown fields",
        flag("unknown_event"),
    ),
    "usage_gap": Fault(
        "N: so many tokens of a prompt are in none of its details (default 30)",
        count("usage_gap", default=30, most=1_000),
    ),
}
"""What can go wrong at Gemini's simulator."""
NAMES: Mapping[str, str] = {name: fault.meaning for name, fault in FAULTS.items()}
"""Each fault, and what its value means."""
