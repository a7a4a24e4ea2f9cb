"""Makes responses of the server's turns, which have no ids.

A response begins with the first output of a turn, and takes an id then: whatever comes
late is still of that id, and so of its epoch. It ends with the turn, or before it when
it was interrupted, when nobody wants it any more, or when the turn waits for functions.
"""

from collections.abc import Iterator, Mapping

from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemStatus,
    ResponseDone,
    ResponseStarted,
    ResponseStatus,
)
from realtime_run.wire.messages import Message, text_of
from realtime_run_gemini.codec import reasons, speech
from realtime_run_gemini.codec.sound import Sound
from realtime_run_gemini.codec.state import Answer, Draining, Phase, State
from realtime_run_gemini.codec.usage import Used

LATE_S = 1.0
"""How long after an interruption output is still of the turn that was interrupted,
should the server not say that it is over."""
REST_S = 10.0
"""The same of a turn that the server goes on with and nobody wants: after so long
without output, output is of the next."""
UNWANTED_S = 10.0
"""How long an answer that is not wanted any more may take to begin."""
THINKING_S = 300.0
"""How long it may take the server to begin a turn of which it said that it comes."""
CUT_S = 5.0
"""How long it takes a server at most to stop for something that was sent."""
_IN_PROGRESS = "IN_PROGRESS"
_UNDERWAY = frozenset({_IN_PROGRESS, "REQUIRES_ACTION"})
"""What `interactionStatus` says of a turn that others follow without being asked for.
"""
_NOTHING = Used()


def output(state: State) -> Answer | None:
    """Return the response that output belongs to, begun now if it is the first.

    None if nobody is to be told of it.
    """
    if state.phase is Phase.ANSWERING and state.answer is not None:
        return _continued(state, state.answer)
    if state.phase is Phase.DRAINING:
        if _is_drained(state):
            return None
        _leave(state)
    unwanted_until_s, state.unwanted_until_s = state.unwanted_until_s, None
    if unwanted_until_s is not None and state.at_s < unwanted_until_s:
        state.debug("an answer begins that is not wanted any more: ignored")
        state.expecting = False
        _drain(state)
        return None
    return _begun(state)


def finish(state: State, status: ResponseStatus, used: Used = _NOTHING) -> None:
    """Report the end of the response that is being made; the turn may go on."""
    answer, state.answer = state.answer, None
    state.phase = Phase.PAUSED
    if answer is None:
        return
    whole = status == "completed"
    if whole and (tail := answer.sound.flush()):
        sounded(state, answer, tail)
    if answer.has_item:
        # The user's words stand before the answer to them.
        speech.answered(state)
        _finish_item(state, answer, whole=whole)
    state.emit(
        ResponseDone(
            response_id=answer.response_id,
            status=status,
            text=answer.text or None,
            item_id=answer.item_id if answer.has_item else None,
            usage=used.usage,
            cost_usd=used.cost_usd,
        )
    )


def sounded(state: State, answer: Answer, pcm: bytes) -> None:
    """Report more of what is heard of a response."""
    state.emit(
        AudioOutput(response_id=answer.response_id, pcm=pcm, item_id=answer.item_id)
    )


def item_of(state: State, answer: Answer) -> str:
    """Return the id of a response's message, which is reported with its first part."""
    if not answer.has_item:
        answer.has_item = True
        state.item(answer.item_id, "message", role="assistant", status="in_progress")
    return answer.item_id


def interrupted(state: State, *, over: bool) -> None:
    """Take the server's word that it was stopped.

    Args:
        state: Of the connection.
        over: The same message says that the turn is over.
    """
    caused = state.cuts > 0 and state.at_s < state.cut_s + CUT_S
    state.cuts = state.cuts - 1 if caused else 0
    if not caused:
        # Google reports the user's speech in no other way to everybody.
        speech.begin(state, said=False)
    if state.phase is Phase.ANSWERING:
        finish(state, "cancelled", state.ledger.settle() if over else _NOTHING)
    state.draining = Draining(until_s=state.at_s + LATE_S)
    state.phase = Phase.DRAINING


def turn_complete(state: State, content: Message) -> None:
    """Take the end of the server's turn."""
    reason = text_of(content, "turnCompleteReason")
    interaction = text_of(content, "interactionStatus")
    underway = interaction in _UNDERWAY
    refused = state.draining is not None and state.draining.refuses
    if state.phase is Phase.DRAINING:
        state.ledger.carry()
    else:
        silent = state.phase is not Phase.ANSWERING
        faulty = reasons.is_fault(reason)
        if silent and state.expecting and (faulty or not underway):
            _fall_silent(state)
        if state.phase is not Phase.ANSWERING:
            if not underway:
                state.unwanted_until_s = None  # it has ended, and was not heard
            state.ledger.carry()
            if faulty:
                reasons.explain(state, reason, "failed")
        else:
            _end(state, reason)
    was_drained = state.phase is Phase.DRAINING
    _leave(state)
    if refused or not was_drained:
        # What was to stop it came too late.
        state.cuts = max(0, state.cuts - 1)
        if interaction == _IN_PROGRESS:
            _think(state, refused=refused)


