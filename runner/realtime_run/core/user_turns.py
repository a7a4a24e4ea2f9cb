"""Which turns of the user are answered, where the provider leaves that to the session.

A turn counts unless it began while the agent spoke and proved a false alarm. What was
said while the agent could not be interrupted is answered when it has finished.
"""

from msgspec.structs import replace

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import Send
from realtime_run.core.turn_inputs import VoiceHeard
from realtime_run.core.turn_state import Step, Turns, UserTurn, Verdict
from realtime_run.core.words import phrase, without

UNNOTICED_MS = 3000
"""How long the provider may take to notice what interrupted the agent, or to tell what
was said. After that it is asked to go on: nobody shall wait in silence."""


def started(turns: Turns, event: reported.SpeechStarted) -> Turns:
    """Take note that the provider hears the user begin."""
    return replace(turns, unnoticed_ns=None, said=_begun(turns, event.item_id))


def _begun(turns: Turns, item_id: str | None) -> UserTurn:
    voice, alarm = turns.voice, turns.alarm
    lasting_ms = voice.lasting_ms if voice is not None and voice.voice else 0
    before_ms = alarm.speech_ms if alarm is not None else 0
    return UserTurn(
        item_id=item_id,
        verdict="open" if turns.live else "counts",
        speech_ms=max(lasting_ms, before_ms),
    )


def lasted(turns: Turns, event: VoiceHeard) -> Turns:
    """Take note of how long the user has spoken without a pause."""
    said = turns.said
    if said is None or said.ended or not event.voice:
        return turns
    longest = max(said.speech_ms, event.lasting_ms)
    return replace(turns, said=replace(said, speech_ms=longest))


def ended(
    turns: Turns, event: reported.SpeechEnded, at_ns: int, policy: Policy
) -> Turns:
    """Take note that the user's turn is over, as the provider hears it."""
    said = turns.said
    if said is None or said.ended:
        if said is not None and said.item_id == event.item_id is not None:
            return turns  # it was told twice
        said = _begun(turns, event.item_id)
    turns = replace(
        turns,
        unnoticed_ns=None,
        said=replace(said, ended_ns=at_ns, item_id=said.item_id or event.item_id),
    )
    if said.verdict == "counts":
        return replace(turns, owed=True)
    # While there is an alarm, it decides.
    return weighed(turns, at_ns, policy) if turns.alarm is None else turns


def weighed(turns: Turns, at_ns: int, policy: Policy) -> Turns:
    """Decide by what is known of it whether a turn that is over counts."""
    said = turns.said
    if said is None or not said.ended or said.verdict != "open":
        return turns
    long = said.speech_ms >= policy.min_speech_ms
    told = said.text and (said.silenced or not said.speech_ms)
    if told:
        return judged(turns, "counts") if _speaks(said, policy) else turns
    if said.speech_ms and (long or not said.silenced):
        return judged(turns, "counts" if long else "ignored")
    # The transcript decides. Should none come, who was not heard well is answered.
    return turns if said.speech_ms else replace(turns, unnoticed_ns=at_ns)


def silenced(turns: Turns, at_ns: int, policy: Policy) -> Turns:
    """Let words decide about a turn for which an answer was given up."""
    said = turns.said
    if said is None or said.verdict != "open":
        return turns
    return weighed(replace(turns, said=replace(said, silenced=True)), at_ns, policy)


def covers(turns: Turns, onset_ns: int) -> bool:
    """Return whether a sound belongs to the turn that the provider heard last."""
    said = turns.said
    return said is not None and (said.ended_ns is None or onset_ns < said.ended_ns)


def transcribed(turns: Turns, event: reported.UserTranscript, policy: Policy) -> Turns:
    """Take note of what the user said."""
    said = turns.said
    if said is None or not _is_of(event, said):
        return turns
    # A final without text only closes.
    grows = event.mode == "delta"
    text = said.text + event.text if grows else event.text or said.text
    said = replace(said, text=text)
    turns = replace(turns, said=said)
    # An alarm decides; and what is still heard may interrupt, see `alarms`.
    if event.mode != "final" or turns.alarm is not None or not said.ended:
        return turns
    if said.verdict == "open" or (wanted(said, policy) and not turns.live):
        turns = replace(turns, unnoticed_ns=None)
        return judged(turns, "counts" if _speaks(said, policy) else "ignored")
    return turns


def wanted(said: UserTurn, policy: Policy) -> bool:
    """Return whether a turn was ignored for want of words only."""
    long = policy.needs_words and said.speech_ms >= policy.min_speech_ms
    return said.verdict == "ignored" and (long or not said.speech_ms)


def _speaks(said: UserTurn, policy: Policy) -> bool:
    """Return whether there are words in a turn beside what is ignored."""
    return bool(without(phrase(said.text), policy.ignore))


def belongs(turns: Turns, event: reported.UserTranscript) -> bool:
    """Return whether a transcript is of the turn that was heard last."""
    return turns.said is not None and _is_of(event, turns.said)


def may_be_answered(turns: Turns, event: reported.UserTranscript) -> bool:
    """Return whether the awaited answer may be to what a transcript tells of.

    It is not to another turn than the last, nor to one that does not count.
    """
    said = turns.said
    if said is None:
        return True
    other = event.item_id is not None and said.item_id not in {None, event.item_id}
    return said.verdict == "counts" and not other


def _is_of(event: reported.UserTranscript, said: UserTurn) -> bool:
    if event.item_id is None or said.item_id is None:
        return not (said.ended and said.verdict == "counts")
    return event.item_id == said.item_id


def judged(turns: Turns, verdict: Verdict) -> Turns:
    """Decide whether the turn that is undecided counts."""
    said = turns.said
    if said is None or (said.verdict == verdict and not said.ended):
        return turns
    if said.verdict == "counts":
        return turns
    owed = turns.owed or (verdict == "counts" and said.ended)
    return replace(turns, owed=owed, said=replace(said, verdict=verdict))


def answered(turns: Turns, at_ns: int) -> Step:
    """Ask for the answer that is owed, as soon as that can be."""
    if turns.unnoticed_ns is not None and not turns.voiced:
        waited_ns = at_ns - turns.unnoticed_ns
        if waited_ns >= UNNOTICED_MS * 1_000_000:
            turns = replace(turns, owed=True, unnoticed_ns=None)
    busy = turns.live or turns.user_speaking or turns.flushing or turns.awaiting
    if not turns.owed or busy or turns.down:
        return turns, ()
    after = replace(turns, owed=False, awaiting=True, discard_next=False)
    return after, (Send(CreateResponse()),)
