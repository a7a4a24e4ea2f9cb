"""What the simulated model is to respond to."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from realtime_run.simulation.model import Situation
from realtime_run.simulation.pictures import described
from realtime_run_gemini.simulator.conversation import Conversation, Entry
from realtime_run_gemini.simulator.session import Session

_Kind: TypeAlias = Literal["voice", "text", "silence", "results", "nothing"]


def situation(
    conversation: Conversation, session: Session, results: Sequence[str] | None
) -> Situation:
    """Return what the model is to respond to.

    Args:
        conversation: What it knows.
        session: What it is told.
        results: What functions returned, if it is to respond to that.
    """
    turns = conversation.turns
    last = turns[-1] if turns else None
    kind: _Kind = "results" if results is not None else _kind(conversation, last)
    return Situation(
        kind=kind,
        turn=last.id if last else "",
        heard=last.text if last else "",
        spoken_s=last.spoken_s if last else 0.0,
        first=turns[0].text if turns else "",
        before=turns[-2].text if len(turns) > 1 else "",
        results=tuple(results or ()),
        images=described(conversation.sizes),
        instructions=session.instructions,
        tools=session.known_tools,
    )


def _kind(conversation: Conversation, last: Entry | None) -> _Kind:
    entries = [
        one for one in conversation.entries if one.is_turn or one.role == "model"
    ]
    if last is None or entries[-1] is not last:
        return "nothing"
    if not last.audio_ms:
        return "text"
    return "voice" if last.spoken_s else "silence"
