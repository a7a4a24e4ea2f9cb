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
from realtime_run.core.words import phrase

UNNOTICED_MS = 3000
"""How long the provider may take to notice what interrupted the agent. After that it is
asked to go on: nobody shall wait in silence."""


def started(turns: Turns, event: reported.SpeechStarted) -> Turns:
    """Take note that the provider hears the user begin."""
    voice = turns.voice
    return replace(
        turns,
        unnoticed_ns=None,
        said=UserTurn(
            item_id=event.item_id,
            verdict="open" if turns.live else "counts",
            speech_ms=voice.lasting_ms if voice is not None and voice.voice else 0,
        ),
    )


def lasted(turns: Turns, event: VoiceHeard) -> Turns:
    """Take note of how long the user has spoken without a pause."""
    said = turns.said
    if said is None or said.ended or not event.voice:
        return turns
    longest = max(said.speech_ms, event.lasting_ms)
    return replace(turns, said=replace(said, speech_ms=longest))


def ended(turns: Turns, event: reported.SpeechEnded, policy: Policy) -> Turns:
    """Take note that the user's turn is over, as the provider hears it."""
    said = turns.said or UserTurn(item_id=event.item_id, verdict="counts")
    if said.ended:
        said = UserTurn(item_id=event.item_id, verdict="counts")
    turns = replace(
        turns,
        unnoticed_ns=None,
        said=replace(said, ended=True, item_id=said.item_id or event.item_id),
    )
    if said.verdict == "counts":
        return replace(turns, owed=True)
    if said.verdict == "ignored" or turns.alarm is not None or not said.speech_ms:
        return turns  # an alarm decides, or what the transcript says
    long = said.speech_ms >= policy.min_speech_ms
    return judged(turns, "counts" if long else "ignored")


def transcribed(turns: Turns, event: reported.UserTranscript) -> Turns:
    """Take note of what the user said."""
    said = turns.said
    if said is None or not _is_of(event, said):
        return turns
    # A final without text only closes.
    grows = event.mode == "delta"
    text = said.text + event.text if grows else event.text or said.text
    turns = replace(turns, said=replace(said, text=text))
    unheard = said.ended and said.verdict == "open" and not said.speech_ms
    if unheard and turns.alarm is None and event.mode == "final":
        return judged(turns, "counts" if phrase(text) else "ignored")
    return turns


def belongs(turns: Turns, event: reported.UserTranscript) -> bool:
    """Return whether a transcript is of the turn that was heard last."""
    return turns.said is not None and _is_of(event, turns.said)


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
