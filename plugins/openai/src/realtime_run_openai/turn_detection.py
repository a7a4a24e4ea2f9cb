"""When a turn ends, and what then happens, in the server's words."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec.structs import replace

from realtime_run.core.errors import ProviderError
from realtime_run.core.turn_detection import EAGER_SILENCE_MS, TurnDetection
from realtime_run.plugin.provider_api import Advice, Opening
from realtime_run.plugin.settings import Settings
from realtime_run_openai.dialect import Dialect

SETTING = "provider.session.audio.input.turn_detection"


def turn_detection(
    written: Mapping[str, object] | None, opening: Opening, dialect: Dialect
) -> dict[str, object] | None:
    """Return the `turn_detection` of a session object; None: the runner finds turns.

    Args:
        written: The spec's own `turn_detection`, which has the last word.
        opening: What the portable keys of the spec say.
        dialect: Whose server it is for.

    Raises:
        ProviderError: If the runner is to find the turns, and the spec's own
            `turn_detection` says that the server does.
    """
    lower = partial(_lowered, dialect=dialect)
    return turns_of(written, opening, lower, setting=SETTING)


def turns_of(
    written: Mapping[str, object] | None,
    opening: Opening,
    lower: Callable[[TurnDetection], Mapping[str, object]],
    *,
    setting: str,
) -> dict[str, object] | None:
    """Return a `turn_detection` of any vendor's; None: the runner finds turns.

    Where the runner decides what interrupts and what is answered, the server neither
    answers nor interrupts by itself: `interrupt_response: false` alone may leave a turn
    without an answer.

    Args:
        written: The spec's own `turn_detection`, which has the last word.
        opening: What the portable keys of the spec say.
        lower: Puts a spec's `turn` into the vendor's words.
        setting: Where in the spec `written` stands.

    Raises:
        ProviderError: If the runner is to find the turns, and `written` says that the
            server does.
    """
    if opening.manual_turns:
        if written is not None:
            message = (
                f"'{_shown(setting)}' lets the server find turns, which"
                f" 'turn.end: {opening.turn.end}' leaves to the runner; leave it out"
            )
            raise ProviderError(message, is_recoverable=False, setting=setting)
        return None
    lowered: Mapping[str, object] = {} if written is not None else lower(opening.turn)
    acts = opening.interruptible
    return {
        **lowered,
        "create_response": acts,
        "interrupt_response": acts,
        **(written or {}),
    }


def nobody_ends_turns(setting: str = SETTING) -> ProviderError:
    """Return why `turn_detection: null` cannot be where the server finds turns."""
    message = (
        f"'{_shown(setting)}: null' would leave nobody to end the user's turns;"
        " leave it out, or write turn: {end: push_to_talk}"
    )
    return ProviderError(message, is_recoverable=False, setting=setting)


def advice_on_turns(
    turns: Settings | None, opening: Opening, setting: str = SETTING
) -> Iterator[Advice]:
    """Yield where a spec's own `turn_detection` and its portable keys fight.

    Args:
        turns: The spec's own; it has `create_response` and `interrupt_response`.
        opening: What the portable keys of the spec say.
        setting: Where in the spec `turns` stands.
    """
    if turns is None:
        return
    portable = replace(opening.turn, nudge_after_ms=None)
    if not opening.turn.manual and portable != TurnDetection():
        yield Advice(
            message=f"'{_shown(setting)}' takes the place of 'turn'",
            setting=setting,
            hint="keep one of them",
        )
    acts = {"create_response", "interrupt_response"} & turns.model_fields_set
    odd = sorted(name for name in acts if getattr(turns, name))
    if odd and not opening.interruptible:
        why = "is off" if opening.answers else "leaves that to the runner"
        yield Advice(
            message=f"'{odd[0]}: true' lets the server act although 'barge_in' {why}",
            setting=f"{setting}.{odd[0]}",
            hint="leave it out",
        )


def _shown(setting: str) -> str:
    return setting.removeprefix("provider.")


def _lowered(turn: TurnDetection, dialect: Dialect) -> dict[str, object]:
    if _is_semantic(turn, dialect):
        chosen = {} if turn.eagerness is None else {"eagerness": turn.eagerness}
        return {"type": "semantic_vad", **chosen}
    silence_ms = turn.silence_ms
    if silence_ms is None and turn.eagerness is not None:
        silence_ms = EAGER_SILENCE_MS[turn.eagerness]
    given = {} if silence_ms is None else {"silence_duration_ms": silence_ms}
    return {"type": "server_vad", **given}


def _is_semantic(turn: TurnDetection, dialect: Dialect) -> bool:
    if turn.end == "semantic":
        return True
    needs_silence = turn.end == "server" or turn.silence_ms is not None
    return "semantic" in dialect.turn and not needs_silence
