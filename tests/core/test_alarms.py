"""What a sound of the user does while the agent speaks, where the runner decides."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CancelResponse, CreateResponse, Truncate
from realtime_run.core.presets import BargeIn, Protect
from realtime_run.core.turn_effects import Duck, Flush, Pause, Resume
from realtime_run.core.turn_inputs import (
    GreetingRequested,
    InterruptRequested,
    PlaybackEnded,
    PlaybackStarted,
    ToolsRunning,
)

Begin = Callable[..., Any]
INTERRUPTION = public.RealtimeInterruptionEvent


def turn(item_id: str = "u1") -> tuple[Any, Any]:
    return (
        reported.SpeechStarted(item_id=item_id),
        reported.SpeechEnded(item_id=item_id),
    )


def says(text: str, item_id: str = "u1", mode: Any = "final") -> Any:
    return reported.UserTranscript(text=text, mode=mode, item_id=item_id)


def test_a_cough_pauses_the_agent_which_goes_on_after_a_while(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)

    assert w.sounds(120).done == [Pause()]
    assert w.silent(1480).done == []
    assert w.silent(40).done == [Resume()]
    assert w.turns.epoch == 0
    assert w.turns.alarm is None


def test_a_false_alarm_is_told_of_with_its_times(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(120).silent(1540)

    assert w.told(INTERRUPTION) == [
        INTERRUPTION(
            source="local",
            epoch=0,
            onset_source="local",
            onset_ns=1000 * 1_000_000,
            silence_source="pause",
            silence_ns=1020 * 1_000_000,
            provider_stop_ns=None,
            false_alarm=True,
        )
    ]


def test_speech_that_lasts_interrupts(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)
    w.heard_ms = 900

    w.sounds(240)
    assert w.done == [Pause()]
    w.sounds(260)

    assert [type(effect) for effect in w.done] == [Flush]
    assert w.sent == [Truncate(response_id="r1", item_id="a1", played_ms=900, heard="")]
    assert w.turns.epoch == 1


def test_an_interruption_says_who_noticed_and_when_all_fell_silent(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(260)

    (event,) = w.told(INTERRUPTION)

    assert (event.source, event.onset_source) == ("local", "local")
    assert (event.onset_ns, event.silence_ns) == (1_000_000_000, 1_020_000_000)
    assert (event.silence_source, event.provider_stop_source) == ("pause", "done")
    assert not event.false_alarm


def test_a_provider_that_still_generates_is_asked_to_stop(world: Begin) -> None:
    w = world("polite").happens(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(200)),
        PlaybackStarted(response_id="r1"),
    )

    w.later(1000).sounds(260)

    assert w.sent[0] == CancelResponse(response_id="r1")
    assert w.told(INTERRUPTION)[0].provider_stop_ns is None
    w.later(30).happens(reported.ResponseDone(response_id="r1", status="cancelled"))
    assert w.told(public.RealtimeInterruptionSettledEvent) == [
        public.RealtimeInterruptionSettledEvent(
            epoch=1, onset_ns=1_000_000_000, provider_stop_ns=1_290_000_000
        )
    ]


def test_what_interrupted_is_answered_when_the_user_has_finished(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(260)
    began, ended = turn()

    assert w.happens(began).sent == []
    assert w.sounds(1000).sent == []
    assert w.silent(500).happens(ended).sent == [CreateResponse()]
    assert w.turns.awaiting


def test_a_turn_that_ended_before_it_counted_is_answered_after_the_truncation(
    world: Begin,
) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000)
    began, ended = turn()
    w.happens(began).sounds(400).silent(300).happens(ended)

    w.happens(says("please stop"))

    assert [type(command) for command in w.sent] == [Truncate, CreateResponse]
    assert w.turns.epoch == 1


def test_a_false_alarm_is_not_answered(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)
    began, ended = turn()

    w.happens(began).sounds(120).silent(500).happens(ended)

    assert w.sent == []
    assert w.silent(2000).sent == []
    assert (
        w.later(8000).happens(PlaybackEnded(response_id="r1", played_ms=10_000)).sent
        == []
    )
    assert w.turns.idle


def test_a_turn_in_silence_is_answered_at_once(world: Begin) -> None:
    w = world("polite")
    began, ended = turn()

    assert w.happens(began, ended).sent == [CreateResponse()]


def test_short_sounds_do_not_add_up(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)

    for _ in range(5):
        w.sounds(120).silent(200)

    assert w.turns.epoch == 0
    assert w.turns.alarm is not None


def test_a_second_cough_puts_off_the_going_on(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(120).silent(1400)

    assert w.sounds(120).done == []
    assert w.silent(1400).done == []
    assert w.silent(140).done == [Resume()]


def test_duck_lowers_the_voice_and_raises_it_again(world: Begin) -> None:
    w = world(BargeIn(react="duck")).agent_speaks().later(1000)

    assert w.sounds(120).done == [Duck()]
    assert w.silent(1540).done == [Resume()]


def test_with_react_stop_the_first_sound_interrupts(world: Begin) -> None:
    block = BargeIn(
        decide="runner", react="stop", min_speech_ms=0, resume_after_ms=None
    )
    w = world(block).agent_speaks().later(1000)

    w.sounds(20)

    assert [type(effect) for effect in w.done] == [Flush]
    assert w.told(INTERRUPTION)[0].silence_source == "flush"


def test_without_resume_what_was_paused_is_given_up_and_nothing_is_asked(
    world: Begin,
) -> None:
    w = world(BargeIn(resume_after_ms=None)).agent_speaks().later(1000)
    began, ended = turn()
    w.happens(began).sounds(120)

    w.silent(60)

    assert w.turns.epoch == 1
    assert [type(effect) for effect in w.done] == [Flush]
    assert w.silent(500).happens(ended).sent == []


@pytest.mark.parametrize("said", ["mhm", "Mhm.", "OK, mhm!", "yeah"])
def test_backchannels_are_no_interruption(world: Begin, said: str) -> None:
    block = BargeIn(ignore=("mhm", "ok", "yeah"))
    w = world(block).agent_speaks().later(1000)
    began, ended = turn()
    w.happens(began).sounds(600).silent(300)
    assert w.turns.epoch == 0

    w.happens(ended, says(said))

    assert w.done == [Resume()]
    assert w.sent == []
    assert w.turns.epoch == 0


@pytest.mark.parametrize(("said", "epoch"), [("mhm", 0), ("mhm but why", 1)])
def test_words_beside_backchannels_count(world: Begin, said: str, epoch: int) -> None:
    w = world(BargeIn(ignore=("mhm",))).agent_speaks().later(1000)
    began, ended = turn()

    w.happens(began).sounds(600).silent(300).happens(ended, says(said))

    assert w.turns.epoch == epoch


def test_always_beats_the_length_the_number_and_what_is_ignored(world: Begin) -> None:
    block = BargeIn(min_words=4, ignore=("stop",), always=("stop",))
    w = world(block).agent_speaks().later(1000)
    began, _ = turn()

    w.happens(began).sounds(120).happens(says("Stop", mode="delta"))

    assert w.turns.epoch == 1


def test_words_that_stream_in_pieces_are_counted_together(world: Begin) -> None:
    w = world(BargeIn(min_words=3)).agent_speaks().later(1000)
    began, _ = turn()
    w.happens(began).sounds(300)

    w.happens(says("well ", mode="delta"), says("tell ", mode="delta"))
    assert w.turns.epoch == 0
    w.happens(says("me", mode="delta"))

    assert w.turns.epoch == 1


def test_a_transcript_of_an_earlier_turn_confirms_nothing(world: Begin) -> None:
    w = world(BargeIn(min_words=1))
    w.happens(*turn("u0")).agent_speaks().later(1000).sounds(300)

    w.happens(says("what I asked before", "u0"))

    assert w.turns.epoch == 0


def test_words_that_come_after_the_agent_went_on_still_interrupt(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000)
    began, ended = turn()
    w.happens(began).sounds(400).silent(600).happens(ended).silent(1000)
    assert w.turns.alarm is None

    w.happens(says("no, wait"))

    assert w.turns.epoch == 1
    assert isinstance(w.sent[-1], CreateResponse)


def test_speech_that_only_the_provider_hears_counts_by_its_transcript(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000)
    began, ended = turn()

    assert w.happens(began).done == [Pause()]
    w.later(700).happens(ended)
    assert w.turns.epoch == 0
    w.later(300).happens(says("excuse me"))

    assert w.turns.epoch == 1
    assert isinstance(w.sent[-1], CreateResponse)


def test_noise_that_only_the_provider_hears_is_a_false_alarm(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)
    began, ended = turn()
    w.happens(began).later(700).happens(ended).later(300).happens(says(""))

    w.silent(1600)

    assert w.done == [Resume()]
    assert w.turns.epoch == 0


def test_the_greeting_can_be_protected(world: Begin) -> None:
    w = world("guarded").happens(GreetingRequested(text="Hello!")).agent_speaks()
    began, ended = turn()
    w.later(1000).happens(began).sounds(1000).silent(500).happens(ended)
    assert w.turns.epoch == 0
    assert w.sent == []

    w.later(8000).happens(PlaybackEnded(response_id="r1", played_ms=10_000))

    assert w.sent == [CreateResponse()]
    w.agent_speaks("r2").later(1000).sounds(520)
    assert w.turns.epoch == 1


def test_the_start_of_a_response_can_be_protected(world: Begin) -> None:
    block = BargeIn(protect=Protect(start_ms=300))
    w = world(block).agent_speaks()

    assert w.sounds(280).done == []
    w.sounds(280)

    assert w.turns.epoch == 1


def test_running_tools_can_be_protected(world: Begin) -> None:
    w = world(BargeIn(protect=Protect(tools=True))).agent_speaks().later(1000)

    w.happens(ToolsRunning(running=True)).sounds(1000)
    assert w.turns.epoch == 0
    w.happens(ToolsRunning(running=False)).sounds(1000)

    assert w.turns.epoch == 1


def test_the_voice_that_still_sounds_after_the_response_ended_is_interruptible(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(5000)
    assert not w.turns.generating

    w.sounds(260)

    assert w.turns.epoch == 1


def test_who_speaks_already_when_the_agent_begins_is_heard(world: Begin) -> None:
    w = world("polite").sounds(400).agent_speaks()

    w.later(20).sounds(20)
    assert w.done == [Pause()]
    w.sounds(260)

    assert w.turns.epoch == 1


def test_several_signs_of_one_interruption_are_one(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000)
    began, ended = turn()

    w.sounds(300).happens(began).sounds(900)
    w.happens(reported.ResponseDone(response_id="r1", status="cancelled"))
    w.silent(500).happens(ended)

    assert w.turns.epoch == 1


def test_a_late_sign_does_not_interrupt_the_next_response(world: Begin) -> None:
    w = world("eager").agent_speaks().later(1000)
    w.happens(reported.SpeechStarted())
    w.agent_speaks("r2").later(100)

    w.happens(reported.SpeechStarted())
    assert w.turns.epoch == 1
    w.later(300).happens(reported.SpeechStarted())

    assert w.turns.epoch == 2


def test_interrupt_by_a_call_ends_a_pause(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(120)

    w.happens(InterruptRequested())

    assert w.turns.alarm is None
    assert [type(effect) for effect in w.done] == [Flush]
    assert w.silent(3000).done == []


def test_who_interrupted_and_was_not_noticed_does_not_wait_in_silence(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(300)

    assert w.silent(2000).sent == []
    assert w.silent(1100).sent == [CreateResponse()]


def test_where_it_is_kept_what_was_not_heard_is_not_truncated(world: Begin) -> None:
    w = world(BargeIn(heard="keep")).agent_speaks().later(1000).sounds(300)

    assert w.sent == []
    assert w.turns.epoch == 1


def test_an_agent_that_ends_while_it_is_lowered_leaves_no_alarm(world: Begin) -> None:
    w = world(BargeIn(react="duck")).agent_speaks().later(9900)
    began, ended = turn()
    w.happens(began).sounds(120)

    w.happens(PlaybackEnded(response_id="r1", played_ms=10_000))
    assert w.done == [Resume()]
    assert w.turns.alarm is None

    assert w.sounds(600).silent(500).happens(ended).sent == [CreateResponse()]


def test_who_had_said_all_of_it_before_the_cancel_came_is_told_of_as_done(
    world: Begin,
) -> None:
    w = world("polite").happens(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(200)),
        PlaybackStarted(response_id="r1"),
    )
    w.later(1000).sounds(260)

    w.later(30).happens(reported.ResponseDone(response_id="r1", status="completed"))

    (settled,) = w.told(public.RealtimeInterruptionSettledEvent)
    assert settled.provider_stop_source == "done"


def test_a_provider_that_tells_of_an_interruption_by_its_end_has_cancelled(
    world: Begin,
) -> None:
    w = world("eager").happens(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(200)),
        PlaybackStarted(response_id="r1"),
    )

    w.later(100).happens(reported.ResponseDone(response_id="r1", status="cancelled"))

    (event,) = w.told(INTERRUPTION)
    assert event.provider_stop_source == "cancelled"
    assert event.provider_stop_ns == 100_000_000
