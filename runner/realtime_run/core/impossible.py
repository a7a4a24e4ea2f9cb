"""Finds what of `turn:` and `barge_in:` cannot be, and the nearest thing that can."""

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.policy import Hearing
from realtime_run.core.presets import BargeIn, runner_only
from realtime_run.core.turn_detection import Refusal, TurnDetection, refusals


def impossible(
    barge_in: BargeIn,
    turn: TurnDetection,
    able: Capabilities,
    *,
    hearing: Hearing,
    provider: str,
) -> tuple[Refusal, ...]:
    """Return why a provider cannot do what a spec asks for; empty if it can.

    Args:
        barge_in: What the spec asks for.
        turn: The same.
        able: What the provider can do.
        hearing: What it would get of the microphone.
        provider: What it is called.
    """
    return (
        *refusals(turn, able.turn, provider, manual=able.manual_turns),
        *_impossible_turns(turn, able, provider),
        *_contradictions(barge_in, turn, able),
        *(
            ()
            if turn.end == "push_to_talk"
            else _impossible_words(barge_in, hearing, able, provider)
        ),
        *_impossible_memory(barge_in, able, provider),
    )


def _impossible_turns(
    turn: TurnDetection, able: Capabilities, provider: str
) -> list[Refusal]:
    if turn.end != "local" or able.manual_turns:
        return []
    return [
        Refusal(
            field="turn.end",
            message=f"provider {provider!r} finds the end of a turn by itself only",
            hint="the nearest it can do: end: auto",
        )
    ]


def done_natively(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> frozenset[str]:
    """Return the fields, else the runner's, that the provider carries out by itself.

    Only if it decides: beside what only the runner does, they are the runner's, too.
    """
    measures = able.min_speech and barge_in.possible and not turn.manual
    if not measures or barge_in.decide == "runner":
        return frozenset()
    own = frozenset({"min_speech"})
    return own if own.issuperset(runner_only(barge_in)) else frozenset()


def _contradictions(
    barge_in: BargeIn, turn: TurnDetection, able: Capabilities
) -> list[Refusal]:
    found: list[Refusal] = []
    written = barge_in.written
    native = done_natively(barge_in, turn, able)
    alone = [f for f in runner_only(barge_in) if f in written and f not in native]
    resumes = barge_in.resume_after_ms is not None and "resume_after" in written
    if resumes and "decide" in written and "react" not in written:
        alone.append("resume_after")
    if barge_in.decide == "provider" and turn.manual and "decide" in written:
        found.append(
            Refusal(
                field="barge_in.decide",
                message=f"with turn.end: {turn.end} the provider hears no speech to"
                " decide about",
                hint="write decide: auto",
            )
        )
    elif barge_in.decide == "provider" and alone:
        found += (
            Refusal(
                field=f"barge_in.{field}",
                message=f"{field} is the runner's, and decide: provider leaves the"
                " decision to the provider",
                hint="write decide: auto",
            )
            for field in alone
        )
    if turn.end == "push_to_talk" and barge_in.possible:
        return [*found, *_pointless_with_a_key(written)]
    if barge_in.react == "stop":
        refused = {one.field for one in found}
        late: list[str] = [
            field
            for field in ("min_speech", "min_words", "ignore")
            # `decide: provider` brings `react: stop` with it: once is enough.
            if field in alone and f"barge_in.{field}" not in refused
        ]
        if resumes and "barge_in.resume_after" not in refused:
            late.append("resume_after")
        found += (
            Refusal(
                field=f"barge_in.{field}",
                message=f"react: stop has dropped the agent's voice before {field}"
                " can count",
                hint="write react: pause",
            )
            for field in late
        )
    return found


_WEIGHING = ("react", "min_speech", "min_words", "ignore", "always", "resume_after")


def _pointless_with_a_key(written: frozenset[str]) -> list[Refusal]:
    return [
        Refusal(
            field=f"barge_in.{field}",
            message=f"with turn.end: push_to_talk the key interrupts at once: {field}"
            " has nothing to weigh",
            hint="leave it out, or write turn.end: local",
        )
        for field in _WEIGHING
        if field in written
    ]


def _impossible_words(
    barge_in: BargeIn, hearing: Hearing, able: Capabilities, provider: str
) -> list[Refusal]:
    used = {
        "min_words": barge_in.min_words > 0,
        "ignore": bool(barge_in.ignore),
        "always": bool(barge_in.always),
    }
    asked = [field for field, is_used in used.items() if is_used]
    decided = barge_in.decide == "provider" and hearing == "open"
    if not asked or decided or not barge_in.possible:
        return []
    if hearing == "open" and able.user_transcripts:
        return []
    reason = (
        f"provider {provider!r} gives no transcript of the user"
        if hearing == "open"
        else f"provider {provider!r} hears nothing of the user until the agent is"
        " interrupted, so no transcript can come in time"
    )
    return [
        Refusal(
            field=f"barge_in.{field}",
            message=f"{field} needs a transcript: {reason}",
            hint="the nearest that can be: min_speech: 500ms",
        )
        for field in asked
    ]


def _impossible_memory(
    barge_in: BargeIn, able: Capabilities, provider: str
) -> list[Refusal]:
    if "heard" not in barge_in.written:
        return []
    if barge_in.heard == "keep" and able.truncates_itself:
        message = f"provider {provider!r} always forgets what was not heard"
        hint = "write heard: truncate, or leave it out"
    elif barge_in.heard == "truncate" and not (able.truncate or able.truncates_itself):
        message = f"provider {provider!r} cannot be made to forget what was not heard"
        note = "heard: note" if able.notes_what_was_heard else "heard: keep"
        hint = f"write {note}, or leave it out"
    elif barge_in.heard == "note" and not able.notes_what_was_heard:
        message = f"provider {provider!r} takes no notes of what was heard"
        forgets = able.truncate or able.truncates_itself
        hint = f"write heard: {'truncate' if forgets else 'keep'}, or leave it out"
    else:
        return []
    return [Refusal(field="barge_in.heard", message=message, hint=hint)]
