from typing import Any

import pytest
from msgspec.structs import replace

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CancelResponse, Truncate
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import (
    Cause,
    Effect,
    Emit,
    FinishPlayback,
    Flush,
    Play,
    Send,
    Source,
)
from realtime_run.core.turn_inputs import (
    AnswerOverdue,
    AnswerRequested,
    Disconnected,
    Flushed,
    Input,
    InterruptRequested,
    PlaybackEnded,
    PlaybackStarted,
)
from realtime_run.core.turn_state import UNFINISHED_RESPONSES, Turns
from realtime_run.core.turns import step

HZ = 1000  # one sample is one millisecond
SECOND = 1_000_000_000
EAGER = Policy(decides="provider", provider_cancels=True, cancel=True, truncate=True)
OFF = Policy(decides="nobody", provider_cancels=True, cancel=True, truncate=True)
CLIENT_CANCELS = Policy(
    decides="provider", provider_cancels=False, cancel=True, truncate=True
)
CAN_NOTHING = Policy(
    decides="provider", provider_cancels=True, cancel=False, truncate=False
)


def after(
    *inputs: Input, policy: Policy = EAGER, turns: Turns | None = None
) -> tuple[Turns, list[Effect]]:
    """Return the state after `inputs`, and what the last of them brought about."""
    turns = turns or Turns()
    effects: tuple[Effect, ...] = ()
    for second, event in enumerate(inputs):
        turns, effects = step(
            turns, event, at_ns=second * SECOND, policy=policy, output_hz=HZ
        )
    return turns, list(effects)


def emitted(effects: list[Effect]) -> list[Any]:
    return [effect.event for effect in effects if isinstance(effect, Emit)]


def sent(effects: list[Effect]) -> list[object]:
    return [effect.command for effect in effects if isinstance(effect, Send)]


def audio(response_id: str = "r1", ms: int = 100) -> reported.AudioOutput:
    return reported.AudioOutput(
        response_id=response_id, pcm=bytes(2 * ms), item_id="a1"
    )


def says(text: str, audio_ms: int | None = None) -> reported.AgentTranscript:
    return reported.AgentTranscript(
        response_id="r1", text=text, mode="delta", audio_ms=audio_ms
    )


STARTED = reported.ResponseStarted(response_id="r1")
DONE = reported.ResponseDone(response_id="r1")
SPEECH = reported.SpeechStarted()
SOUNDING = PlaybackStarted(response_id="r1")


def caused(source: Source, *, at_s: int) -> Cause:
    return Cause(source=source, onset_source=source, onset_ns=at_s * SECOND)


def flushed(**played_ms: float) -> Flushed:
    return Flushed(cause=caused("provider", at_s=0), played_ms=played_ms)


def test_a_response_takes_the_epoch_of_its_start() -> None:
    turns, _ = after(STARTED, turns=Turns(epoch=4))

    assert turns.responses[0].epoch == 4


def test_audio_is_played_and_told_with_the_epoch_of_its_response() -> None:
    _, effects = after(STARTED, audio(), turns=Turns(epoch=4))

    assert effects[0] == Play(response_id="r1", pcm=bytes(200))
    assert emitted(effects) == [
        public.RealtimeAudioOutputEvent(
            data=public.Pcm(bytes(200), HZ), response_id="r1", epoch=4
        )
    ]


def test_the_users_speech_silences_the_agent_and_raises_the_epoch_once() -> None:
    turns, effects = after(STARTED, audio(), SPEECH)

    assert turns.epoch == 1
    assert Flush(cause=caused("provider", at_s=2)) in effects


def test_further_signals_of_the_same_interruption_change_nothing() -> None:
    cancelled = reported.ResponseDone(response_id="r1", status="cancelled")

    turns, effects = after(STARTED, audio(), SPEECH, flushed(r1=40), SPEECH, cancelled)

    assert turns.epoch == 1
    assert not any(isinstance(effect, Flush) for effect in effects)


def test_speech_while_nobody_speaks_interrupts_nothing() -> None:
    turns, effects = after(SPEECH)

    assert turns.epoch == 0
    assert emitted(effects) == [public.RealtimeUserSpeechStartedEvent()]


