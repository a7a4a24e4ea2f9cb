"""When the agent speaks without having been spoken to."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse, SendText
from realtime_run.core.prompts import NUDGE, NUDGE_WORDS
from realtime_run.core.turn_inputs import (
    GreetingRequested,
    PlaybackEnded,
    Ticked,
)

Begin = Callable[..., Any]


def instructed(world: Any) -> Any:
    world.policy = replace(world.policy, instructs=True)
    return world


def test_the_greeting_is_asked_for_as_instructions_of_one_response(
    world: Begin,
) -> None:
    w = instructed(world("polite")).happens(GreetingRequested(text="Say hello."))

    assert w.sent == [CreateResponse(instructions="Say hello.")]
    assert w.turns.awaiting


def test_the_greeting_is_asked_for_as_text_where_that_is_all_there_is(
    world: Begin,
) -> None:
    w = world("polite").happens(GreetingRequested(text="Say hello."))

    assert w.sent == [SendText(text="Say hello.")]


def test_only_the_first_response_is_the_greeting(world: Begin) -> None:
    w = world("polite").happens(GreetingRequested(text="Hello")).agent_speaks("r1")
    w.happens(PlaybackEnded(response_id="r1", played_ms=10_000)).agent_speaks("r2")

    assert [response.greeting for response in w.turns.live] == [False]


def test_after_long_silence_the_model_is_asked_to_speak_once(world: Begin) -> None:
    w = instructed(world("polite", nudge_after_ms=10_000)).happens(Ticked())
    assert w.later(9_900).happens(Ticked()).sent == []

    assert w.later(100).happens(Ticked()).sent == [
        CreateResponse(instructions=NUDGE, words=NUDGE_WORDS)
    ]

    w.agent_speaks().happens(PlaybackEnded(response_id="r1", played_ms=10_000))
    assert w.later(60_000).happens(Ticked()).sent == []


def test_silence_is_counted_from_the_end_of_what_was_heard(world: Begin) -> None:
    w = world("polite", nudge_after_ms=10_000).agent_speaks()
    w.later(10_000).happens(PlaybackEnded(response_id="r1", played_ms=10_000))

    assert w.later(9_900).happens(Ticked()).sent == []
    assert w.later(100).happens(Ticked()).sent == [CreateResponse()]


def test_who_speaks_is_not_nudged_and_may_be_again_later(world: Begin) -> None:
    w = world("eager", nudge_after_ms=10_000).happens(Ticked())
    w.later(10_000).happens(Ticked())
    w.agent_speaks().happens(PlaybackEnded(response_id="r1", played_ms=1))
    w.happens(reported.SpeechStarted())
    assert w.later(60_000).happens(Ticked()).sent == []
    w.happens(reported.SpeechEnded()).agent_speaks("r2")

    w.happens(PlaybackEnded(response_id="r2", played_ms=1))

    assert w.later(10_000).happens(Ticked()).sent == [CreateResponse()]
