"""What a provider gets of the microphone, and where the runner's own turns are."""

from collections.abc import Callable
from typing import Any

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import EndTurn, StartTurn
from realtime_run.core.presets import BargeIn, Protect
from realtime_run.core.turn_effects import (
    Flush,
    HoldInput,
    Pause,
    ReleaseInput,
    Resume,
)
from realtime_run.core.turn_inputs import (
    Connected,
    Disconnected,
    PlaybackEnded,
    TalkEnded,
    TalkStarted,
    VoiceHeard,
)

Begin = Callable[..., Any]
ENDED = PlaybackEnded(response_id="r1", played_ms=10_000)


def test_while_the_agent_speaks_the_provider_hears_silence(gated: Begin) -> None:
    w = gated().agent_speaks()

    assert HoldInput(silence=True) in w.done
    assert w.later(10_000).happens(ENDED).done == [ReleaseInput(since_ms=None)]


def test_what_interrupts_is_given_to_the_provider_from_its_first_sound(
    gated: Begin,
) -> None:
    w = gated().agent_speaks().later(1000)

    w.sounds(260)

    assert [type(e) for e in w.done] == [Pause, Flush, ReleaseInput]
    assert w.done[-1] == ReleaseInput(since_ms=1000)


def test_a_cough_is_never_given_to_the_provider(gated: Begin) -> None:
    w = gated().agent_speaks().later(1000)

    assert w.sounds(120).done == [Pause()]
    assert w.silent(1540).done == [Resume()]
    assert w.later(7000).happens(ENDED).done == [ReleaseInput(since_ms=None)]


def test_with_barge_in_off_what_was_said_is_given_to_the_provider_afterwards(
    gated: Begin,
) -> None:
    w = gated("off").agent_speaks().later(1000)
    w.sounds(800)
    assert w.done == []
    w.silent(400).sounds(600).silent(500)

    w.later(5000).happens(ENDED)

    assert w.done == [ReleaseInput(since_ms=1000)]
    assert w.turns.epoch == 0


def test_who_still_speaks_when_the_agent_ends_is_heard_from_the_first_sound(
    gated: Begin,
) -> None:
    w = gated("off").agent_speaks().later(9800).sounds(60)

    w.happens(ENDED)

    assert w.done == [ReleaseInput(since_ms=9800)]


def test_a_provider_behind_the_gate_is_not_told_to_cancel(gated: Begin) -> None:
    w = gated().happens(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(200)),
    )

    w.later(1000).sounds(260)

    assert [type(command).__name__ for command in w.sent] == ["Truncate"]


def test_the_runner_finds_the_turns_of_a_provider_that_looks_for_none(
    world: Begin,
) -> None:
    w = world("polite", end="local", silence_ms=400)
    w.sounds(80)
    assert w.sent == []
    w.at_ms = 0
    w.sounds(800)

    assert w.sent == [StartTurn()]
    assert w.done == [ReleaseInput(since_ms=0)]
    assert w.silent(380).sent == []
    w.silent(20)
    assert w.sent == [EndTurn()]
    assert w.done == [HoldInput(silence=False)]
    assert w.turns.awaiting


def test_a_turn_of_the_runners_own_is_told_of(world: Begin) -> None:
    w = world("polite", end="local").later(500).sounds(120)

    started = w.told(public.RealtimeUserSpeechStartedEvent)

    assert [event.audio_ms for event in started] == [500]


def test_a_turn_that_interrupts_is_sent_from_its_first_sound(world: Begin) -> None:
    w = world("polite", end="local").agent_speaks().later(1000)

    w.sounds(260)

    assert [type(command).__name__ for command in w.sent] == ["Truncate", "StartTurn"]
    assert w.done[-1] == ReleaseInput(since_ms=1000)


def test_with_barge_in_off_a_local_turn_waits_for_the_agent_to_end(
    world: Begin,
) -> None:
    w = world("off", end="local").agent_speaks().later(1000).sounds(800).silent(600)
    assert w.sent == []

    w.later(8000).happens(ENDED)

    assert w.sent == [StartTurn()]
    assert w.done == [ReleaseInput(since_ms=1000)]
    w.silent(600)
    assert w.sent[-1] == EndTurn()


def test_the_key_marks_a_turn(world: Begin) -> None:
    w = world("polite", end="push_to_talk")

    w.happens(TalkStarted(at_ms=700))
    assert (w.sent, w.done) == ([StartTurn()], [ReleaseInput(since_ms=700)])
    w.later(900).happens(TalkEnded())

    assert (w.sent, w.done) == ([EndTurn()], [HoldInput(silence=False)])
    assert w.told(public.UserTalkingEvent) == [public.UserTalkingEvent(talking=False)]
    assert w.turns.awaiting