def test_with_barge_in_off_speech_leaves_the_agent_alone() -> None:
    turns, effects = after(STARTED, audio(), SPEECH, audio(), policy=OFF)

    assert turns.epoch == 0
    assert effects[0] == Play(response_id="r1", pcm=bytes(200))


def test_with_barge_in_off_interrupt_still_silences_the_agent() -> None:
    turns, _ = after(STARTED, audio(), InterruptRequested(), policy=OFF)

    assert turns.epoch == 1


def test_late_audio_of_an_interrupted_response_is_dropped() -> None:
    turns, effects = after(STARTED, audio(), SPEECH, flushed(), audio())

    assert effects == []
    assert turns.responses[0].received_ms == 100


def test_late_audio_of_a_response_that_ended_is_dropped() -> None:
    ended = PlaybackEnded(response_id="r1", played_ms=100)

    _, effects = after(STARTED, audio(), DONE, ended, audio())

    assert effects == []


def test_late_transcripts_of_an_interrupted_response_are_dropped() -> None:
    _, effects = after(STARTED, audio(), SPEECH, flushed(), says("late"))

    assert effects == []


def test_transcripts_of_the_user_are_told_after_an_interruption() -> None:
    transcript = reported.UserTranscript(text="wait", mode="final")

    _, effects = after(STARTED, audio(), SPEECH, flushed(), transcript)

    assert [event.text for event in emitted(effects)] == ["wait"]


def test_audio_that_still_sounds_after_its_response_ended_is_interruptible() -> None:
    turns, effects = after(STARTED, audio(), DONE, SOUNDING, SPEECH)

    assert turns.epoch == 1
    assert Flush(cause=caused("provider", at_s=4)) in effects


def test_after_a_false_alarm_the_rest_of_the_response_is_played() -> None:
    turns, effects = after(STARTED, audio(), SPEECH, flushed(), STARTED, audio())

    assert effects[0] == Play(response_id="r1", pcm=bytes(200))
    assert [event.epoch for event in emitted(effects)] == [1] == [turns.epoch]


def test_a_provider_that_cancels_by_itself_is_not_told_to() -> None:
    _, effects = after(STARTED, audio(), SPEECH)

    assert sent(effects) == []


def test_a_provider_that_does_not_cancel_by_itself_is_told_to() -> None:
    _, effects = after(STARTED, audio(), SPEECH, policy=CLIENT_CANCELS)

    assert sent(effects) == [CancelResponse(response_id="r1")]


def test_interrupt_cancels_what_is_being_generated() -> None:
    _, effects = after(STARTED, audio(), InterruptRequested())

    assert sent(effects) == [CancelResponse(response_id="r1")]


def test_interrupt_does_not_cancel_what_is_only_sounding() -> None:
    _, effects = after(STARTED, audio(), DONE, InterruptRequested())

    assert sent(effects) == []


def test_a_second_interrupt_changes_nothing() -> None:
    first, _ = after(STARTED, audio(), InterruptRequested(), flushed())
    second, effects = after(InterruptRequested(), turns=first)

    assert second == first
    assert effects == []


def test_interrupt_where_nothing_is_said_changes_nothing() -> None:
    assert after(InterruptRequested()) == (Turns(), [])


def test_an_answer_interrupted_before_it_began_is_never_heard() -> None:
    turns, effects = after(AnswerRequested(), InterruptRequested())
    assert turns.epoch == 1
    assert sent(effects) == [CancelResponse(response_id=None)]

    turns, effects = after(STARTED, turns=turns)
    assert sent(effects) == [CancelResponse(response_id="r1")]
    assert after(audio(), turns=turns)[1] == []


def test_the_answer_to_a_newer_question_is_heard() -> None:
    inputs = (AnswerRequested(), InterruptRequested(), AnswerRequested(), STARTED)

    _, effects = after(*inputs, audio())

    assert effects[0] == Play(response_id="r1", pcm=bytes(200))


