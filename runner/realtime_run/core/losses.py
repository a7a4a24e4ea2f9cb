"""What the loss of a connection does, and what the next one owes the user for it."""

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.core import announcements
from realtime_run.core import provider_events as reported
from realtime_run.core.history import History
from realtime_run.core.tool_calls import ToolCalls
from realtime_run.core.turn_effects import (
    Effect,
    Emit,
    FinishPlayback,
    HoldInput,
    Resume,
)
from realtime_run.core.turn_state import Step, Turns, with_response, without_response


class Arrears(Struct, frozen=True, kw_only=True):
    """What a lost connection was to answer, and nobody has asked for again."""

    answer: bool = False
    """To what the user said, if that is still the last word."""
    results: bool = False
    """To calls of which the model was to speak."""

    def __bool__(self) -> bool:
        """Return whether anything is owed."""
        return self.answer or self.results

    def is_due(self, history: History) -> bool:
        """Return whether a new connection, which knows the history, is to be asked."""
        return self.results or (self.answer and history.ends_with_the_user)


def arrears_after(
    before: Arrears, turns: Turns, calls: ToolCalls, history: History
) -> Arrears:
    """Return what is owed once a connection is lost.

    Args:
        before: What was owed already.
        turns: Who had the floor.
        calls: What was being run for the model.
        history: What was said.
    """
    begun = (r for r in turns.live if r.generating)
    mute = any(not (r.received_ms or r.written) for r in begun)
    asked = turns.awaiting or turns.owed or turns.unnoticed_ns is not None
    return Arrears(
        answer=before.answer or asked or mute,
        results=before.results or _awaits_results(calls, history),
    )


def _awaits_results(calls: ToolCalls, history: History) -> bool:
    """Return whether what was said last waits to be told what came of calls."""
    if not history.items:
        return False
    last = history.items[-1]
    of_user = last.role == "user"
    return any(
        (of_user or last.response_id == group.response_id) and not group.silenced
        for group in calls.groups
    )


def disconnected(turns: Turns) -> Step:
    """What was received may be played to its end; no more will come."""
    effects: list[Effect] = []
    after = replace(
        turns,
        user_speaking=False,
        awaiting=False,
        discard_next=False,
        remote_calls=(),
        approvals=(),
        alarm=None,
        said=None,
        owed=False,
        unnoticed_ns=None,
        unsettled=None,
        local_turn=False,
        down=True,
        greeting=False,
    )
    if turns.alarm is not None:
        effects.append(Resume())
    if turns.local_turn:
        # What is said from now on belongs to it, and is kept for the next connection.
        after = replace(after, held_from_ms=turns.local_turn_ms)
        effects.append(HoldInput(silence=False))
    for response in turns.responses:
        if not response.generating:
            continue
        status: reported.ResponseStatus = (
            "cancelled" if response.interrupted else "incomplete"
        )
        done = reported.ResponseDone(response_id=response.response_id, status=status)
        effects.append(Emit(announcements.complete(response, done)))
        if response.interrupted or not response.received_ms:
            after = without_response(after, response.response_id)
        else:
            after = with_response(after, replace(response, generating=False))
            effects.append(FinishPlayback(response_id=response.response_id))
    return after, tuple(effects)
