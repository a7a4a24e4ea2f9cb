"""The life of a response: started, spoken, done, played."""

from msgspec.structs import replace

from realtime_run.core import announcements, interruptions
from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CancelResponse
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Effect,
    Emit,
    FinishPlayback,
    Play,
    Send,
    Stopped,
)
from realtime_run.core.turn_state import (
    UNFINISHED_RESPONSES,
    Response,
    Step,
    Turns,
    find,
    with_response,
    without_response,
)


def response_started(turns: Turns, response_id: str, policy: Policy) -> Step:
    """Begin a response, or go on with one after a false alarm."""
    known = find(turns, response_id)
    if known is not None and not known.interrupted:
        return turns, ()
    turns, effects = _evict(turns)
    response = Response(
        response_id=response_id, epoch=turns.epoch, greeting=turns.greeting
    )
    if turns.discard_next:
        # It was interrupted between being asked for and starting.
        late = replace(response, epoch=turns.epoch - 1, interrupted=True, closed=True)
        cancel = Send(CancelResponse(response_id=response_id))
        after = replace(with_response(turns, late), discard_next=False, greeting=False)
        return after, effects + ((cancel,) if policy.cancel else ())
    begun = public.RealtimeResponseEvent(
        text="", response_id=response_id, is_complete=False, status="in_progress"
    )
    after = replace(
        with_response(turns, response),
        awaiting=False,
        owed=False,
        greeting=False,
        unnoticed_ns=None,
        ended=tuple(ended for ended in turns.ended if ended != response_id),
    )
    return after, (*effects, Emit(begun))


def _evict(turns: Turns) -> tuple[Turns, tuple[Effect, ...]]:
    """Give up waiting for the end of the oldest of too many interrupted responses."""
    waiting = [r for r in turns.responses if r.interrupted]
    if len(waiting) < UNFINISHED_RESPONSES:
        return turns, ()
    oldest = waiting[0]
    done = reported.ResponseDone(response_id=oldest.response_id, status="cancelled")
    return without_response(turns, oldest.response_id), (
        Emit(announcements.complete(oldest, done)),
    )


def _heard_of(
    turns: Turns, response_id: str, policy: Policy
) -> tuple[Turns, Response | None, tuple[Effect, ...]]:
    """Return the response that output belongs to; None if the output is stale."""
    response = find(turns, response_id)
    if response is not None:
        return turns, None if response.interrupted else response, ()
    if response_id in turns.ended:
        return turns, None, ()
    # No word of its start: its first output is its start.
    turns, effects = response_started(turns, response_id, policy)
    response = find(turns, response_id)
    return turns, response if response and not response.interrupted else None, effects


def audio_output(
    turns: Turns, event: reported.AudioOutput, policy: Policy, output_hz: int
) -> Step:
    """Play samples, unless they are stale."""
    turns, response, effects = _heard_of(turns, event.response_id, policy)
    if response is None:
        return turns, effects
    milliseconds = len(event.pcm) * 1000 / (BYTES_PER_SAMPLE * output_hz)
    after = replace(
        response,
        item_id=event.item_id or response.item_id,
        received_ms=response.received_ms + milliseconds,
    )
    output = public.RealtimeAudioOutputEvent(
        data=Pcm(event.pcm, output_hz),
        response_id=response.response_id,
        epoch=response.epoch,
    )
    play = Play(response_id=response.response_id, pcm=event.pcm)
    return with_response(turns, after), (*effects, play, Emit(output))


def agent_transcript(
    turns: Turns, event: reported.AgentTranscript, policy: Policy
) -> Step:
    """Tell what the agent says; the final waits until it has been heard."""
    turns, response, effects = _heard_of(turns, event.response_id, policy)
    if response is None:
        return turns, effects
    transcript = response.transcript.said(
        event.text,
        event.mode,
        audio_ms=event.audio_ms,
        received_ms=response.received_ms,
    )
    after = with_response(
        turns,
        replace(
            response, item_id=event.item_id or response.item_id, transcript=transcript
        ),
    )
    if event.mode == "final":
        return after, effects  # said when it has been heard
    said = public.RealtimeAgentSpeechTranscriptionEvent(
        text=event.text,
        mode=event.mode,
        item_id=event.item_id,
        response_id=response.response_id,
        epoch=response.epoch,
        original=event.original,
    )
    return after, (*effects, Emit(said))


def response_text(turns: Turns, event: reported.ResponseText, policy: Policy) -> Step:
    """Tell what the agent writes."""
    turns, response, effects = _heard_of(turns, event.response_id, policy)
    if response is None:
        return turns, effects
    after = replace(
        response,
        item_id=event.item_id or response.item_id,
        written=response.written + event.text,
    )
    grown = public.RealtimeResponseEvent(
        text=after.written,
        response_id=response.response_id,
        is_complete=False,
        conversation_item_id=after.item_id,
        status="in_progress",
    )
    return with_response(turns, after), (*effects, Emit(grown))


def response_done(
    turns: Turns, event: reported.ResponseDone, at_ns: int, policy: Policy
) -> Step:
    """End the generation of a response; what came of it may still be sounding."""
    if event.response_id in turns.ended:
        return turns, ()
    begun: tuple[Effect, ...] = ()
    if find(turns, event.response_id) is None:
        turns, begun = response_started(turns, event.response_id, policy)
    response = find(turns, event.response_id)
    if response is None:
        return turns, begun
    effects: tuple[Effect, ...] = (
        *begun,
        Emit(announcements.complete(response, event)),
    )
    if response.interrupted:
        turns = without_response(turns, response.response_id)
        stopped: Stopped = "done" if event.status == "completed" else "cancelled"
        turns, settled = interruptions.settled(turns, at_ns, stopped)
        return turns, effects + settled
    response = replace(response, generating=False)
    turns = with_response(turns, response)
    if event.status == "cancelled":
        # The provider was interrupted and told us in no other way.
        cause = Cause(
            source="provider",
            onset_source="provider",
            onset_ns=at_ns,
            stopped="cancelled",
        )
        after, more = interruptions.interrupt(
            turns, cause, at_ns, policy, cancels_itself=True
        )
        return after, effects + more
    if response.received_ms:
        return turns, (*effects, FinishPlayback(response_id=response.response_id))
    if response.transcript.text:
        effects = (
            *effects,
            Emit(announcements.final(response, response.transcript.text)),
        )
    return without_response(turns, response.response_id), effects


def playback_started(turns: Turns, response_id: str, at_ns: int) -> Step:
    """Tell that the agent begins to be heard."""
    response = find(turns, response_id)
    if response is None or response.interrupted or response.sounding:
        return turns, ()
    started = public.RealtimeAgentSpeechStartedEvent(
        response_id=response_id, epoch=response.epoch
    )
    after = with_response(turns, replace(response, sounding=True, sounding_ns=at_ns))
    return after, (Emit(started),)


def playback_ended(turns: Turns, response_id: str, played_ms: float) -> Step:
    """Tell that the agent was heard to the end."""
    response = find(turns, response_id)
    if response is None or response.interrupted:
        return turns, ()
    effects: list[Effect] = []
    if response.transcript.text:
        effects.append(Emit(announcements.final(response, response.transcript.text)))
    effects += announcements.audio_over(response, round(played_ms), interrupted=False)
    return without_response(turns, response_id), tuple(effects)
