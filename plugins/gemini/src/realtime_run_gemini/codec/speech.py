"""Follows the user's speech: where it begins and ends, and what is said in it.

Not every server says when the user speaks. From one that never did, it is concluded: a
transcript that comes while no answer is being made, or an interruption, is the
beginning; the answer, or a silence, is the end.

Transcripts come in no order with anything else (Google's SDK says so), so one that
comes during an answer, or just after it, is late: it belongs to what is being answered,
and interrupts nobody. What comes after the final of a turn is an item of its own, with
a final of its own: nothing is lost, nor told twice, nor a turn of the talk.
"""

from realtime_run.core.provider_events import (
    SpeechEnded,
    SpeechStarted,
    TranscriptMode,
    UserTranscript,
)
from realtime_run_gemini.codec.state import Phase, State
from realtime_run_gemini.codec.user import Segment

QUIET_S = 3.0
"""After so long without a sign of speech whose beginning was concluded, it is over."""
FINAL_S = 1.0
"""How long after the end of speech a transcript may still grow."""
LATE_S = 0.5
"""How long after an answer a transcript is still of what was answered."""


def signalled(state: State) -> None:
    """Take note that this server says when the user speaks."""
    state.speech.signalled = True


def begin(state: State, *, audio_ms: int | None = None, said: bool = True) -> None:
    """Let the user speak, unless he does already.

    Where the session finds the turns, nobody is told.

    Args:
        state: Of the connection.
        audio_ms: Where in the microphone's audio.
        said: By the server. False: it is concluded.
    """
    speech = state.speech
    if state.options.manual_turns:
        return
    if speech.open:
        speech.concluded = speech.concluded and not said
        return
    start_turn(state)
    speech.open, speech.concluded, speech.heard_s = True, not said, state.at_s
    state.expecting, state.unwanted_until_s = False, None
    if state.phase is Phase.ANSWERING and state.answer is not None:
        state.answer.overheard = True
    state.emit(SpeechStarted(item_id=speech.item_id, audio_ms=audio_ms))


def start_turn(state: State) -> None:
    """Let a turn of the user begin, and with it an item."""
    close(state)
    speech = state.speech
    speech.answered_s = None
    speech.is_next = state.phase is Phase.ANSWERING
    speech.item_id = state.new_id("item")
    speech.segment = Segment(speech.item_id)


def end(state: State, *, audio_ms: int | None = None) -> None:
    """Let the user have finished, if he spoke; an answer is expected."""
    speech = state.speech
    if not speech.open:
        return
    speech.open = False
    state.expecting = True
    answer = state.answer
    if answer is not None and answer.overheard:
        answer.overheard, answer.goes_on = False, state.options.interruptible
    state.emit(SpeechEnded(item_id=speech.item_id, audio_ms=audio_ms))


def heard(state: State, text: str, *, finished: bool) -> None:
    """Take more of a transcript.

    Args:
        state: Of the connection.
        text: What is certain; may be empty.
        finished: Nothing more will come of this piece.
    """
    if text:
        segment = _segment(state)
        segment.certain, segment.partial = segment.certain + text, ""
        if segment.shown:
            segment.shown = False
            _tell(state, segment, segment.certain, "replacement")
        else:
            _tell(state, segment, text, "delta")
    if finished and state.speech.segment is not None:
        close(state)


def guessed(state: State, partial: str) -> None:
    """Take what the server thinks comes next of a transcript."""
    if partial:
        segment = _segment(state)
        segment.partial, segment.shown = partial, True
        _tell(state, segment, segment.text, "replacement")


def close(state: State) -> None:
    """Tell the whole of the open piece, if there is one."""
    speech = state.speech
    segment, speech.segment = speech.segment, None
    if segment is None:
        return
    if segment.text:
        _tell(state, segment, segment.text, "final")
    spoken = {"type": "input_audio", "transcript": segment.text or None}
    state.item(segment.item_id, "message", spoken, role="user")


def answer(state: State) -> None:
    """Let the answer to the user begin: who gives it takes him for finished."""
    end(state)
    state.speech.is_next = False


def answered(state: State) -> None:
    """Let the answer to the user's turn have ended, unless he is at the next."""
    speech = state.speech
    if not (speech.open or speech.is_next):
        close(state)
        speech.answered_s = state.at_s


def deadline(state: State) -> float | None:
    """Return when `tick` is due; None: not at all."""
    speech, segment = state.speech, state.speech.segment
    if speech.open:
        return speech.heard_s + QUIET_S if speech.concluded else None
    if segment is not None and segment.text:
        return segment.heard_s + FINAL_S
    return None


def tick(state: State) -> None:
    """Let time pass: take the user's silence for an end."""
    due = deadline(state)
    if due is None or state.at_s < due:
        return
    end(state)
    segment = state.speech.segment
    if segment is not None and segment.text:
        close(state)


def _segment(state: State) -> Segment:
    """Return the piece that a transcript belongs to."""
    speech = state.speech
    if not (speech.signalled or speech.open or _is_late(state)):
        begin(state, said=False)
    speech.heard_s = state.at_s
    segment = speech.segment
    if segment is None:
        segment = speech.segment = Segment(state.new_id("item"))
    segment.heard_s = state.at_s
    return segment


def _is_late(state: State) -> bool:
    answered_s = state.speech.answered_s
    just_now = answered_s is not None and state.at_s < answered_s + LATE_S
    thinks = state.answer is not None and state.answer.awaited
    return just_now or (state.phase in {Phase.ANSWERING, Phase.PAUSED} and not thinks)


def _tell(state: State, segment: Segment, text: str, mode: TranscriptMode) -> None:
    state.emit(
        UserTranscript(
            text=text, mode=mode, item_id=segment.item_id, original=state.original
        )
    )