def test_the_key_interrupts_at_once(world: Begin) -> None:
    w = world("polite", end="push_to_talk").agent_speaks().later(100)

    w.happens(TalkStarted(at_ms=100))

    assert w.turns.epoch == 1
    assert w.told(public.RealtimeInterruptionEvent)[0].source == "local"


def test_with_barge_in_off_the_key_interrupts_nothing_and_the_turn_is_sent(
    world: Begin,
) -> None:
    w = world("off", end="push_to_talk").agent_speaks().later(100)

    w.happens(TalkStarted(at_ms=100), TalkEnded())

    assert w.turns.epoch == 0
    assert w.sent == [StartTurn(), EndTurn()]


def test_pressing_twice_is_pressing_once(world: Begin) -> None:
    w = world("polite", end="push_to_talk").happens(TalkStarted(at_ms=0))

    assert w.happens(TalkStarted(at_ms=20)).effects == []
    w.happens(TalkEnded())
    assert w.happens(TalkEnded()).effects == []


def test_behind_the_gate_the_key_lets_the_provider_hear(gated: Begin) -> None:
    w = gated("polite", end="push_to_talk").happens(TalkStarted(at_ms=300))

    assert not w.turns.held
    assert w.happens(TalkEnded()).done == [HoldInput(silence=True)]


def test_behind_the_gate_what_was_said_by_key_under_protection_comes_afterwards(
    gated: Begin,
) -> None:
    w = gated("off", end="push_to_talk").agent_speaks().later(1000)
    w.happens(TalkStarted(at_ms=1000)).later(800).happens(TalkEnded())
    assert w.turns.held

    w.later(8000).happens(ENDED)

    assert w.done == [ReleaseInput(since_ms=1000), HoldInput(silence=True)]


def test_a_lost_connection_ends_a_pause_and_a_turn(world: Begin) -> None:
    w = world("polite", end="local").sounds(400)
    w.happens(Disconnected())
    assert w.done == [HoldInput(silence=False)]
    assert not w.turns.local_turn
    assert w.sounds(100).sent == []
    assert w.happens(Connected()).sent == [StartTurn()]

    paused = world("polite").agent_speaks().later(1000).sounds(120)

    assert paused.happens(Disconnected()).done == [Resume()]


def test_only_speech_that_counts_is_kept_for_a_provider_behind_the_gate(
    gated: Begin,
) -> None:
    for heard_ms, since_ms in ((60, None), (120, 1000)):
        w = gated("off").agent_speaks().later(1000).sounds(heard_ms).silent(400)
        assert w.later(9000).happens(ENDED).done == [ReleaseInput(since_ms=since_ms)]
    block = BargeIn(min_speech_ms=500, protect=Protect(start_ms=5000))
    for heard_ms, since_ms in ((300, None), (520, 1000)):
        w = gated(block).agent_speaks().later(1000).sounds(heard_ms).silent(400)
        assert w.later(9000).happens(ENDED).done == [ReleaseInput(since_ms=since_ms)]


def test_behind_a_gate_nothing_but_the_key_opens_it_where_there_is_one(
    gated: Begin,
) -> None:
    w = gated(end="push_to_talk").agent_speaks()

    assert w.later(10_000).happens(ENDED).done == []
    assert w.happens(TalkStarted(at_ms=70)).done == [ReleaseInput(since_ms=70)]
    assert w.happens(TalkEnded()).done == [HoldInput(silence=True)]


def test_where_the_agent_is_given_up_the_provider_hears_why(gated: Begin) -> None:
    w = gated(BargeIn(resume_after_ms=None)).agent_speaks().later(1000).sounds(160)

    w.silent(40)

    assert [type(effect) for effect in w.done] == [Flush, ReleaseInput]
    assert w.done[-1] == ReleaseInput(since_ms=1000)


def test_a_turn_that_the_runner_finds_lasts_a_minute_at_most(world: Begin) -> None:
    w = world("polite", end="local").sounds(59_980)
    assert w.sent == [StartTurn()]

    w.voice_began = 0
    w.happens(VoiceHeard(voice=True, since_ms=0, lasting_ms=60_000))
    assert w.sent == [EndTurn()]
    w.happens(VoiceHeard(voice=True, since_ms=0, lasting_ms=60_020))

    assert w.sent == [StartTurn()]
    assert w.done == [ReleaseInput(since_ms=60_000)]
