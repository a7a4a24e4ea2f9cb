"""What an interruption does: the epoch rises once, and all that can be heard ends."""

from msgspec.structs import replace

from realtime_run.core import announcements
from realtime_run.core import events as public
from realtime_run.core.commands import CancelResponse, Truncate
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Effect,
    Emit,
    Flush,
    Send,
    Source,
    Stopped,
)
from realtime_run.core.turn_inputs import Flushed
from realtime_run.core.turn_state import (
    Response,
    Step,
    Turns,
    with_response,
    without_response,
)

COOLDOWN_MS = 300
"""Providers report one interruption in several ways: for so long after one, no other
sign of the user's speech is another."""


def is_cooling(turns: Turns, at_ns: int) -> bool:
    """Return whether the agent was interrupted only a moment ago."""
    last = turns.interrupted_ns
    return last is not None and at_ns - last < COOLDOWN_MS * 1_000_000


def interrupt_requested(
    turns: Turns, source: Source, at_ns: int, policy: Policy
) -> Step:
    """Silence the agent, or drop the answer that has not begun."""
    # Nobody shall be answered who asked for silence after he had said it.
    turns = replace(turns, owed=False, unnoticed_ns=None)
    if not (turns.live or turns.awaiting):
        return turns, ()  # nothing to interrupt: two calls are one interruption
    effects: tuple[Effect, ...] = ()
    if turns.awaiting and not turns.generating and policy.cancel:
        effects = (Send(CancelResponse(response_id=None)),)
    after = replace(turns, discard_next=turns.awaiting and not turns.generating)
    cause = Cause(source=source, onset_source=source, onset_ns=at_ns)
    after, more = interrupt(after, cause, at_ns, policy, cancels_itself=False)
    return after, effects + more


def interrupt(
    turns: Turns, cause: Cause, at_ns: int, policy: Policy, *, cancels_itself: bool
) -> Step:
    """Raise the epoch, and silence every response that can still be heard."""
    cancelled = tuple(
        Send(CancelResponse(response_id=response.response_id))
        for response in turns.live
        if response.generating and policy.cancel and not cancels_itself
    )
    after = replace(
        turns,
        epoch=turns.epoch + 1,
        awaiting=False,
        alarm=None,
        flushing=True,
        interrupted_ns=at_ns,
        unsettled=cause,
        responses=tuple(replace(r, interrupted=True) for r in turns.responses),
    )
    return after, (Flush(cause=cause), *cancelled)


def settled(turns: Turns, at_ns: int, stopped: Stopped) -> Step:
    """Tell that the provider has stopped, if that was all it still made."""
    cause = turns.unsettled
    if cause is None or any(r.generating and r.interrupted for r in turns.responses):
        return turns, ()
    event = public.RealtimeInterruptionSettledEvent(
        epoch=turns.epoch,
        onset_ns=cause.onset_ns,
        provider_stop_source=stopped,
        provider_stop_ns=at_ns,
    )
    return replace(turns, unsettled=None), (Emit(event),)


def flushed(turns: Turns, event: Flushed, at_ns: int, policy: Policy) -> Step:
    """Tell what was heard of the responses that were cut, and forget the rest."""
    stopped = not any(r.generating for r in turns.responses)
    cause = event.cause
    effects: list[Effect] = [
        Emit(
            public.RealtimeInterruptionEvent(
                source=cause.source,
                epoch=turns.epoch,
                onset_source=cause.onset_source,
                onset_ns=cause.onset_ns,
                silence_source=cause.silenced,
                silence_ns=at_ns if cause.silence_ns is None else cause.silence_ns,
                provider_stop_source=cause.stopped if stopped else None,
                provider_stop_ns=at_ns if stopped else None,
            )
        )
    ]
    after = replace(
        turns, flushing=False, unsettled=None if stopped else turns.unsettled
    )
    for response in turns.responses:
        if not response.interrupted or response.closed:
            continue
        # Providers count what they sent; a device may have pulled padding beyond it.
        played = min(event.played_ms.get(response.response_id, 0), response.received_ms)
        effects += _as_heard(response, played, policy)
        if response.generating:
            after = with_response(after, replace(response, closed=True))
        else:
            after = without_response(after, response.response_id)
    return after, tuple(effects)


def _as_heard(response: Response, played: float, policy: Policy) -> list[Effect]:
    heard = response.transcript.heard(
        played, response.received_ms, complete=not response.generating
    )
    played_ms = int(played)
    effects: list[Effect] = []
    if policy.truncate and response.received_ms:
        effects.append(
            Send(
                Truncate(
                    response_id=response.response_id,
                    item_id=response.item_id,
                    played_ms=played_ms,
                    heard=heard,
                )
            )
        )
    if response.transcript.text:
        if not heard:
            # An empty final only closes: what was told must be taken back first.
            effects.append(Emit(announcements.nothing_said(response)))
        effects.append(Emit(announcements.final(response, heard)))
    if response.received_ms:
        effects += announcements.audio_over(response, played_ms, interrupted=True)
    return effects
