from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import AppendAudio, ApproveToolCall, SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import HistoryItem
from realtime_run.session.parts import Limits
from realtime_run.testing.scripted import ScriptedConnection, ScriptedProvider
from realtime_run.testing.time import settle


def said(number: int) -> Pcm:
    return Pcm(number.to_bytes(2, "little") * 320, 16_000)


def voice(number: int) -> Pcm:
    return Pcm((2000 + number).to_bytes(2, "little") * 320, 16_000)


def first_samples(frames: list[AppendAudio]) -> list[int]:
    return [int.from_bytes(frame.pcm.data[:2], "little") for frame in frames]


async def test_before_a_connection_expires_the_next_one_takes_over(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.UserTranscript(text="I am Ann", mode="final"))
    await t.seen.until(public.RealtimeUserSpeechTranscriptionEvent)

    first.report(reported.ConnectionExpires(in_s=3600))
    await settle()
    await t.clock.forward(3299)
    connections_early = len(t.provider.connections)
    await t.clock.forward(1)
    second = await t.connection(2)

    assert connections_early == 1
    assert second.opening.history == (HistoryItem(role="user", text="I am Ann"),)
    gone = t.seen.of(public.RealtimeDisconnectedEvent)[0]
    assert (gone.was_clean, gone.will_reconnect) == (True, True)
    assert t.seen.types[-2:] == ["realtime_disconnected", "realtime_connected"]
    assert t.seen.of(public.RealtimeConnectedEvent)[1].resumed
    assert t.realtime.connected
    assert first.closed.is_set()


async def test_the_limit_that_the_capabilities_state_is_kept(talk: Any) -> None:
    provider = ScriptedProvider(
        Capabilities(input_hz=16_000, output_hz=24_000, max_session_s=400)
    )
    t = await talk(provider=provider)
    await t.connection()

    await t.clock.forward(300)

    await t.connection(2)


async def test_the_last_word_on_when_a_connection_expires_counts(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=3600))
    first.report(reported.ConnectionExpires(in_s=40))
    await settle()

    await t.clock.forward(30)

    await t.connection(2)


async def test_nothing_is_exchanged_while_somebody_speaks(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.SpeechStarted())
    first.report(reported.ConnectionExpires(in_s=40))
    await settle()

    await t.clock.forward(35)
    while_speaking = len(t.provider.connections)
    first.report(reported.SpeechEnded())
    first.report(reported.ResponseStarted(response_id="r1"))
    first.report(reported.ResponseDone(response_id="r1"))
    await t.connection(2)

    assert while_speaking == 1


async def test_at_the_last_moment_it_moves_though_somebody_speaks(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.SpeechStarted())
    first.report(reported.ConnectionExpires(in_s=40))
    await settle()

    await t.clock.forward(36)
    early = len(t.provider.connections)
    await t.clock.forward(1)
    await t.connection(2)
    gone = await t.seen.until(public.RealtimeDisconnectedEvent)

    assert early == 1
    assert (gone.was_clean, gone.will_reconnect) == (True, True)


async def test_at_the_last_moment_an_answer_is_let_become_whole(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ResponseStarted(response_id="r1"))
    first.report(reported.ConnectionExpires(in_s=40))
    await settle()

    await t.clock.forward(38)
    while_it_is_made = len(t.provider.connections)
    first.report(reported.AudioOutput(response_id="r1", pcm=bytes(48_000)))
    first.report(reported.ResponseDone(response_id="r1"))
    await t.connection(2)
    await t.seen.until(public.RealtimeDisconnectedEvent)

    assert while_it_is_made == 1
    whole = [e for e in t.seen.of(public.RealtimeResponseEvent) if e.is_complete]
    assert [e.status for e in whole] == ["completed"]


async def test_an_answer_without_end_is_cut_short_before_the_connection(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ResponseStarted(response_id="r1"))
    first.report(reported.ConnectionExpires(in_s=40))
    await settle()

    await t.clock.forward(38.5)
    await t.connection(2)
    gone = await t.seen.until(public.RealtimeDisconnectedEvent)

    assert (gone.was_clean, gone.will_reconnect) == (True, True)


async def test_for_an_end_that_is_a_guess_nobody_is_cut_short(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.SpeechStarted())
    first.report(reported.ConnectionExpires(in_s=40, is_certain=False))
    await settle()

    await t.clock.forward(80)

    assert len(t.provider.connections) == 1


async def test_a_provider_says_how_early_to_look_for_a_moment(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=600, ahead_s=60))
    await settle()

    await t.clock.forward(539)
    early = len(t.provider.connections)
    await t.clock.forward(1)
    await t.connection(2)

    assert early == 1


async def test_nothing_is_exchanged_while_a_question_for_approval_waits(
    talk: Any,
) -> None:
    asks = Capabilities(input_hz=16_000, output_hz=24_000, tool_approval=True)
    t = await talk(provider=ScriptedProvider(asks))
    first = await t.connection()
    first.report(
        reported.ToolApprovalRequested(approval_id="a1", name="rm", arguments="{}")
    )
    first.report(reported.ConnectionExpires(in_s=40))
    asked = await t.seen.until(public.ToolApprovalRequestedEvent)

    await t.clock.forward(35)
    while_waiting = len(t.provider.connections)
    await t.realtime.approve_tool(asked.approval_id)
    await first.until(ApproveToolCall)
    await t.clock.forward(1)
    while_expected = len(t.provider.connections)
    first.report(reported.ResponseStarted(response_id="r1"))
    first.report(reported.ResponseDone(response_id="r1"))
    await t.connection(2)

    assert (while_waiting, while_expected) == (1, 1)