def test_a_provider_that_says_only_cancelled_has_interrupted_the_agent() -> None:
    cancelled = reported.ResponseDone(response_id="r1", status="cancelled")

    turns, effects = after(STARTED, audio(), cancelled)

    assert turns.epoch == 1
    assert (
        Flush(cause=replace(caused("provider", at_s=2), stopped="cancelled")) in effects
    )


def test_the_model_is_made_to_forget_what_was_not_heard() -> None:
    _, effects = after(
        STARTED,
        says("Hello there. ", 0),
        audio(ms=400),
        says("How are you?", 400),
        audio(ms=600),
        SOUNDING,
        SPEECH,
        flushed(r1=400),
    )

    assert sent(effects) == [
        Truncate(response_id="r1", item_id="a1", played_ms=400, heard="Hello there.")
    ]


def test_a_provider_that_cannot_forget_is_not_asked_to() -> None:
    _, effects = after(STARTED, audio(), SPEECH, flushed(r1=40), policy=CAN_NOTHING)

    assert sent(effects) == []


def test_no_more_counts_as_played_than_was_received() -> None:
    _, effects = after(STARTED, audio(), SPEECH, flushed(r1=105.5))

    truncate = sent(effects)[0]
    assert isinstance(truncate, Truncate)
    assert truncate.played_ms == 100


def test_an_interruption_tells_what_was_heard_in_order() -> None:
    _, effects = after(
        STARTED,
        says("Hello there.", 0),
        audio(ms=800),
        SOUNDING,
        SPEECH,
        flushed(r1=450),
    )

    assert emitted(effects) == [
        public.RealtimeInterruptionEvent(
            source="provider",
            epoch=1,
            onset_ns=0,
            silence_ns=5 * SECOND,
            provider_stop_ns=None,
        ),
        public.RealtimeAgentSpeechTranscriptionEvent(
            text="Hello", mode="final", item_id="a1", response_id="r1", epoch=0
        ),
        public.RealtimeAudioOutputDoneEvent(
            response_id="r1", interrupted=True, played_ms=450
        ),
        public.RealtimeAgentSpeechEndedEvent(
            response_id="r1", epoch=0, interrupted=True
        ),
    ]


def test_an_interruption_says_when_the_provider_had_stopped_already() -> None:
    _, effects = after(STARTED, audio(), DONE, SPEECH, flushed())

    assert emitted(effects)[0].provider_stop_ns == 4 * SECOND


def test_where_nothing_was_heard_what_was_told_is_taken_back() -> None:
    _, effects = after(STARTED, says("Hello there.", 0), audio(), SPEECH, flushed())

    said = [
        (event.mode, event.text)
        for event in emitted(effects)
        if isinstance(event, public.RealtimeAgentSpeechTranscriptionEvent)
    ]
    assert said == [("replacement", ""), ("final", "")]


def test_an_interrupted_response_is_complete_when_the_provider_says_so() -> None:
    cancelled = reported.ResponseDone(
        response_id="r1", status="cancelled", usage={"tokens": 3}
    )

    turns, effects = after(STARTED, audio(), SPEECH, flushed(), cancelled)

    assert emitted(effects) == [
        public.RealtimeResponseEvent(
            text="",
            response_id="r1",
            is_complete=True,
            conversation_item_id="a1",
            usage={"tokens": 3},
            status="cancelled",
        ),
        public.RealtimeInterruptionSettledEvent(
            epoch=1, onset_ns=2 * SECOND, provider_stop_ns=4 * SECOND
        ),
    ]
    assert turns.responses == ()


def test_the_end_of_generation_is_not_the_end_of_playing() -> None:
    _, effects = after(STARTED, says("Hi", 0), audio(), DONE)

    assert effects[-1] == FinishPlayback(response_id="r1")
    assert [event.type for event in emitted(effects)] == ["realtime_response"]


