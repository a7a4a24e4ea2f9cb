"""Says in words why a turn of the server ended, where that is a fault."""

from collections.abc import Mapping

from realtime_run.core.provider_events import (
    ProviderFailed,
    ProviderNoted,
    ResponseStatus,
)
from realtime_run_gemini.codec.state import State

_ORDINARY = frozenset({"", "TURN_COMPLETE_REASON_UNSPECIFIED", "NEED_MORE_INPUT"})


def is_fault(reason: str) -> bool:
    """Return whether a `turnCompleteReason` says that something went wrong."""
    return reason not in _ORDINARY


def status_of(reason: str, *, spoken: bool) -> ResponseStatus:
    """Return how a response ended; `spoken`: something came of it."""
    if not is_fault(reason):
        return "completed"
    return "incomplete" if spoken else "failed"


def explain(state: State, reason: str, status: ResponseStatus) -> None:
    """Report why a response is incomplete, or failed."""
    said = _REASONS.get(reason, f"it ended its turn with {reason}")
    if status == "incomplete":
        message = f"the answer was cut short: {said}"
        state.emit(ProviderNoted(message=message, level="warning"))
    else:
        state.emit(
            ProviderFailed(
                error=f"the model gave no answer: {said}",
                error_code=reason,
                context="making a response",
            )
        )


_REASONS: Mapping[str, str] = {
    "MALFORMED_FUNCTION_CALL": "it called a function in a form that cannot be read",
    "RESPONSE_REJECTED": "its answer was rejected by the server",
    "PROHIBITED_INPUT_CONTENT": "what it was told is prohibited content",
    "BLOCKLIST": "what it was told holds a word that is blocked",
    "GENERATED_CONTENT_SAFETY": "its answer was held back for safety",
    "GENERATED_AUDIO_SAFETY": "its audio was held back for safety",
    "GENERATED_CONTENT_PROHIBITED": "its answer was prohibited content",
    "GENERATED_CONTENT_BLOCKLIST": "its answer held a word that is blocked",
    "MAX_REGENERATION_REACHED": "the server gave up making one",
}
"""In words; the enumeration is that of Google's SDK."""
