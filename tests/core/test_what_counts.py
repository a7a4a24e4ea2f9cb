"""Which sounds and words of the user count, and which are answered, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse
from realtime_run.core.presets import BargeIn, Protect
from realtime_run.core.turn_effects import Flush, Pause, Resume
from realtime_run.core.turn_inputs import (
    AnswerOverdue,
    AnswerRequested,
    Connected,
    Disconnected,
    InterruptRequested,
    PlaybackEnded,
    Ticked,
    ToolsRunning,
)

Begin = Callable[..., Any]
BEGAN = reported.SpeechStarted(item_id="u1")
ENDED = reported.SpeechEnded(item_id="u1")
AGENT_ENDED = PlaybackEnded(response_id="r1", played_ms=10_000)
ANSWER = [CreateResponse()]


def says(text: str, item_id: str | None = "u1") -> Any:
    return reported.UserTranscript(text=text, mode="final", item_id=item_id)


def test_noise_for_ever_does_not_keep_the_agent_paused_where_words_count(
    world: Begin,
) -> None:
    w = world(BargeIn(ignore=("mhm",))).agent_speaks(ms=60_000).later(1000)

    w.sounds(2900)
    assert w.done == [Pause()]
    w.sounds_on(300)

    assert w.done == [Resume()]
    assert w.sounds_on(9000).done == []
    assert w.silent(400).sounds(60).done == [Pause()]


def test_long_speech_is_waited_for_where_words_count(world: Begin) -> None:
    w = world(BargeIn(ignore=("mhm",))).agent_speaks(ms=60_000).later(1000)
    w.sounds(100).happens(BEGAN).sounds_on(9000)
    assert w.turns.alarm is not None

    w.happens(ENDED, says("a long story"))

    assert w.turns.epoch == 1
    assert w.sent[-1:] == ANSWER


def test_the_agent_does_not_go_on_while_the_user_does_whom_the_provider_cut_short(
    world: Begin,
) -> None:
    w = world(BargeIn(min_words=3)).agent_speaks().later(1000).happens(BEGAN)

    w.sounds(400).happens(ENDED)

    assert w.sounds_on(2000).done == []


def test_who_speaks_on_unnoticed_is_not_answered_in_mid_sentence(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(300)
    assert w.turns.epoch == 1

    assert w.sounds_on(5000).sent == []

    assert w.silent(60).sent == ANSWER


def test_who_begins_to_speak_again_is_answered_when_he_has_finished(
    world: Begin,
) -> None:
    w = world(BargeIn(protect=Protect(start_ms=5000))).agent_speaks(ms=4000)
    w.happens(BEGAN).sounds(600).silent(500).happens(ENDED)
    again = reported.SpeechStarted(item_id="u2"), reported.SpeechEnded(item_id="u2")
    w.happens(again[0])

    assert w.later(2000).happens(AGENT_ENDED).sent == []

    assert w.later(900).happens(again[1]).sent == ANSWER


def test_a_cough_in_a_protected_time_is_not_answered(world: Begin) -> None:
    w = world(BargeIn(protect=Protect(start_ms=5000))).agent_speaks()

    w.happens(BEGAN).sounds(120).silent(800).happens(ENDED)

    assert w.later(9000).happens(AGENT_ENDED).sent == []
    assert w.turns.idle


def test_words_of_a_protected_time_interrupt_nothing_when_it_is_over(
    world: Begin,
) -> None:
    block = BargeIn(min_words=2, protect=Protect(start_ms=1000))
    w = world(block).agent_speaks().happens(BEGAN)
    w.sounds(600).silent(300).happens(ENDED)

    w.later(1000).happens(says("what about me?"))

    assert w.turns.epoch == 0
    assert w.later(9000).happens(AGENT_ENDED).sent == ANSWER


def test_an_end_that_is_told_twice_is_answered_once(world: Begin) -> None:
    w = world("polite").happens(BEGAN, ENDED)
    assert w.sent == ANSWER

    w.agent_speaks(ms=100).happens(ENDED, PlaybackEnded(response_id="r1", played_ms=9))

    assert w.sent == []
    assert w.later(9000).happens(Ticked()).sent == []


def test_who_interrupts_what_still_sounds_does_not_lose_the_next_answer(
    world: Begin,
) -> None:
    w = world("eager").agent_speaks().later(1000).happens(InterruptRequested())

    w.later(1000).agent_speaks("r2")

    assert [r.response_id for r in w.turns.live] == ["r2"]


def test_that_the_provider_has_stopped_is_told_once(world: Begin) -> None:
    settled = public.RealtimeInterruptionSettledEvent
    w = world("polite").agent_speaks().later(1000).sounds(300)
    assert w.turns.unsettled is None

    w.happens(
        reported.ResponseStarted(response_id="r2"),
        InterruptRequested(),
        reported.ResponseDone(response_id="r2", status="cancelled"),
    )

    assert len(w.told(settled)) == 1


def test_nobody_is_nudged_while_there_is_no_connection(world: Begin) -> None:
    w = world("polite", nudge_after_ms=1000).happens(Disconnected())

    assert w.later(500).happens(Ticked()).later(5000).happens(Ticked()).sent == []


def test_words_that_come_when_the_agent_has_ended_are_answered(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(400).silent(600).happens(ENDED).silent(1200)
    assert w.turns.alarm is None

    assert w.happens(AGENT_ENDED).sent == []

    assert w.later(300).happens(says("no, wait")).sent == ANSWER


def test_words_that_come_in_a_protected_time_are_answered_after_it(
    world: Begin,
) -> None:
    w = world(BargeIn(min_words=2, protect=Protect(tools=True))).agent_speaks()
    w.later(1000).happens(BEGAN).sounds(400).silent(600).happens(ENDED).silent(1200)
    w.happens(ToolsRunning(running=True))

    w.happens(says("no, wait"))
    assert w.turns.epoch == 0

    w.happens(ToolsRunning(running=False))
    assert w.later(6000).happens(AGENT_ENDED).sent == ANSWER


def test_what_a_cough_is_taken_for_is_not_answered(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(120).silent(600).happens(ENDED).silent(1200)

    assert w.happens(AGENT_ENDED).later(300).happens(says("you")).sent == []


def test_where_any_sound_counts_the_provider_s_word_interrupts_at_once(
    world: Begin,
) -> None:
    block = BargeIn(min_speech_ms=0, protect=Protect(start_ms=300))
    w = world(block).agent_speaks().later(200)
    assert w.happens(BEGAN).done == []

    w = world(block).agent_speaks().later(1000)
    assert [type(effect) for effect in w.happens(BEGAN).done] == [Pause, Flush]
    assert w.happens(ENDED).sent == ANSWER


def test_what_a_cough_is_taken_for_interrupts_nothing(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(120).silent(600).happens(ENDED).silent(1200)
    assert w.turns.alarm is None

    w.happens(says("thank you very much"))

    assert w.turns.epoch == 0


def test_what_a_cough_is_taken_for_confirms_no_alarm(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(120).silent(600).happens(ENDED)

    w.happens(says("thank you very much"))

    assert w.turns.epoch == 0
    assert w.turns.alarm is None


def test_tools_that_the_provider_runs_are_protected_as_well(world: Begin) -> None:
    w = world(BargeIn(protect=Protect(tools=True))).agent_speaks().later(1000)
    w.happens(reported.RemoteToolStarted(call_id="c1", name="look", arguments="{}"))

    assert w.sounds(1000).done == []


def test_an_answer_is_asked_for_when_there_is_somebody_to_ask(world: Begin) -> None:
    w = world("polite").agent_speaks().happens(Disconnected()).later(1000)
    w.sounds(300)
    assert w.turns.epoch == 1

    assert w.silent(4000).sent == []

    assert w.happens(Connected()).sent == ANSWER


@pytest.mark.parametrize(
    "works",
    [
        ToolsRunning(running=True),
        reported.RemoteToolStarted(call_id="c1", name="look", arguments="{}"),
    ],
)
def test_nobody_is_nudged_while_the_agent_works(world: Begin, works: Any) -> None:
    w = world("polite", nudge_after_ms=1000).happens(works)

    assert w.later(500).happens(Ticked()).later(5000).happens(Ticked()).sent == []


def test_a_nudge_is_waited_for_like_any_answer(world: Begin) -> None:
    w = world("polite", nudge_after_ms=1000).happens(Ticked())

    assert len(w.later(1000).happens(Ticked()).sent) == 1

    assert w.turns.awaiting


def test_where_nothing_was_understood_no_answer_is_waited_for(world: Begin) -> None:
    w = world("polite")
    assert w.happens(BEGAN, ENDED).sent == ANSWER

    w.happens(says(""))
    assert not w.turns.awaiting

    again = reported.SpeechStarted(item_id="u2"), reported.SpeechEnded(item_id="u2")
    assert w.happens(*again).sent == ANSWER
    w.happens(says("", None))
    assert not w.turns.awaiting


def test_who_began_with_the_agent_interrupts_it_by_words(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).happens(BEGAN).agent_speaks().later(100)
    w.sounds(600).silent(300).happens(ENDED)
    assert w.turns.epoch == 0

    w.happens(says("and what then?"))

    assert w.turns.epoch == 1
    assert w.sent[-1:] == ANSWER


def test_words_that_the_agent_answers_do_not_interrupt_it(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).happens(BEGAN, ENDED).agent_speaks().later(100)
    w.sounds(400)

    w.happens(says("and what then?"))

    assert w.turns.epoch == 0


def test_words_of_a_short_sound_in_a_protected_time_are_not_answered(
    world: Begin,
) -> None:
    w = world(BargeIn(protect=Protect(start_ms=5000))).agent_speaks()
    w.happens(BEGAN).sounds(120).silent(800).happens(ENDED, says("you"))

    assert w.later(9000).happens(AGENT_ENDED).sent == []


def test_long_speech_for_which_the_agent_was_given_up_needs_no_transcript(
    world: Begin,
) -> None:
    block = BargeIn(resume_after_ms=None, ignore=("mhm",))
    w = world(block).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(600).silent(1600)
    assert w.turns.epoch == 1

    assert w.happens(ENDED).sent == ANSWER


def test_the_longest_least_speech_is_waited_for(world: Begin) -> None:
    w = world(BargeIn(min_speech_ms=5000)).agent_speaks(ms=60_000).later(1000)

    assert w.sounds(4900).done == [Pause()]
    assert Flush in [type(effect) for effect in w.sounds_on(200).done]


def test_a_run_does_not_end_before_who_interrupted_is_answered(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(300).silent(400)

    assert not w.turns.idle

    assert w.silent(3000).sent == ANSWER


def test_that_the_provider_hears_no_end_of_a_turn_is_told(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(300).happens(BEGAN)
    w.sounds_on(900)
    assert not w.turns.unended

    w.silent(400)
    assert w.turns.unended
    (error,) = w.happens(AnswerOverdue(waited_s=30)).told(public.RealtimeErrorEvent)

    assert error.error_code == "turn_overdue"
    assert not w.turns.unended
    assert w.happens(ENDED).sent == ANSWER


def test_who_is_heard_by_the_provider_alone_has_not_ended_for_the_agent(
    world: Begin,
) -> None:
    assert not world("eager").happens(BEGAN).turns.unended


def test_an_answer_that_somebody_else_asks_for_is_the_one_that_is_owed(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(300).silent(400)

    w.happens(AnswerRequested())

    assert w.silent(4000).sent == []
    assert w.happens(AnswerOverdue(waited_s=30), Ticked()).sent == []


def test_words_without_the_name_of_their_turn_are_of_the_last_one(
    world: Begin,
) -> None:
    w = world(BargeIn(protect=Protect(start_ms=5000))).agent_speaks()
    w.happens(BEGAN).later(900).happens(ENDED, says("who are you?", None))

    assert w.later(500).happens(AGENT_ENDED).sent == ANSWER


def test_nobody_is_nudged_who_speaks_unnoticed(world: Begin) -> None:
    w = world("polite", nudge_after_ms=1000).happens(Ticked())

    assert w.sounds(5000).sent == []
