"""Whether a sound of the user is an interruption: noticed, weighed, confirmed or not.

Only where the runner decides. The speaker reacts to the first sound; what follows
confirms it (long enough, or words that count) or proves it a false alarm.
"""

from typing import Literal, assert_never

from msgspec.structs import replace

from realtime_run.core import events as public
from realtime_run.core import interruptions, user_turns
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Duck,
    Effect,
    Emit,
    Pause,
    Resume,
    Source,
)
from realtime_run.core.turn_inputs import VoiceHeard
from realtime_run.core.turn_state import Alarm, Step, Turns
from realtime_run.core.words import contains, phrase, without

GIVE_UP_AFTER_MS = 1500
"""With `resume_after: null`, how long after the sound a transcript may confirm it."""
ALONE_MS = 3000
"""How long a sound may go on that the provider hears and the runner's ear does not; or,
where only words count, the other way round. Noise may last for ever."""


def heard(turns: Turns, event: VoiceHeard, at_ns: int, policy: Policy) -> Step:
    """Take what the runner's ear hears."""
    turns = user_turns.lasted(replace(turns, voice=event), event)
    if policy.decides != "runner" or policy.push_to_talk:
        return turns, ()
    if not event.voice:
        return _over(replace(turns, noise_ms=None), "local", at_ns), ()
    if event.since_ms == turns.noise_ms:
        return turns, ()
    began_ns = at_ns - event.lasting_ms * 1_000_000
    turns, effects = _noticed(turns, "local", began_ns, at_ns, policy)
    alarm = turns.alarm
    if alarm is None:
        return turns, effects
    if alarm.over_ns is not None or alarm.since_ms is None:
        alarm = replace(alarm, since_ms=event.since_ms, over_ns=None)
    longest = max(alarm.speech_ms, event.lasting_ms)
    turns = replace(turns, alarm=replace(alarm, speech_ms=longest))
    turns, more = _weighed(turns, at_ns, policy)
    return turns, (*effects, *more)


