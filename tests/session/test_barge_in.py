"""The policy in a running session: what the provider hears, and what it is asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from realtime_run.core import provider_events as reported
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    Truncate,
)
from realtime_run.core.errors import CapabilityError, NotConnectedError, ProviderError
from realtime_run.core.events import (
    RealtimeAudioOutputDoneEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeInterruptionEvent,
    ToolEndEvent,
    UserTalkingEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.presets import BargeIn
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.functions import FunctionTool
from realtime_run.testing.scripted import ScriptedProvider
from realtime_run.testing.time import settle

HZ = 16_000
FRAME = HZ // 50
TALK = Callable[..., Awaitable[Any]]
OBSERVES = Capabilities(
    input_hz=HZ, output_hz=HZ, manual_responses=True, manual_turns=True
)
GATES = Capabilities(input_hz=HZ, output_hz=HZ, can_disable_interrupt=False)
PRE_ROLL = 15  # frames of 20 ms


class Loud:
    """Takes everything that is not silence for speech."""

    threshold = 0.5
    rate_hz = HZ
    window_frames = FRAME

    def load(self, rate_hz: int) -> "Loud":
        assert rate_hz == HZ
        return self

    def probability(self, window: bytes) -> float:
        return float(any(window))


def frame(value: int) -> Pcm:
    return Pcm(value.to_bytes(2, "little") * FRAME, HZ)


async def say(t: Any, *values: int) -> None:
    """Let the microphone hear a frame of each value; 0 is silence."""
    for value in values:
        t.audio.microphone.say(frame(value))
        await settle()


async def agent_speaks(t: Any, ms: int = 4000) -> Any:
    c = await t.connection()
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(
            response_id="r1", pcm=bytes(2 * HZ * ms // 1000), item_id="a1"
        ),
        reported.ResponseDone(response_id="r1"),
    )
    await settle()
    await t.play(100)
    return c


def values_of(c: Any) -> list[int]:
    """What the provider heard, as the frames' values."""
    frames = [command.pcm for command in c.sent if isinstance(command, AppendAudio)]
    return [int.from_bytes(pcm.data[:2], "little") for pcm in frames]


def kinds(c: Any) -> list[str]:
    return [type(command).__name__ for command in c.sent]


def gated(**more: Any) -> dict[str, Any]:
    return {"provider": ScriptedProvider(GATES), "vad": Loud(), **more}


def observed(**more: Any) -> dict[str, Any]:
    return {"provider": ScriptedProvider(OBSERVES), "vad": Loud(), **more}


async def test_what_interrupts_reaches_a_gated_provider_whole(talk: TALK) -> None:
    t = await talk(barge_in="polite", **gated())
    await t.connection()
    await say(t, 1)
    c = await agent_speaks(t)

    await say(t, *[0] * 20, *range(100, 113), 113, 114)

    heard = values_of(c)
    # Silence while it was uncertain, then the pre-roll, all that was said, and more.
    assert heard == [1, *[0] * 32, *[0] * PRE_ROLL, *range(100, 115)]
    assert t.realtime.epoch == 1
    assert [type(x) for x in c.sent if isinstance(x, Truncate)] == [Truncate]


async def test_a_cough_does_not_reach_a_gated_provider(talk: TALK) -> None:
    t = await talk(barge_in="polite", **gated())
    c = await agent_speaks(t)

    await say(t, *[7] * 6, *[0] * 90)
    assert t.clock.now_ns() == 0

    assert set(values_of(c)) == {0}
    assert t.realtime.epoch == 0