def cut(state: State) -> None:
    """Take note that what is sent next stops what the server is doing."""
    state.cuts, state.cut_s = state.cuts + 1, state.at_s


def cancel(state: State, response_id: str | None) -> None:
    """Let a response be over, or the one that was asked for; Gemini cannot be told."""
    if response_id is None:
        if state.expecting and state.phase is not Phase.ANSWERING:
            disregard(state)
        return
    answer = state.answer
    if answer is None or answer.response_id != response_id:
        return
    finish(state, "cancelled")
    if answer.awaited:
        _leave(state)
        disregard(state, THINKING_S)
    else:
        _drain(state)


def disregard(state: State, begins_s: float = UNWANTED_S) -> None:
    """Let the next answer be nobody's, unless something else is asked for before it.

    Args:
        state: Of the connection.
        begins_s: How long it may take to begin.
    """
    state.unwanted_until_s = state.at_s + begins_s


def _think(state: State, *, refused: bool) -> None:
    """Take the server's word that it goes on by itself, in another turn.

    That turn's response begins at once: so the session knows that it is not over yet,
    and may cancel it. The results of functions are waited for by the session anyhow.

    Args:
        state: Of the connection.
        refused: What it does is not wanted any more.
    """
    if not state.expecting and (refused or state.unwanted_until_s is not None):
        disregard(state, THINKING_S)
    elif not (len(state.calls) or state.speech.open or state.microphone.in_turn):
        _begun(state).awaited = True


def _begun(state: State) -> Answer:
    speech.answer(state)
    state.expecting = False
    state.unwanted_until_s = None
    answer = state.answer = Answer(
        response_id=state.new_id("turn"),
        item_id=state.new_id("item"),
        sound=Sound(state.options.output_hz),
        began_s=state.at_s,
    )
    state.phase = Phase.ANSWERING
    state.emit(ResponseStarted(response_id=answer.response_id))
    return answer


def _continued(state: State, answer: Answer) -> Answer:
    if answer.awaited:
        speech.answer(state)  # whoever spoke meanwhile is answered by this
        answer.awaited = False
    if answer.goes_on:
        # What the user did was no interruption: the rest is to be heard.
        answer.goes_on = state.expecting = False
        state.notes.pop(answer.response_id)
        state.emit(ResponseStarted(response_id=answer.response_id))
    return answer


def _fall_silent(state: State) -> None:
    """Begin a response of nothing: somebody waits, and the model says nothing."""
    unwanted = state.unwanted_until_s is not None
    state.expecting, state.unwanted_until_s = False, None
    if not unwanted:
        _begun(state)


def _is_drained(state: State) -> bool:
    draining = state.draining
    if draining is None or state.at_s >= draining.until_s:
        return False
    if draining.longer_s:
        draining.until_s = state.at_s + draining.longer_s
    return True


def _drain(state: State) -> None:
    """Ignore the rest of a turn that the server goes on with."""
    until_s = state.at_s + REST_S
    state.draining = Draining(until_s=until_s, longer_s=REST_S, refuses=True)
    state.phase = Phase.DRAINING


def _leave(state: State) -> None:
    state.phase, state.draining = Phase.IDLE, None


def _end(state: State, reason: str) -> None:
    answer = state.answer
    status = reasons.status_of(reason, spoken=answer is not None and answer.has_item)
    if status != "completed":
        reasons.explain(state, reason, status)
    used = state.ledger.settle()
    if answer is not None and not answer.has_item:
        speech.answered(state)  # by silence, or by functions
    finish(state, status, used)


def _finish_item(state: State, answer: Answer, *, whole: bool) -> None:
    said, written = "".join(answer.said), "".join(answer.written)
    if said and whole:
        state.emit(
            AgentTranscript(
                response_id=answer.response_id,
                text=said,
                mode="final",
                item_id=answer.item_id,
                original=state.original,
            )
        )
    status: ItemStatus = "completed" if whole else "incomplete"
    content = _content(said, written)
    state.item(answer.item_id, "message", *content, role="assistant", status=status)
    state.answered.put(answer.response_id, said)


def _content(said: str, written: str) -> Iterator[Mapping[str, object]]:
    if said or not written:
        yield {"type": "output_audio", "transcript": said or None}
    if written:
        yield {"type": "output_text", "text": written}
