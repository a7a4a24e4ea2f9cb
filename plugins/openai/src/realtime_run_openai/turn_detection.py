"""When a turn ends, and what then happens, in the server's words."""

from collections.abc import Mapping

from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import Eagerness, TurnDetection
from realtime_run.plugin.provider_api import Opening
from realtime_run_openai.dialect import Dialect

EAGER_SILENCE_MS: Mapping[Eagerness, int] = {"low": 1000, "medium": 500, "high": 250}
"""What `turn.eagerness` is where only silence can end a turn."""


def turn_detection(
    written: Mapping[str, object] | None, opening: Opening, dialect: Dialect
) -> dict[str, object]:
    """Return the `turn_detection` of a session object.

    With `barge_in: off`, the server neither answers nor interrupts by itself:
    `interrupt_response: false` alone may leave a turn without an answer.

    Args:
        written: The spec's own `turn_detection`, which has the last word.
        opening: What the portable keys of the spec say.
        dialect: Whose server it is for.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    lowered = {} if written is not None else _lowered(opening.turn, dialect)
    acts = opening.interruptible
    return {
        **lowered,
        "create_response": acts,
        "interrupt_response": acts,
        **(written or {}),
    }


def _lowered(turn: TurnDetection, dialect: Dialect) -> dict[str, object]:
    if turn.end == "semantic" and turn.nudge_after_ms is not None:
        message = (
            "'turn.nudge_after' cannot be with 'turn.end: semantic': a silent user is "
            "noticed only where silence ends turns; write end: auto"
        )
        raise ProviderError(message, is_recoverable=False, setting="turn.nudge_after")
    if _is_semantic(turn, dialect):
        chosen = {} if turn.eagerness is None else {"eagerness": turn.eagerness}
        return {"type": "semantic_vad", **chosen}
    silence_ms = turn.silence_ms
    if silence_ms is None and turn.eagerness is not None:
        silence_ms = EAGER_SILENCE_MS[turn.eagerness]
    optional = {
        "silence_duration_ms": silence_ms,
        "idle_timeout_ms": turn.nudge_after_ms,
    }
    given = {key: value for key, value in optional.items() if value is not None}
    return {"type": "server_vad", **given}


def _is_semantic(turn: TurnDetection, dialect: Dialect) -> bool:
    if turn.end != "auto":
        return turn.end == "semantic"
    needs_silence = turn.silence_ms is not None or turn.nudge_after_ms is not None
    return "semantic" in dialect.turn and not needs_silence