async def test_an_agent_that_coughs_paused_goes_on_where_it_was(talk: TALK) -> None:
    t = await talk(barge_in="polite", **gated())
    await agent_speaks(t)
    await say(t, *[7] * 6)
    assert await t.play(100) == bytes(2 * HZ // 10)
    played = len(t.seen.of(RealtimeAudioOutputDoneEvent))

    await say(t, *[0] * 11)
    await t.clock.forward(1.6)
    await say(t, 0)

    (alarm,) = t.seen.of(RealtimeInterruptionEvent)
    assert (alarm.false_alarm, alarm.silence_source) == (True, "pause")
    await t.play(3900)
    (done,) = t.seen.of(RealtimeAudioOutputDoneEvent)
    assert (done.interrupted, done.played_ms, played) == (False, 4000, 0)
    assert t.realtime.figures["false_alarms"] == 1
    assert t.realtime.figures["interruptions"] == 0


async def test_with_barge_in_off_nothing_that_the_user_says_is_lost(
    talk: TALK,
) -> None:
    t = await talk(barge_in="off", **gated())
    c = await agent_speaks(t, ms=200)

    await say(t, *range(1, 31), *[0] * 30)
    assert set(values_of(c)) == {0}
    await t.play(100)
    await say(t, 0)

    assert values_of(c)[60:] == [*range(1, 31), *[0] * 31]
    assert t.realtime.epoch == 0


async def test_more_than_the_outbox_takes_is_given_back_whole(talk: TALK) -> None:
    t = await talk(barge_in="off", **gated())
    c = await agent_speaks(t, ms=200)

    for _ in range(1400):
        t.audio.microphone.say(frame(9))
    await settle()
    await t.play(100)
    await settle()

    assert values_of(c).count(9) == 1400


async def test_in_observe_the_session_cancels_truncates_and_asks(talk: TALK) -> None:
    t = await talk(barge_in="polite", **observed())
    c = await t.connection()
    assert (c.opening.interruptible, c.opening.answers) == (False, False)
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(HZ), item_id="a1"),
    )
    await settle()
    await t.play(100)

    await say(t, *[5] * 13)
    c.report(reported.SpeechStarted(item_id="u1"), reported.SpeechEnded(item_id="u1"))
    await settle()

    assert [x for x in c.sent if not isinstance(x, AppendAudio)] == [
        CancelResponse(response_id="r1"),
        Truncate(response_id="r1", item_id="a1", played_ms=100, heard=""),
        CreateResponse(),
    ]
    assert values_of(c) == [5] * 13


async def test_local_turns_are_sent_whole_between_their_marks(talk: TALK) -> None:
    turn = TurnDetection(end="local", silence_ms=300)
    t = await talk(barge_in="polite", turn=turn, **observed())
    c = await t.connection()
    assert c.opening.manual_turns

    await say(t, *[0] * 30, *range(1, 11), *[0] * 16, *[0] * 30)

    assert kinds(c) == ["StartTurn", *["AppendAudio"] * (PRE_ROLL + 10 + 14), "EndTurn"]
    assert values_of(c) == [*[0] * PRE_ROLL, *range(1, 11), *[0] * 14]


async def test_push_to_talk_sends_what_is_said_while_the_floor_is_held(
    talk: TALK,
) -> None:
    turn = TurnDetection(end="push_to_talk")
    t = await talk(barge_in="polite", turn=turn, provider=ScriptedProvider(OBSERVES))
    c = await t.connection()

    await say(t, 1, 2)
    await t.realtime.start_talking()
    await t.realtime.start_talking()
    await say(t, 3, 4)
    await t.realtime.stop_talking()
    await say(t, 5)

    assert kinds(c) == ["StartTurn", "AppendAudio", "AppendAudio", "EndTurn"]
    assert values_of(c) == [3, 4]
    talking = [event.talking for event in t.seen.of(UserTalkingEvent)]
    assert talking == [True, False]


async def test_behind_a_gate_push_to_talk_sends_silence_while_the_key_is_up(
    talk: TALK,
) -> None:
    turn = TurnDetection(end="push_to_talk")
    t = await talk(barge_in="polite", turn=turn, provider=ScriptedProvider(GATES))
    c = await t.connection()

    await say(t, 1)
    await t.realtime.start_talking()
    await say(t, 2, 3)
    await t.realtime.stop_talking()
    await say(t, 4)

    assert values_of(c) == [0, 2, 3, 0]


async def test_speech_from_elsewhere_needs_no_key(talk: TALK) -> None:
    turn = TurnDetection(end="push_to_talk")
    t = await talk(barge_in="polite", turn=turn, provider=ScriptedProvider(OBSERVES))
    c = await t.connection()

    await t.realtime.simple_audio_response(frame(6))
    await settle()

    assert kinds(c)[0] == "StartTurn"
    assert kinds(c)[-1] == "EndTurn"
    assert 6 in values_of(c)


