"""How a spec's `turn:` and `barge_in:` are carried out on a provider.

Each field is done by the provider itself (native), by the runner while the provider
listens (observe), by the runner that keeps the microphone from a provider which would
interrupt itself (gate), or refused.
"""

from msgspec import Struct

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.impossible import done_natively, impossible
from realtime_run.core.lowerings import Lowering, lowerings
from realtime_run.core.policy import Decides, Hearing, Policy
from realtime_run.core.presets import BargeIn, runner_only
from realtime_run.core.turn_detection import Refusal, TurnDetection
from realtime_run.core.words import phrases


class Lowered(Struct, frozen=True, kw_only=True):
    """`turn:` and `barge_in:` in terms of one provider."""

    policy: Policy
    rows: tuple[Lowering, ...]
    min_speech_ms: int | None = None
    """`Opening.min_speech_ms`."""
    refusals: tuple[Refusal, ...] = ()
    """Why it cannot be run so; then `policy` means nothing."""

    @property
    def interruptible(self) -> bool:
        """`Opening.interruptible`."""
        return self.policy.decides == "provider" or self.policy.hearing == "gate"


def lower(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities, provider: str
) -> Lowered:
    """Return how `turn:` and `barge_in:` are carried out on a provider.

    Args:
        barge_in: What the spec asks for.
        turn: The same.
        able: What the provider can do.
        provider: What it is called.
    """
    decides = _decides(barge_in, turn, able)
    hearing = _hearing(decides, turn, able)
    observes = hearing == "open" and decides == "runner"
    policy = Policy(
        decides=decides,
        hearing=hearing,
        session_answers=observes,
        push_to_talk=turn.end == "push_to_talk",
        local_end_ms=turn.local_silence_ms if turn.end == "local" else None,
        react=barge_in.react if decides == "runner" else "stop",
        min_speech_ms=barge_in.min_speech_ms,
        min_words=barge_in.min_words,
        ignore=phrases(barge_in.ignore),
        always=phrases(barge_in.always),
        resume_after_ms=barge_in.resume_after_ms,
        protect_greeting=barge_in.protect.greeting,
        protect_start_ms=barge_in.protect.start_ms,
        protect_tools=barge_in.protect.tools,
        stop_tools=barge_in.tools == "cancel",
        instructs=able.response_instructions,
        nudge_after_ms=turn.nudge_after_ms,
        provider_cancels=_cancels_itself(decides, hearing, able),
        cancel=able.cancel,
        truncate=_tells_what_was_heard(barge_in, able),
    )
    return Lowered(
        policy=policy,
        min_speech_ms=_own_min_speech_ms(barge_in, decides, able),
        rows=lowerings(barge_in, turn, policy, able),
        refusals=impossible(barge_in, turn, able, hearing=hearing, provider=provider),
    )


def _decides(barge_in: BargeIn, turn: TurnDetection, able: Capabilities) -> Decides:
    if not barge_in.possible:
        return "nobody"
    if turn.manual:
        return "runner"  # the provider looks for no speech
    if barge_in.decide != "auto":
        return barge_in.decide
    native = done_natively(barge_in, turn, able)
    return "runner" if set(runner_only(barge_in)) - native else "provider"


def _own_min_speech_ms(
    barge_in: BargeIn, decides: Decides, able: Capabilities
) -> int | None:
    measures = decides == "provider" and able.min_speech
    return (barge_in.min_speech_ms or None) if measures else None


def _tells_what_was_heard(barge_in: BargeIn, able: Capabilities) -> bool:
    if barge_in.heard == "note":
        return able.notes_what_was_heard
    return barge_in.heard == "truncate" and able.truncate


def _hearing(decides: Decides, turn: TurnDetection, able: Capabilities) -> Hearing:
    if turn.manual and able.manual_turns:
        return "manual"
    if turn.manual:
        return "gate"
    match decides:
        case "provider":
            return "open"
        case "nobody":
            return "open" if able.can_disable_interrupt else "gate"
        case "runner":
            return "open" if able.manual_responses else "gate"


def _cancels_itself(decides: Decides, hearing: Hearing, able: Capabilities) -> bool:
    """Return whether no `CancelResponse` is needed after an interruption."""
    heard = decides == "provider" or hearing == "gate"
    return heard and able.cancels_on_speech
