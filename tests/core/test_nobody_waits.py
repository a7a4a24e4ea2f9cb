"""Whoever said something is answered, once: nobody is left in silence.

On a provider that leaves the answers to the session, which therefore owes each of them.
"""

from collections.abc import Callable
from typing import Any

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse
from realtime_run.core.presets import BargeIn, Protect
from realtime_run.core.turn_effects import Flush, Pause, Resume
from realtime_run.core.turn_inputs import (
    AnswerOverdue,
    GreetingRequested,
    InterruptRequested,
    PlaybackEnded,
    Ticked,
)

Begin = Callable[..., Any]
BEGAN = reported.SpeechStarted(item_id="u1")
ENDED = reported.SpeechEnded(item_id="u1")
AGENT_ENDED = PlaybackEnded(response_id="r1", played_ms=10_000)
ANSWER = [CreateResponse()]


def says(text: str, item_id: str | None = "u1") -> Any:
    return reported.UserTranscript(text=text, mode="final", item_id=item_id)


def test_speech_for_ever_that_only_the_provider_hears_does_not_keep_the_agent_paused(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000)
    assert w.happens(BEGAN).done == [Pause()]

    w.voice_ended = 0
    assert w.silent(2900).done == []
    w.silent(200)

    assert w.done == [Resume()]
    assert w.turns.epoch == 0


def test_what_only_the_provider_heard_is_answered_though_the_agent_went_on(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).happens(BEGAN)
    w.silent(700).happens(ENDED).silent(1600)
    assert w.turns.alarm is None

    w.happens(says("excuse me"))

    assert [type(effect) for effect in w.done] == [Pause, Flush]
    assert w.turns.epoch == 1
    assert w.sent[-1:] == ANSWER


def test_what_only_the_provider_heard_while_the_agent_ended_is_answered(
    world: Begin,
) -> None:
    w = world(BargeIn(react="duck")).agent_speaks().later(9900).happens(BEGAN)
    w.later(50).happens(ENDED, AGENT_ENDED)
    assert w.sent == []

    assert w.later(400).happens(says("and then?")).sent == ANSWER


def test_an_end_without_a_beginning_is_weighed_like_any_turn(world: Begin) -> None:
    w = world("polite").agent_speaks().later(1000).sounds(120).silent(300)

    w.happens(ENDED).silent(1600).later(7000).happens(AGENT_ENDED)

    assert w.sent == []
    assert w.turns.idle


def test_an_end_without_a_beginning_that_is_long_enough_is_answered(
    world: Begin,
) -> None:
    w = world(BargeIn(protect=Protect(start_ms=2000))).agent_speaks()
    w.sounds(600).silent(300)

    assert w.happens(ENDED).sent == []

    assert w.later(9000).happens(AGENT_ENDED).sent == ANSWER


def test_a_turn_of_which_no_transcript_comes_is_answered_after_a_while(
    world: Begin,
) -> None:
    block = BargeIn(protect=Protect(greeting=True))
    w = world(block).happens(GreetingRequested(text="Hello!")).agent_speaks()
    w.later(1000).happens(BEGAN).later(900).happens(ENDED)
    assert w.later(8000).happens(AGENT_ENDED).sent in ([], ANSWER)

    sent = [*w.sent, *w.later(3100).happens(Ticked()).sent]

    assert sent == ANSWER


def test_a_turn_in_which_nothing_was_understood_is_not_answered(world: Begin) -> None:
    block = BargeIn(protect=Protect(greeting=True))
    w = world(block).happens(GreetingRequested(text="Hello!")).agent_speaks()
    w.later(1000).happens(BEGAN).later(900).happens(ENDED)

    w.later(300).happens(says(""))

    assert w.later(9000).happens(AGENT_ENDED, Ticked()).sent == []
    assert w.later(9000).happens(Ticked()).sent == []


def test_a_transcript_that_is_there_before_the_end_decides_at_the_end(
    world: Begin,
) -> None:
    block = BargeIn(protect=Protect(greeting=True))
    w = world(block).happens(GreetingRequested(text="Hello!")).agent_speaks()
    w.later(1000).happens(BEGAN).later(900).happens(says("who are you?"), ENDED)

    assert w.later(500).happens(AGENT_ENDED).sent == ANSWER