async def test_where_there_is_no_key_it_cannot_be_pressed(talk: TALK) -> None:
    t = await talk()
    await t.connection()

    with pytest.raises(CapabilityError, match="push_to_talk"):
        await t.realtime.start_talking()


async def test_after_the_end_nobody_can_talk(talk: TALK) -> None:
    turn = TurnDetection(end="push_to_talk")
    t = await talk(turn=turn, provider=ScriptedProvider(OBSERVES))
    await t.connection()
    await t.realtime.close()

    with pytest.raises(NotConnectedError):
        await t.realtime.start_talking()


async def test_without_a_detector_the_runner_does_not_begin(talk: TALK) -> None:
    with pytest.raises(CapabilityError, match="vad"):
        await talk(barge_in="polite")


async def test_an_impossible_policy_does_not_begin(talk: TALK) -> None:
    with pytest.raises(CapabilityError, match=r"min_words.*transcript"):
        await talk(barge_in=BargeIn(min_words=2), **gated())


async def test_the_agent_greets_once_it_is_connected(talk: TALK) -> None:
    able = replace(OBSERVES, response_instructions=True)
    t = await talk(greeting="Say hello.", provider=ScriptedProvider(able))
    c = await t.connection()

    assert c.sent == [CreateResponse(instructions="Say hello.")]


async def test_where_only_text_is_taken_the_greeting_is_text(talk: TALK) -> None:
    t = await talk(greeting="Say hello.")
    c = await t.connection()

    assert c.sent == [SendText(text="Say hello.")]


async def test_a_greeting_that_nobody_heard_is_asked_for_again(talk: TALK) -> None:
    t = await talk(greeting="Say hello.")
    c = await t.connection()
    c.drop()
    await settle()
    await t.clock.forward(60)

    assert (await t.connection(2)).sent == [SendText(text="Say hello.")]


async def test_a_greeting_that_was_heard_is_not_repeated(talk: TALK) -> None:
    t = await talk(greeting="Say hello.")
    c = await t.connection()
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.AgentTranscript(response_id="r1", text="Hello!", mode="final"),
        reported.ResponseDone(response_id="r1"),
    )
    await settle()
    c.drop()
    await settle()
    await t.clock.forward(60)

    assert (await t.connection(2)).sent == []


async def test_the_model_is_nudged_after_long_silence(talk: TALK) -> None:
    t = await talk(turn=TurnDetection(nudge_after_ms=5000))
    c = await t.connection()

    await t.clock.forward(4.5)
    assert c.sent == []
    await t.clock.forward(1)

    assert c.sent == [CreateResponse()]


async def test_figures_tell_how_long_interruptions_took(talk: TALK) -> None:
    t = await talk(barge_in="eager", provider=ScriptedProvider(OBSERVES))
    c = await t.connection()
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.AudioOutput(response_id="r1", pcm=bytes(HZ)),
    )
    await settle()
    await t.play(100)
    c.report(reported.SpeechStarted())
    await settle()
    await t.clock.forward(0.03)
    c.report(reported.ResponseDone(response_id="r1", status="cancelled"))
    await settle()

    figures = t.realtime.figures

    assert figures["interruptions"] == 1
    assert figures["onset_to_silence_ms"] == 0
    assert figures["onset_to_provider_stop_ms"] == 30


