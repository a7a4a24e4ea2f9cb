"""What the codec reports, as the session's turns understand it."""

from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import turns
from realtime_run.core.commands import CancelResponse, SendText
from realtime_run.core.policy import Policy
from realtime_run.core.provider_events import AudioOutput
from realtime_run.core.turn_effects import Emit, Flush, Play
from realtime_run.core.turn_inputs import Flushed, Input
from realtime_run.core.turn_state import Turns

POLICY = Policy(decides="provider", provider_cancels=True, cancel=True, truncate=False)


class Session:
    """The turns of a session that a codec reports to."""

    def __init__(self, talk: Any) -> None:
        self.talk = talk
        self.turns = Turns()
        self.public: list[public.Event] = []
        self.played: list[str] = []
        self._taken = 0

    def catch_up(self) -> None:
        for event in self.talk.events[self._taken :]:
            self.take(event)
        self._taken = len(self.talk.events)

    def take(self, event: Input) -> None:
        self.turns, effects = turns.step(
            self.turns,
            event,
            at_ns=int(self.talk.at_s * 1e9),
            policy=POLICY,
            output_hz=24_000,
        )
        for effect in effects:
            match effect:
                case Emit(event=told):
                    self.public.append(told)
                case Play(response_id=response_id):
                    self.played.append(response_id)
                case Flush(cause=cause):
                    self.take(Flushed(cause=cause, played_ms={}))
                case _:
                    pass

    def told(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.public)


@pytest.fixture
def session(talk: Any) -> Session:
    return Session(talk)


def test_audio_of_an_interrupted_turn_never_takes_the_next_epoch(
    session: Session,
) -> None:
    talk = session.talk
    talk.sound()
    session.catch_up()
    talk.content(interrupted=True)
    session.catch_up()
    talk.sound()
    talk.sound()
    talk.turn_complete()
    talk.sound()
    session.catch_up()

    outputs = [
        (event.response_id, event.epoch)
        for event in session.public
        if isinstance(event, public.RealtimeAudioOutputEvent)
    ]
    assert outputs == [("turn_1", 0), ("turn_2", 1)]
    assert len(talk.of(AudioOutput)) == 2


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("complete", [True, False])
def test_a_barge_in_is_one_interruption(
    session: Session, announced: bool, complete: bool
) -> None:
    talk = session.talk
    talk.sound()
    if complete:
        talk.content(generationComplete=True)
    if announced:
        talk.voice("START", "1s")
    talk.content(interrupted=True)
    talk.content(interrupted=True)
    talk.turn_complete()
    talk.user("Stop")
    if announced:
        talk.voice("END", "2s")

    session.catch_up()

    assert session.turns.epoch == 1
    assert session.told(public.RealtimeInterruptionEvent) == 1
    assert session.told(public.RealtimeUserSpeechStartedEvent) == 1


def test_a_text_that_cuts_an_answer_is_one_interruption(session: Session) -> None:
    talk = session.talk
    talk.sound()
    talk.ask(SendText(text="Stop"))
    talk.content(interrupted=True)
    talk.turn_complete()
    talk.sound()

    session.catch_up()

    assert session.turns.epoch == 1
    assert session.told(public.RealtimeUserSpeechStartedEvent) == 0
    assert session.played == ["turn_1", "turn_2"]


def test_who_speaks_while_the_rest_still_sounds_interrupts_it(session: Session) -> None:
    talk = session.talk
    talk.sound()
    talk.turn_complete()
    talk.wait(1.0)

    talk.user("Stop")
    session.catch_up()

    assert session.turns.epoch == 1


def test_a_late_transcript_interrupts_nobody(session: Session) -> None:
    talk = session.talk
    talk.user("Tell me")
    talk.sound()
    talk.user(" a story.")
    talk.turn_complete()
    talk.user(" Please.")

    session.catch_up()

    assert session.turns.epoch == 0
    assert session.told(public.RealtimeUserSpeechStartedEvent) == 1


def test_a_sound_that_stops_nothing_does_not_mute_the_answer(session: Session) -> None:
    talk = session.talk
    talk.sound()
    talk.voice("START")
    talk.voice("END")
    talk.sound()

    session.catch_up()

    assert session.played == ["turn_1", "turn_1"]
    assert session.turns.epoch == 1


def test_nobody_speaks_for_ever(session: Session) -> None:
    talk = session.talk
    talk.user("Hm")
    talk.wait(10.0)

    session.catch_up()

    assert not session.turns.user_speaking


def test_the_answer_to_a_cancelled_text_is_never_heard(session: Session) -> None:
    talk = session.talk
    talk.ask(SendText(text="Sing"))
    talk.ask(CancelResponse(response_id=None))
    talk.sound()
    talk.turn_complete()

    session.catch_up()

    assert session.played == []
