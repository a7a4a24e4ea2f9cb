"""What can go wrong on purpose at Qwen's simulator, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from realtime_run.simulation.faults import (
    Fault,
    choice,
    count,
    duration,
    flag,
    read_faults,
    text,
)
from realtime_run_openai.simulator.faults import FAULTS as OF_OPENAI
from realtime_run_openai.simulator.faults import Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class QwenFaults(Faults):
    """The faults of one session; all off by default."""

    access_denied: bool = False
    active_closes: bool = False
    arrearage: bool = False
    common_error: int | None = None
    idle_s: float | None = None
    language_error: bool = False
    no_transcript: bool = False
    throttled: bool = False
    transcript_failed: bool = False
    url_error: bool = False


_OWN: Mapping[str, Fault] = {
    "access_denied": Fault("Model.AccessDenied, then the end", flag("access_denied")),
    "active_closes": Fault(
        "response.create while a response is made is refused, and ends the session",
        flag("active_closes"),
    ),
    "arrearage": Fault("Arrearage, then the end", flag("arrearage")),
    "common_error": Fault(
        "N: in place of the response after N others (default 0) the session fails with"
        " InternalError, and closes with 1011",
        count("common_error", default=0),
    ),
    "handshake": Fault(
        "400, 401, 403, 404, 429 or 500: no connection is accepted",
        choice("handshake", 400, 401, 403, 404, 429, 500),
    ),
    "idle": Fault(
        "SECONDS: the session is dropped after so much silence of the client",
        duration("idle_s"),
    ),
    "language_error": Fault(
        "input_audio_transcription.language ends the session, as it did in May 2026",
        flag("language_error"),
    ),
    "no_transcript": Fault(
        "what the user says is never written down", flag("no_transcript")
    ),
    "quota": Fault("AllocationQuota.FreeTierOnly, then the end", flag("quota")),
    "reject_update": Fault(
        "the first session.update is refused; the value names the parameter (default"
        " session.voice)",
        text("reject_update", "session.voice"),
    ),
    "throttled": Fault("Throttling.RateQuota, then the end", flag("throttled")),
    "transcript_failed": Fault(
        "what the user says cannot be written down", flag("transcript_failed")
    ),
    "url_error": Fault(
        "what looks like an address without a scheme, in the result of a tool or in the"
        " instructions, ends the session in place of the next response",
        flag("url_error"),
    ),
}
FAULTS: Mapping[str, Fault] = dict(sorted({**OF_OPENAI, **_OWN}.items()))
"""What can go wrong at Qwen's simulator."""


def parse_faults(given: Mapping[str, str]) -> QwenFaults:
    """Return the faults of Qwen's simulator that are named.

    Args:
        given: Names and their values, empty where there is none.

    Raises:
        FaultError: If a name is unknown or a value makes no sense.
    """
    return read_faults(given, FAULTS, QwenFaults())