async def test_an_interruption_can_end_running_tools(talk: TALK) -> None:
    started = asyncio.Event()

    async def wait_long() -> str:
        """Wait."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    t = await talk(
        barge_in=BargeIn(
            decide="provider",
            react="stop",
            min_speech_ms=0,
            resume_after_ms=None,
            tools="cancel",
        ),
        tools=[FunctionTool(wait_long)],
        provider=ScriptedProvider(OBSERVES),
    )
    c = await t.connection()
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.ToolCalled(
            response_id="r1", call_id="c1", name="wait_long", arguments="{}"
        ),
        reported.AudioOutput(response_id="r1", pcm=bytes(HZ)),
        reported.ResponseDone(response_id="r1"),
    )
    await started.wait()

    c.report(reported.SpeechStarted())
    ended = await t.seen.until(ToolEndEvent)
    await settle()

    assert (ended.success, ended.error) == (False, "cancelled: the user interrupted")
    results = [x for x in c.sent if isinstance(x, SendToolResults)]
    assert [(r.respond, r.results[0].success) for r in results] == [(False, False)]
    assert StartTurn() not in c.sent
    assert EndTurn() not in c.sent


async def test_an_answer_that_was_heard_to_its_end_a_moment_ago_is_kept_whole(
    talk: TALK,
) -> None:
    t = await talk(barge_in="polite", **observed())
    c = await agent_speaks(t, 1000)

    t.audio.play(900)  # the session has not been told yet
    await t.realtime.interrupt()
    await settle()

    assert c.sent == [
        Truncate(response_id="r1", item_id="a1", played_ms=1000, heard="")
    ]


async def test_a_tool_that_an_interruption_ends_does_not_make_the_model_speak(
    talk: TALK,
) -> None:
    started = asyncio.Event()

    async def wait_long() -> str:
        """Wait."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    t = await talk(
        barge_in=BargeIn(tools="cancel"), tools=[FunctionTool(wait_long)], **observed()
    )
    c = await t.connection()
    await say(t, 0)
    c.report(
        reported.ResponseStarted(response_id="r1"),
        reported.ToolCalled(
            response_id="r1", call_id="c1", name="wait_long", arguments="{}"
        ),
        reported.AudioOutput(response_id="r1", pcm=bytes(8 * HZ)),
        reported.ResponseDone(response_id="r1"),
    )
    await started.wait()
    await t.play(100)

    await say(t, *[1] * 13)
    await t.seen.until(ToolEndEvent)
    await say(t, 1)

    results = [x for x in c.sent if isinstance(x, SendToolResults)]
    assert [r.respond for r in results] == [False]
    assert CreateResponse() not in c.sent
    c.report(reported.SpeechStarted(), reported.SpeechEnded())
    await settle()
    assert c.sent.count(CreateResponse()) == 1


async def test_what_is_said_to_a_lost_connection_with_the_key_down_is_not_lost(
    talk: TALK,
) -> None:
    turn = TurnDetection(end="push_to_talk")
    t = await talk(barge_in="polite", turn=turn, provider=ScriptedProvider(OBSERVES))
    first = await t.connection()
    await t.realtime.start_talking()
    await say(t, 1)

    first.drop()
    await t.seen.until(RealtimeDisconnectedEvent)
    await say(t, 2, 3)
    await t.realtime.stop_talking()
    await t.clock.forward(1)
    second = await t.connection(2)
    await settle()

    assert kinds(second) == ["StartTurn", "AppendAudio", "AppendAudio", "EndTurn"]
    assert values_of(second) == [2, 3]


async def test_an_answer_that_a_lost_connection_owed_is_asked_for_once(
    talk: TALK,
) -> None:
    provider = ScriptedProvider(OBSERVES)
    t = await talk(barge_in="polite", **observed(provider=provider))
    first = await agent_speaks(t)
    provider.refusals = [ProviderError("busy") for _ in range(4)]
    first.report(
        reported.UserTranscript(text="and this?", mode="final"),
        reported.ResponseStarted(response_id="r2"),
    )
    await settle()

    first.drop()
    await t.seen.until(RealtimeDisconnectedEvent)
    await say(t, *[1] * 13, *[0] * 12)
    await t.clock.forward(60)
    second = await t.connection(2)
    await settle()

    assert kinds(second).count("CreateResponse") == 1


async def test_who_interrupted_and_lost_the_connection_is_answered_by_the_next(
    talk: TALK,
) -> None:
    t = await talk(barge_in="polite", **observed())
    first = await agent_speaks(t)
    await say(t, *[1] * 13, 0)
    first.report(reported.UserTranscript(text="and now?", mode="final"))
    await settle()

    first.drop()
    await t.seen.until(RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)
    await settle()

    assert kinds(second).count("CreateResponse") == 1


async def test_a_provider_that_hears_no_end_of_a_turn_leaves_nobody_in_silence(
    talk: TALK,
) -> None:
    t = await talk(barge_in="polite", **observed())
    c = await agent_speaks(t)
    await say(t, *[1] * 13)
    c.report(reported.SpeechStarted(item_id="u1"))
    await say(t, *[0] * 12)

    await t.clock.forward(31)
    errors = t.seen.of(RealtimeErrorEvent)

    assert [error.error_code for error in errors] == ["turn_overdue"]