def test_a_final_transcript_comes_when_it_has_been_heard() -> None:
    final = reported.AgentTranscript(response_id="r1", text="Hi!", mode="final")
    ended = PlaybackEnded(response_id="r1", played_ms=100)

    turns, effects = after(
        STARTED, says("Hi", 0), audio(), SOUNDING, final, DONE, ended
    )

    assert emitted(effects) == [
        public.RealtimeAgentSpeechTranscriptionEvent(
            text="Hi!", mode="final", item_id="a1", response_id="r1", epoch=0
        ),
        public.RealtimeAudioOutputDoneEvent(
            response_id="r1", interrupted=False, played_ms=100
        ),
        public.RealtimeAgentSpeechEndedEvent(
            response_id="r1", epoch=0, interrupted=False
        ),
    ]
    assert turns.idle


def test_a_response_without_audio_ends_with_its_generation() -> None:
    text = reported.ResponseText(response_id="r1", text="in writing")

    turns, effects = after(STARTED, text, DONE)

    assert [event.text for event in emitted(effects)] == ["in writing"]
    assert turns.idle


def test_text_in_writing_grows() -> None:
    first = reported.ResponseText(response_id="r1", text="in ")
    second = reported.ResponseText(response_id="r1", text="writing")

    _, effects = after(STARTED, first, second)

    assert [event.text for event in emitted(effects)] == ["in writing"]


def test_output_without_a_word_of_its_start_is_its_start() -> None:
    _, effects = after(audio())

    assert [event.type for event in emitted(effects)] == [
        "realtime_response",
        "realtime_audio_output",
    ]


def test_the_end_of_speech_awaits_an_answer_and_its_start_ends_that() -> None:
    waiting, _ = after(SPEECH, reported.SpeechEnded())
    answered, _ = after(STARTED, turns=waiting)

    assert waiting.awaiting
    assert not answered.awaiting


def test_speech_that_was_not_understood_awaits_no_answer() -> None:
    nothing = reported.UserTranscript(text=" ", mode="final")

    turns, _ = after(SPEECH, reported.SpeechEnded(), nothing)

    assert turns.idle


def test_an_overdue_answer_is_an_error_and_no_longer_awaited() -> None:
    turns, effects = after(AnswerRequested(), AnswerOverdue(waited_s=30))

    assert [event.error for event in emitted(effects)] == ["no answer within 30 s"]
    assert turns.idle


def test_a_lost_connection_leaves_what_was_received_to_be_played() -> None:
    turns, effects = after(STARTED, audio(), Disconnected())

    assert effects[-1] == FinishPlayback(response_id="r1")
    assert [event.status for event in emitted(effects)] == ["incomplete"]
    assert [response.generating for response in turns.responses] == [False]


def test_interrupted_responses_that_never_end_are_given_up() -> None:
    turns = Turns()
    for number in range(UNFINISHED_RESPONSES + 3):
        started = reported.ResponseStarted(response_id=f"r{number}")
        turns = replace(turns, interrupted_ns=None)  # that was long ago
        turns, _ = after(started, audio(f"r{number}"), SPEECH, flushed(), turns=turns)

    assert len(turns.responses) == UNFINISHED_RESPONSES


@pytest.mark.parametrize("status", ["failed", "incomplete"])
def test_a_response_that_failed_says_so(status: reported.ResponseStatus) -> None:
    done = reported.ResponseDone(response_id="r1", status=status)

    _, effects = after(STARTED, done)

    assert [event.status for event in emitted(effects)] == [status]


def test_without_cancelling_the_answer_that_nobody_wants_comes_first() -> None:
    turns, _ = after(
        AnswerRequested(),
        InterruptRequested(),
        AnswerRequested(),
        reported.ResponseStarted(response_id="r1"),
        policy=CAN_NOTHING,
    )
    turns, effects = after(
        reported.ResponseDone(response_id="r1"),
        reported.ResponseStarted(response_id="r2"),
        policy=CAN_NOTHING,
        turns=turns,
    )

    assert [response.response_id for response in turns.live] == ["r2"]
    assert isinstance(effects[-1], Emit)


def test_a_cancelled_answer_does_not_take_the_next_one_with_it() -> None:
    turns, _ = after(
        AnswerRequested(),
        InterruptRequested(),
        AnswerRequested(),
        reported.ResponseStarted(response_id="r2"),
    )

    assert [response.response_id for response in turns.live] == ["r2"]