def test_an_interruption_does_not_ask_for_an_answer_to_an_earlier_cough(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).happens(BEGAN)
    w.sounds(120).silent(500).happens(ENDED).silent(1600)
    assert w.turns.alarm is None

    w.sounds(300)
    assert w.turns.epoch == 1
    assert CreateResponse() not in w.sent

    later = reported.SpeechStarted(item_id="u2"), reported.SpeechEnded(item_id="u2")
    assert w.happens(later[0]).sounds(600).sent == []
    assert w.silent(500).happens(later[1]).sent == ANSWER


def test_who_interrupts_again_is_not_answered_in_mid_sentence(world: Begin) -> None:
    w = world(BargeIn(protect=Protect(start_ms=2000))).agent_speaks()
    w.happens(BEGAN).sounds(600).silent(500).happens(ENDED)
    assert w.turns.owed

    w.later(2000).sounds(300)
    assert w.turns.epoch == 1
    assert CreateResponse() not in w.sent

    later = reported.SpeechStarted(item_id="u2"), reported.SpeechEnded(item_id="u2")
    assert w.happens(later[0]).sounds(600).sent == []
    assert w.silent(500).happens(later[1]).sent == ANSWER


def test_that_nothing_was_understood_of_a_cough_says_nothing_of_another_answer(
    world: Begin,
) -> None:
    w = world("polite").agent_speaks().later(1000).happens(BEGAN)
    w.sounds(120).silent(500).happens(ENDED).silent(1600)
    w.later(7000).happens(AGENT_ENDED)
    later = reported.SpeechStarted(item_id="u2"), reported.SpeechEnded(item_id="u2")
    assert w.happens(*later).sent == ANSWER

    w.happens(says(""))

    assert w.turns.awaiting


def test_words_are_answered_whose_weighing_a_call_cut_short(world: Begin) -> None:
    w = world(BargeIn(min_words=2)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(600).silent(300).happens(ENDED)

    w.happens(InterruptRequested())
    assert w.turns.epoch == 1

    assert w.later(300).happens(says("tell me more")).sent == ANSWER


def test_who_asks_for_silence_drops_the_answer_that_is_owed(world: Begin) -> None:
    w = world(BargeIn(protect=Protect(start_ms=2000))).agent_speaks()
    w.happens(BEGAN).sounds(600).silent(500).happens(ENDED)
    assert w.turns.owed

    w.happens(InterruptRequested())

    assert CreateResponse() not in w.sent
    assert w.silent(5000).sent == []


def test_words_for_which_the_agent_was_given_up_are_answered(world: Begin) -> None:
    w = world(BargeIn(resume_after_ms=None)).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(160).silent(300)
    assert w.turns.epoch == 1

    w.happens(ENDED)
    assert w.sent == []

    assert w.later(300).happens(says("No.")).sent == ANSWER


def test_a_backchannel_for_which_the_agent_was_given_up_is_not_answered(
    world: Begin,
) -> None:
    block = BargeIn(resume_after_ms=None, ignore=("mhm",))
    w = world(block).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(300).silent(400).happens(ENDED)

    w.happens(says("mhm"))

    assert w.turns.epoch == 1
    assert CreateResponse() not in w.sent
    assert w.silent(5000).sent == []


def test_too_few_words_for_which_the_agent_was_given_up_are_answered(
    world: Begin,
) -> None:
    block = BargeIn(resume_after_ms=None, min_words=3)
    w = world(block).agent_speaks().later(1000).happens(BEGAN)
    w.sounds(300).silent(400).happens(ENDED)

    w.happens(says("Go away."))

    assert w.turns.epoch == 1
    assert w.sent[-1:] == ANSWER


def test_a_greeting_that_was_not_wanted_protects_no_later_response(
    world: Begin,
) -> None:
    w = world("guarded").happens(GreetingRequested(text="Hello!"), InterruptRequested())
    w.happens(
        reported.ResponseStarted(response_id="r0"),
        reported.ResponseDone(response_id="r0", status="cancelled"),
    )

    w.later(1000).agent_speaks().later(1000).sounds(520)

    assert w.turns.epoch == 2


def test_a_greeting_that_never_came_protects_no_later_response(world: Begin) -> None:
    w = world("guarded").happens(GreetingRequested(text="Hello!"))
    w.later(30_000).happens(AnswerOverdue(waited_s=30))

    w.later(1000).agent_speaks().later(1000).sounds(520)

    assert w.turns.epoch == 1
