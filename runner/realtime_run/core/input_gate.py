"""What the provider gets of the microphone, and where the runner's own turns are.

gate: the provider would interrupt itself, so while the agent speaks it gets silence;
what the user says meanwhile and counts is given to it afterwards. manual: the provider
looks for no turns, and gets those that the runner finds, or the user marks by a key.
"""

from typing import assert_never

from msgspec.structs import replace

from realtime_run.core import alarms, interruptions
from realtime_run.core import events as public
from realtime_run.core.commands import EndTurn, StartTurn
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Effect,
    Emit,
    HoldInput,
    ReleaseInput,
    Send,
)
from realtime_run.core.turn_inputs import TalkStarted, VoiceHeard
from realtime_run.core.turn_state import Step, Turns

LONGEST_TURN_MS = 60_000
"""A turn that the runner finds is ended after a minute, whatever is heard: in a noise
that is taken for speech nobody would ever be answered."""
TURN_MS = 100
"""So much speech begins a turn that the runner finds: a click does not."""


def kept(turns: Turns, policy: Policy) -> Turns:
    """Remember speech that counts, and that the provider does not hear."""
    voice = turns.voice
    if voice is None or not voice.voice or turns.held_from_ms is not None:
        return turns
    long = voice.lasting_ms >= max(policy.min_speech_ms, TURN_MS)
    waits = turns.live and turns.alarm is None and policy.hearing != "open"
    return replace(turns, held_from_ms=voice.since_ms) if waits and long else turns


def talk_started(turns: Turns, event: TalkStarted, at_ns: int, policy: Policy) -> Step:
    """Let the user take the floor."""
    if turns.talking or not policy.push_to_talk:
        return turns, ()
    effects: tuple[Effect, ...] = (Emit(public.UserTalkingEvent(talking=True)),)
    turns = replace(turns, talking=True, held_from_ms=event.at_ms)
    if alarms.interruptible(turns, at_ns, policy):
        cause = Cause(source="local", onset_source="local", onset_ns=at_ns)
        turns, more = interruptions.interrupt(
            turns, cause, at_ns, policy, cancels_itself=policy.provider_cancels
        )
        effects = (*effects, *more)
    return turns, effects


def talk_ended(turns: Turns) -> Step:
    """Take the floor from the user."""
    if not turns.talking:
        return turns, ()
    told = Emit(public.UserTalkingEvent(talking=False))
    return replace(turns, talking=False), (told,)


def settled(turns: Turns, policy: Policy) -> Step:
    """Hold or release the microphone, and begin or end the user's turn, if it is time.

    Called after everything that happens.
    """
    match policy.hearing:
        case "gate":
            return _gated(turns, policy)
        case "manual" if turns.down or turns.flushing:
            return turns, ()  # there is nobody to send it to, or not yet
        case "manual" if policy.push_to_talk:
            return _keyed(turns)
        case "manual":
            return _found(turns, policy)
        case "open":
            return turns, ()
        case _:
            assert_never(policy.hearing)


def _gated(turns: Turns, policy: Policy) -> Step:
    hold = bool(turns.live) or (policy.push_to_talk and not turns.talking)
    effects: list[Effect] = []
    if turns.held and not turns.live and (turns.held_from_ms is not None or not hold):
        since_ms = turns.held_from_ms
        if since_ms is None and turns.voice is not None and turns.voice.voice:
            since_ms = turns.voice.since_ms  # the agent has finished in mid-speech
        effects.append(ReleaseInput(since_ms=since_ms))
        turns = replace(turns, held=False, held_from_ms=None)
    if hold and not turns.held:
        effects.append(HoldInput(silence=True))
        turns = replace(turns, held=True)
    if not turns.live and not turns.held:
        turns = replace(turns, held_from_ms=None)
    return turns, tuple(effects)


def _keyed(turns: Turns) -> Step:
    if turns.local_turn:
        return (turns, ()) if turns.talking else _end(turns)
    if not turns.talking and turns.held_from_ms is None:
        return turns, ()
    turns, effects = _start(turns)
    if turns.talking:
        return turns, effects
    turns, more = _end(turns)  # it was said while there was no connection
    return turns, effects + more


def _found(turns: Turns, policy: Policy) -> Step:
    voice = turns.voice
    if voice is None:
        return turns, ()
    if turns.local_turn:
        return _in_turn(turns, voice, policy)
    if turns.live:
        return turns, ()
    if turns.held_from_ms is None:
        if not voice.voice or voice.lasting_ms < TURN_MS:
            return turns, ()
        turns = replace(turns, held_from_ms=voice.since_ms)
    return _start(turns)


def _in_turn(turns: Turns, voice: VoiceHeard, policy: Policy) -> Step:
    silent_ms = 0 if voice.voice else voice.lasting_ms
    if policy.local_end_ms is not None and silent_ms >= policy.local_end_ms:
        return _end(turns)
    now_ms = voice.since_ms + voice.lasting_ms
    if now_ms - (turns.local_turn_ms or 0) < LONGEST_TURN_MS:
        return turns, ()
    # What is still heard goes on as the next turn.
    turns, effects = _end(turns)
    return replace(turns, held_from_ms=now_ms), effects


def _start(turns: Turns) -> Step:
    since_ms = turns.held_from_ms
    started = public.RealtimeUserSpeechStartedEvent(audio_ms=since_ms)
    after = replace(
        turns,
        local_turn=True,
        user_speaking=True,
        discard_next=False,
        nudged=False,
        held_from_ms=None,
        local_turn_ms=since_ms,
    )
    effects = (Send(StartTurn()), ReleaseInput(since_ms=since_ms), Emit(started))
    return after, effects


def _end(turns: Turns) -> Step:
    ended = public.RealtimeUserSpeechEndedEvent()
    after = replace(
        turns,
        local_turn=False,
        user_speaking=False,
        awaiting=True,
        discard_next=False,
    )
    return after, (Send(EndTurn()), HoldInput(silence=False), Emit(ended))
