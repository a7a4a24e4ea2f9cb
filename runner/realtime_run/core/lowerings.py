"""Says how each field of `turn:` and `barge_in:` is carried out on a provider."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.policy import Hearing, Policy
from realtime_run.core.presets import BargeIn, Protect, runner_only
from realtime_run.core.turn_detection import TurnDetection

Way: TypeAlias = Literal["native", "observe", "gate", "runner", "none"]
"""native: the provider's own fields do it. observe: the provider listens and leaves it
to the runner. gate: the provider hears nothing until the runner has decided. runner:
done here, whatever the provider. none: not done."""


class Lowering(Struct, frozen=True, kw_only=True):
    """How one field of a spec is carried out."""

    field: str
    """Its path: `barge_in.min_speech`."""
    way: Way
    words: str
    """What that means on this provider, for `realtime-run explain`."""


def lowerings(
    barge_in: BargeIn, turn: TurnDetection, policy: Policy, able: Capabilities
) -> tuple[Lowering, ...]:
    """Return what `realtime-run explain` tells of each field that is in use.

    Args:
        barge_in: What the spec asks for.
        turn: The same.
        policy: What was made of it.
        able: What the provider can do.
    """
    return (*_turn_rows(turn, policy.hearing), *_rows(barge_in, policy, able))


def _turn_rows(turn: TurnDetection, hearing: Hearing) -> list[Lowering]:
    match turn.end, hearing:
        case "local", _:
            end: tuple[Way, str] = "runner", "the runner's `vad` finds the end"
        case "push_to_talk", "manual":
            end = "native", "the key marks the turn; the provider looks for none"
        case "push_to_talk", _:
            end = "gate", "the provider hears silence while the key is up"
        case _:
            end = "native", "the provider finds the end"
    rows = [Lowering(field="turn.end", way=end[0], words=end[1])]
    for field, value in (("eagerness", turn.eagerness), ("silence", turn.silence_ms)):
        if value is not None:
            words = (
                "of the runner's own listening" if turn.end == "local" else "its own"
            )
            way: Way = "runner" if turn.end == "local" else "native"
            rows.append(Lowering(field=f"turn.{field}", way=way, words=words))
    if turn.nudge_after_ms is not None:
        words = "the runner asks for a response"
        rows.append(Lowering(field="turn.nudge_after", way="runner", words=words))
    return rows


_HOW: Mapping[Way, str] = {
    "native": "the provider decides, and stops by itself",
    "observe": "the provider listens, and the runner decides",
    "gate": "the provider hears silence until the runner has decided",
}


def _rows(barge_in: BargeIn, policy: Policy, able: Capabilities) -> list[Lowering]:
    heard = _heard_row(barge_in, able)
    if not barge_in.possible:
        off: tuple[Way, str] = ("native", "the provider speaks on")
        if policy.hearing == "gate":
            off = "gate", "the provider hears the user when the agent has finished"
        return [Lowering(field="barge_in", way=off[0], words=off[1]), heard]
    tools = _tools_row(barge_in)
    if policy.push_to_talk:
        return [*_key_rows(barge_in), heard, tools]
    way: Way = "gate"
    if policy.decides == "provider":
        way = "native"
    elif policy.hearing == "open":
        way = "observe"
    elif policy.hearing == "manual":
        way = "runner"
    how = _HOW.get(way, "the runner decides; the provider hears only whole turns")
    rows = [Lowering(field="barge_in.decide", way=way, words=how)]
    rows += _weighing_rows(barge_in, policy, able, way)
    return [*rows, heard, tools]


def _weighing_rows(
    barge_in: BargeIn, policy: Policy, able: Capabilities, way: Way
) -> list[Lowering]:
    words = {
        "react": f"the speaker will {barge_in.react} at the first sound",
        "min_speech": "measured by the runner's `vad`",
        "min_words": "counted in the provider's transcript",
        "ignore": "looked for in the provider's transcript",
        "always": "looked for in the provider's transcript",
        "protect": "speech in these times is answered, and interrupts nothing",
    }
    rows = [
        Lowering(field=f"barge_in.{field}", way=way, words=words[field])
        for field in runner_only(barge_in)
        if way != "native"
    ]
    if way == "native" and barge_in.min_speech_ms and able.min_speech:
        told = "measured by the provider"
        rows.append(Lowering(field="barge_in.min_speech", way=way, words=told))
    if policy.react != "stop":
        after = barge_in.resume_after_ms
        resumes = "after a false alarm the agent goes on where it paused"
        given_up = "after a false alarm the rest is given up"
        text = given_up if after is None else resumes
        rows.append(Lowering(field="barge_in.resume_after", way="runner", words=text))
    return rows


def _key_rows(barge_in: BargeIn) -> list[Lowering]:
    how = "the key interrupts at once"
    rows = [Lowering(field="barge_in.decide", way="runner", words=how)]
    if barge_in.protect != Protect():
        words = "the key interrupts nothing in these times; what is said is answered"
        rows.append(Lowering(field="barge_in.protect", way="runner", words=words))
    return rows


def _tools_row(barge_in: BargeIn) -> Lowering:
    stopped = "stopped" if barge_in.tools == "cancel" else "left to finish"
    words = f"running tools are {stopped}"
    return Lowering(field="barge_in.tools", way="runner", words=words)


def _heard_row(barge_in: BargeIn, able: Capabilities) -> Lowering:
    way: Way = "native"
    if able.truncates_itself:
        words = "the provider itself knows what was heard"
    elif barge_in.heard == "note":
        words = "the model is told in words what was heard"
    elif barge_in.heard == "keep":
        way, words = "none", "the model believes that all it said was heard"
    elif able.truncate:
        words = "the model is told how many milliseconds were heard"
    else:
        way = "none"
        words = "this provider cannot forget: it believes that all was heard"
        if able.notes_what_was_heard:
            words += "; heard: note tells it what was"
    return Lowering(field="barge_in.heard", way=way, words=words)
