"""What can go wrong on purpose, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime_run.simulation.disturbance import Disturbances
from realtime_run.simulation.faults import (
    Reader,
    chosen,
    closing,
    flag,
    number,
    read_faults,
    seconds,
    text,
)

HANDSHAKES = (401, 403, 404, 429, 500)
REFUSALS = (1007, 1008)

NAMES: Mapping[str, str] = {
    "close": "CODE or CODE@N: close with this code once N turns are complete"
    " (without N: as soon as setupComplete is sent)",
    "deadline": "SECONDS: close 1011 after so long, without a goAway before it",
    "drop": "N: break the connection without a word after N messages (default 2)",
    "expire": "SECONDS: the connection ends so early, with the usual goAway before it",
    "garbage": "between good messages: no JSON, values of wrong types, empty objects",
    "go_away": "SECONDS: goAway as soon as the session is ready; it ends after so long",
    "handshake": "401, 403, 404, 429 or 500: no connection is accepted",
    "late_deltas": "N: so many parts of an interrupted turn come after `interrupted`"
    " (default 5)",
    "late_transcripts": "MS: what the user said is told so much later",
    "no_voice_activity": "nothing tells when the user begins and ends to speak",
    "out_of_order": "output transcripts come one message late",
    "oversized": "BYTES: one message of this size, once the session is ready",
    "quota": "close 1011 for an exceeded quota, once the session is ready",
    "reject_setup": "the setup is refused; the value names the field (default"
    " generation_config)",
    "resume_refused": "1007 or 1008: no handle is good, and that is the code (default"
    " 1008)",
    "stall": "N: silence after N messages (default 0), the connection stays",
    "trickle": "MS: every message is so late, and comes in pieces",
    "unknown_event": "messages that no client knows, and unknown fields",
    "usage_gap": "N: so many tokens of a prompt are in none of its details"
    " (default 30)",
}
"""Each fault, and what its value means."""

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
    fields: dict[str, Any] = read_faults(given, NAMES, _READERS)
    return Faults(**fields)


_READERS: Mapping[str, Reader] = {
    "close": closing,
    "deadline": seconds("deadline_s"),
    "drop": number("drop_after", default=2),
    "expire": seconds("expire_s"),
    "garbage": flag("garbage"),
    "go_away": seconds("go_away_s"),
    "handshake": chosen("handshake", HANDSHAKES),
    "late_deltas": number("late_deltas", default=5, most=1_000),
    "late_transcripts": seconds("late_transcripts_s", unit_s=0.001),
    "no_voice_activity": flag("no_voice_activity"),
    "out_of_order": flag("out_of_order"),
    "oversized": number("oversized", most=_LARGEST),
    "quota": flag("quota"),
    "reject_setup": text("reject_setup", "generation_config"),
    "resume_refused": chosen("resume_refused", REFUSALS, 1008),
    "stall": number("stall_after", default=0),
    "trickle": seconds("trickle_s", unit_s=0.001),
    "unknown_event": flag("unknown_event"),
    "usage_gap": number("usage_gap", default=30, most=1_000),
}