def provider_heard(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Take the provider's word that the user speaks, who leaves the decision to us."""
    turns, effects = _noticed(turns, "provider", at_ns, at_ns, policy)
    if turns.alarm is None or policy.min_speech_ms > 0:
        return turns, effects
    turns, more = _weighed(turns, at_ns, policy)
    return turns, (*effects, *more)


def provider_ended(turns: Turns, at_ns: int) -> Turns:
    """Take the provider's word that the user has ended."""
    return _over(turns, "provider", at_ns)


def transcribed(turns: Turns, at_ns: int, policy: Policy, *, final: bool) -> Step:
    """Weigh what the user said, as far as it is known."""
    said, alarm = turns.said, turns.alarm
    if said is None or not turns.live:
        return turns, ()
    sounds = alarm is not None and user_turns.covers(turns, alarm.onset_ns)
    if said.verdict == "counts" and not sounds:
        return turns, ()  # it is the turn that the agent answers
    words = phrase(said.text)
    enough = len(without(words, policy.ignore)) >= max(1, policy.min_words)
    always = contains(words, policy.always)
    if alarm is None:
        late = always or (enough and user_turns.wanted(said, policy))
        return _proved(turns, at_ns, policy) if late else (turns, ())
    # A transcript proves speech that the runner's own ear has not heard.
    long = alarm.speech_ms >= policy.min_speech_ms or not alarm.speech_ms
    proves = policy.needs_words or not alarm.speech_ms
    if always or (enough and long and proves):
        return _confirmed(turns, at_ns, policy, by="words")
    if final and policy.needs_words and not turns.voiced:
        return dismissed(turns, at_ns, policy)
    return turns, ()


def _proved(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Interrupt for words of what was taken for a false alarm for want of them."""
    if not interruptible(turns, at_ns, policy):
        return user_turns.judged(turns, "counts"), ()
    turns, effects = _noticed(turns, "provider", at_ns, at_ns, policy)
    turns, more = _confirmed(turns, at_ns, policy, by="words")
    return turns, (*effects, *more)


def expired(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Give up waiting for what would confirm a sound that is long over."""
    alarm = turns.alarm
    if alarm is None:
        return turns, ()
    if alarm.over_ns is None:
        alone = _alone_ns(turns, alarm, at_ns, policy) >= ALONE_MS * 1_000_000
        return dismissed(turns, at_ns, policy) if alone else (turns, ())
    patience_ms = policy.resume_after_ms
    if patience_ms is None:
        patience_ms = GIVE_UP_AFTER_MS if policy.needs_words else 0
    if at_ns - alarm.over_ns < patience_ms * 1_000_000:
        return turns, ()
    return dismissed(turns, at_ns, policy)


def dismissed(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Take a sound for a false alarm."""
    alarm = turns.alarm
    if alarm is None:
        return turns, ()
    if turns.voiced and turns.voice is not None:
        turns = replace(turns, noise_ms=turns.voice.since_ms)
    covered = user_turns.covers(turns, alarm.onset_ns)
    if policy.resume_after_ms is None:
        turns = user_turns.silenced(turns, at_ns, policy) if covered else turns
        return _confirmed(turns, at_ns, policy, by="nothing")
    turns = user_turns.judged(turns, "ignored") if covered else turns
    event = public.RealtimeInterruptionEvent(
        source=alarm.source,
        epoch=turns.epoch,
        onset_source=alarm.source,
        onset_ns=alarm.onset_ns,
        silence_source=policy.react if policy.react != "stop" else "flush",
        silence_ns=alarm.reacted_ns,
        provider_stop_ns=None,
        false_alarm=True,
    )
    return replace(turns, alarm=None), (Resume(), Emit(event))


def outlived(turns: Turns, at_ns: int, policy: Policy) -> Step:
    """Forget a sound if there is nothing left that it could interrupt."""
    if turns.alarm is None or turns.live:
        return turns, ()
    turns = replace(turns, alarm=None)
    said = turns.said
    if said is not None and said.verdict == "open" and not said.ended:
        turns = user_turns.judged(turns, "counts")
    return user_turns.weighed(turns, at_ns, policy), (Resume(),)


def interruptible(turns: Turns, at_ns: int, policy: Policy) -> bool:
    """Return whether a sound of the user could interrupt the agent now."""
    if policy.decides != "runner" or not turns.live:
        return False
    cooling = interruptions.is_cooling(turns, at_ns)
    return not (cooling or protected(turns, at_ns, policy))


def protected(turns: Turns, at_ns: int, policy: Policy) -> bool:
    """Return whether the policy lets nothing interrupt the agent now."""
    if policy.protect_greeting and any(r.greeting for r in turns.live):
        return True
    if policy.protect_tools and (turns.tools_running or turns.remote_calls):
        return True
    window_ns = policy.protect_start_ms * 1_000_000
    return any(r.sounding and at_ns - r.sounding_ns < window_ns for r in turns.live)


def _noticed(
    turns: Turns, source: Source, onset_ns: int, at_ns: int, policy: Policy
) -> Step:
    """React to the first sound."""
    if turns.alarm is not None or not interruptible(turns, at_ns, policy):
        return turns, ()
    alarm = Alarm(source=source, onset_ns=onset_ns, reacted_ns=at_ns)
    effects: tuple[Effect, ...]
    match policy.react:
        case "pause":
            effects = (Pause(),)
        case "duck":
            effects = (Duck(),)
        case "stop":
            effects = ()  # it is confirmed at once, and stops the speaker
        case _:
            assert_never(policy.react)
    return replace(turns, alarm=alarm), effects


def _weighed(turns: Turns, at_ns: int, policy: Policy) -> Step:
    alarm = turns.alarm
    if alarm is None or policy.needs_words or alarm.speech_ms < policy.min_speech_ms:
        return turns, ()
    return _confirmed(turns, at_ns, policy, by="sound")


def _alone_ns(turns: Turns, alarm: Alarm, at_ns: int, policy: Policy) -> int:
    """Return for how long a sound has gone on without what could confirm it."""
    if alarm.since_ms is None:
        return at_ns - alarm.reacted_ns
    if not policy.needs_words or turns.user_speaking:
        return 0
    said = turns.said
    ended_ns = said.ended_ns if said is not None else None
    return at_ns - max(alarm.reacted_ns, ended_ns or alarm.reacted_ns)


def _over(turns: Turns, source: Source, at_ns: int) -> Turns:
    alarm = turns.alarm
    if alarm is None or alarm.over_ns is not None or turns.voiced:
        return turns
    if source == "local" and alarm.since_ms is None:
        return turns  # only the provider hears this one
    return replace(turns, alarm=replace(alarm, over_ns=at_ns))


def _confirmed(
    turns: Turns,
    at_ns: int,
    policy: Policy,
    *,
    by: Literal["sound", "words", "nothing"],
) -> Step:
    """Interrupt the agent, for a sound or words that count, or for want of both."""
    alarm = turns.alarm
    if alarm is None:
        return turns, ()
    paused = policy.react == "pause"
    cause = Cause(
        source="local",
        onset_source=alarm.source,
        onset_ns=alarm.onset_ns,
        silenced="pause" if paused else "flush",
        silence_ns=alarm.reacted_ns if paused else None,
    )
    if turns.held_from_ms is None and (by != "nothing" or policy.hearing == "gate"):
        # Behind a gate the provider may judge for itself what the agent is silent for.
        turns = replace(turns, held_from_ms=alarm.since_ms)
    if by == "words" or (by == "sound" and user_turns.covers(turns, alarm.onset_ns)):
        turns = user_turns.judged(replace(turns, unnoticed_ns=None), "counts")
    elif by == "sound" and policy.hearing != "manual":
        # Whatever else is to be answered waits until this has been said.
        turns = replace(turns, owed=False, unnoticed_ns=at_ns)
    return interruptions.interrupt(
        replace(turns, alarm=None),
        cause,
        at_ns,
        policy,
        cancels_itself=policy.provider_cancels,
    )
