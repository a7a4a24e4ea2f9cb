"""When a turn ends, and what then happens, in the server's words."""

from collections.abc import Mapping

from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import (
    EAGER_SILENCE_MS,
    TurnDetection,
    TurnField,
)
from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.turn_detection import turns_of
from realtime_run_qwen.models import Family
from realtime_run_qwen.session_settings import SILENCE_MS

_BY_SILENCE: frozenset[TurnField] = frozenset({"server", "eagerness", "silence"})
_WITH_SEMANTIC: frozenset[TurnField] = frozenset(
    {"server", "semantic", "eagerness", "silence"}
)
SETTING = "provider.session.turn_detection"


def turn_fields(family: Family) -> frozenset[TurnField]:
    """Return what of a spec's `turn:` a family can do."""
    return _WITH_SEMANTIC if "semantic_vad" in family.vads else _BY_SILENCE


def turn_detection(
    written: Mapping[str, object] | None, opening: Opening
) -> dict[str, object] | None:
    """Return the `turn_detection` of a session object; None: the runner finds turns.

    Args:
        written: The spec's own `turn_detection`, which has the last word.
        opening: What the portable keys of the spec say.

    Raises:
        ProviderError: If the runner is to find the turns, and the spec's own
            `turn_detection` says that the server does; or if no such silence can be.
    """
    return turns_of(written, opening, _lowered, setting=SETTING)


def _lowered(turn: TurnDetection) -> dict[str, object]:
    silence_ms = turn.silence_ms
    if silence_ms is not None and not SILENCE_MS[0] <= silence_ms <= SILENCE_MS[1]:
        message = (
            f"'turn.silence' of {silence_ms} ms cannot be: Qwen takes"
            f" {SILENCE_MS[0]}ms to {SILENCE_MS[1] // 1000}s"
        )
        raise ProviderError(message, is_recoverable=False, setting="turn.silence")
    if silence_ms is None and turn.eagerness is not None:
        silence_ms = EAGER_SILENCE_MS[turn.eagerness]
    given = {} if silence_ms is None else {"silence_duration_ms": silence_ms}
    kind = "semantic_vad" if turn.end == "semantic" else "server_vad"
    return {"type": kind, **given}