async def test_what_was_said_while_the_next_one_opened_is_not_lost(talk: Any) -> None:
    class Slow(ScriptedProvider):
        def connect(self, opening: Any) -> Any:
            if len(self.connections) == 1:
                self.connections[0].report(
                    reported.UserTranscript(text="wait", mode="final")
                )
            return super().connect(opening)

    t = await talk(provider=Slow())
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=0))
    third = await t.connection(3)

    assert [item.text for item in third.opening.history] == ["wait"]
    assert t.provider.connections[1].closed.is_set()


async def test_no_frame_of_the_microphone_is_lost_by_the_exchange(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for number in range(40):
        t.audio.microphone.say(said(number))
    await first.until(AppendAudio, 40)

    first.report(reported.ConnectionExpires(in_s=0))
    second = await t.connection(2)
    for number in range(40, 50):
        t.audio.microphone.say(said(number))
    frames = await second.until(AppendAudio, 35)
    await settle()

    assert first_samples(frames) == list(range(15, 50))
    inputs = t.seen.of(public.RealtimeAudioInputEvent)
    assert len(inputs) == 50


async def test_a_sentence_that_nobody_has_told_of_goes_on_whole(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for number in range(40):
        t.audio.microphone.say(said(number))
    for number in range(60):
        t.audio.microphone.say(voice(number))
    await first.until(AppendAudio, 100)

    first.report(reported.ConnectionExpires(in_s=0))
    second = await t.connection(2)
    t.audio.microphone.say(voice(60))
    second.report(reported.ConnectionExpires(in_s=0))
    await t.clock.forward(2)
    third = await t.connection(3)
    frames = await third.until(AppendAudio, 82)

    sentence = [*range(19, 40), *range(2000, 2061)]
    assert first_samples(frames) == sentence
    assert first_samples(await second.until(AppendAudio)) == sentence
    assert len(t.seen.of(public.RealtimeAudioInputEvent)) == 101


@pytest.mark.parametrize(
    "answer",
    [
        reported.ResponseStarted(response_id="r1"),
        reported.UserTranscript(text="go", mode="final"),
    ],
)
async def test_what_is_answered_or_known_is_not_said_twice(
    talk: Any, answer: Any
) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for number in range(60):
        t.audio.microphone.say(voice(number))
    await first.until(AppendAudio, 60)

    first.report(answer)
    first.report(reported.ResponseDone(response_id="r1"))
    first.report(reported.ConnectionExpires(in_s=0))
    second = await t.connection(2)

    frames = first_samples(await second.until(AppendAudio, 25))
    assert frames == list(range(2035, 2060))


async def test_the_old_connection_is_left_in_order(talk: Any) -> None:
    left: list[BaseException | None] = []

    class Leaving(ScriptedProvider):
        @asynccontextmanager
        async def connect(self, opening: Any) -> AsyncGenerator[ScriptedConnection]:
            async with super().connect(opening) as connection:
                try:
                    yield connection
                except BaseException as error:
                    left.append(error)
                    raise
                left.append(None)

    t = await talk(provider=Leaving())
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=0))
    await t.connection(2)

    assert left == [None]


async def test_text_goes_to_the_new_connection(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=0))
    second = await t.connection(2)

    await t.realtime.simple_response("hello")

    assert [c.text for c in await second.until(SendText)] == ["hello"]


async def test_a_refused_exchange_is_told_and_tried_again(talk: Any) -> None:
    provider = ScriptedProvider()
    t = await talk(provider=provider)
    first = await t.connection()
    provider.refusals = [ProviderError("busy")]

    first.report(reported.ConnectionExpires(in_s=0))
    error = await t.seen.until(public.RealtimeErrorEvent)
    still_there = not first.closed.is_set()
    await t.clock.forward(1)
    await t.connection(2)

    assert (error.error, error.context) == ("busy", "moving on")
    assert still_there


async def test_a_connection_that_ends_before_a_boundary_is_made_again(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.SpeechStarted())
    first.report(reported.ConnectionExpires(in_s=9))
    await settle()

    first.drop(ConnectionClosedError("expired", code="1001", was_clean=True))
    gone = await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)

    await t.connection(2)
    assert gone.reason == "expired"


async def test_rotation_can_be_switched_off(talk: Any) -> None:
    t = await talk(limits=Limits(rotates=False))
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=0))
    await settle()
    await t.clock.forward(60)

    assert len(t.provider.connections) == 1


async def test_the_new_connection_may_be_lost_like_any(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=0))
    second = await t.connection(2)

    second.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent, 2)
    await t.clock.forward(1)

    await t.connection(3)


async def test_a_server_that_lets_each_connection_go_at_once_is_not_stormed(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.ConnectionExpires(in_s=6, ahead_s=6))
    second = await t.connection(2)
    second.report(reported.ConnectionExpires(in_s=6, ahead_s=6))
    await settle()
    await t.clock.forward(1.9)
    early = len(t.provider.connections)
    await t.clock.forward(0.1)
    await t.connection(3)

    assert early == 2


async def test_an_expiry_alone_makes_no_good_connection(talk: Any) -> None:
    t = await talk(limits=Limits(connect_attempts=1))

    for number in (1, 2):
        connection = await t.connection(number)
        connection.report(reported.ConnectionExpires(in_s=3600))
        connection.drop(ConnectionClosedError("bye"))
        await t.seen.until(public.RealtimeDisconnectedEvent, number)
        await t.clock.forward(1)

    with pytest.raises(ProviderError, match="bye"):
        await t.realtime.wait_closed()
