import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import AppendAudio, CreateResponse, SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import HistoryItem, Opening
from realtime_run.session import opened
from realtime_run.session.outbox import MOST_AUDIO
from realtime_run.session.parts import Limits
from realtime_run.testing.scripted import ScriptedConnection, ScriptedProvider
from realtime_run.testing.time import settle


async def test_a_lost_connection_is_made_again_and_knows_what_was_said(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.UserTranscript(text="I am Ann", mode="final"))
    await t.seen.until(public.RealtimeUserSpeechTranscriptionEvent)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    assert not t.realtime.connected
    await t.clock.forward(1)
    second = await t.connection(2)

    assert second.opening.history == (HistoryItem(role="user", text="I am Ann"),)
    gone = t.seen.of(public.RealtimeDisconnectedEvent)[0]
    assert (gone.reason, gone.was_clean, gone.will_reconnect) == ("gone", False, True)
    back = t.seen.of(public.RealtimeConnectedEvent)[1]
    assert (back.attempt, back.resumed) == (1, True)
    assert first.closed.is_set()


async def test_a_clean_close_that_nobody_asked_for_is_no_end(talk: Any) -> None:
    t = await talk()
    first = await t.connection()

    first.drop(ConnectionClosedError("closed", code="1000", was_clean=True))
    gone = await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)

    await t.connection(2)
    assert (gone.was_clean, gone.will_reconnect) == (True, True)


async def test_a_reason_that_stays_ends_the_session(talk: Any) -> None:
    t = await talk()
    first = await t.connection()

    first.drop(
        ConnectionClosedError(
            "your account is closed", code="closed", is_recoverable=False
        )
    )

    with pytest.raises(ProviderError, match="your account is closed"):
        await t.realtime.wait_closed()
    gone = t.seen.of(public.RealtimeDisconnectedEvent)[0]
    assert not gone.will_reconnect


async def test_connecting_is_tried_as_often_as_allowed(talk: Any) -> None:
    provider = ScriptedProvider()
    provider.refusals = [ProviderError("busy") for _ in range(9)]
    t = await talk(provider=provider, limits=Limits(connect_attempts=2))

    for _ in range(3):
        await t.seen.until(public.RealtimeErrorEvent)
        await t.clock.forward(60)

    with pytest.raises(ProviderError) as gone:
        await t.realtime.wait_closed()
    errors = t.seen.of(public.RealtimeErrorEvent)
    assert [error.is_recoverable for error in errors] == [True, True, False]
    assert [error.context for error in errors] == [
        "connecting, try 1 of 3",
        "connecting, try 2 of 3",
        "connecting, try 3 of 3",
    ]
    assert gone.value.message == "busy; given up after 3 failures in a row"


async def test_tries_after_a_loss_are_counted_from_the_loss(talk: Any) -> None:
    provider = ScriptedProvider()
    t = await talk(provider=provider, limits=Limits(connect_attempts=2))
    first = await t.connection()
    provider.refusals = [ProviderError("busy", code="e1", setting="provider.model")]
    provider.refusals.append(ConnectionClosedError("gone again"))

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    for _ in range(2):
        await t.clock.forward(60)

    with pytest.raises(
        ConnectionClosedError, match=r"^gone again; given up after 3 failures in a row$"
    ):
        await t.realtime.wait_closed()
    errors = t.seen.of(public.RealtimeErrorEvent)
    assert [(error.context, error.error_code) for error in errors] == [
        ("connecting, try 1 of 2", "e1"),
        ("connecting, try 2 of 2", None),
    ]


async def test_a_refusal_for_good_is_no_try(talk: Any) -> None:
    provider = ScriptedProvider()
    provider.refusals = [ProviderError("no such voice", is_recoverable=False)]
    t = await talk(provider=provider)

    with pytest.raises(ProviderError, match=r"^no such voice$"):
        await t.realtime.wait_closed()
    error = t.seen.of(public.RealtimeErrorEvent)[0]
    assert (error.context, error.is_recoverable) == ("connecting", False)


async def test_the_number_of_tries_is_told_when_connected(talk: Any) -> None:
    provider = ScriptedProvider()
    provider.refusals = [ProviderError("busy")]
    t = await talk(provider=provider)
    await t.seen.until(public.RealtimeErrorEvent)

    await t.clock.forward(60)

    connected = await t.seen.until(public.RealtimeConnectedEvent)
    assert (connected.attempt, connected.resumed) == (2, False)


async def test_the_users_words_of_the_gap_are_sent_afterwards(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)

    t.audio.microphone.say(Pcm(b"\x05\x00" * 320, 16_000))
    await t.realtime.simple_response("are you there?")
    await settle()
    await t.clock.forward(1)
    second = await t.connection(2)

    await second.until(SendText)
    assert [type(command) for command in second.sent] == [SendText, AppendAudio]
    assert second.opening.history == ()


async def test_a_question_that_was_not_answered_is_answered_afterwards(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    await t.realtime.simple_response("are you there?")
    await first.until(SendText)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)

    assert await second.until(CreateResponse) == [CreateResponse()]
    assert second.opening.history == (HistoryItem(role="user", text="are you there?"),)


@pytest.mark.parametrize(("received", "again"), [(b"", 1), (b"\x07\x00" * 480, 0)])
async def test_an_answer_of_which_nothing_came_is_asked_for_again(
    talk: Any, received: bytes, again: int
) -> None:
    t = await talk()
    first = await t.connection()
    await t.realtime.simple_response("are you there?")
    first.report(reported.ResponseStarted(response_id="r1"))
    if received:
        first.report(reported.AudioOutput(response_id="r1", pcm=received))
    await t.seen.until(public.RealtimeResponseEvent)
    await settle()

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)
    await settle()

    assert second.sent == [CreateResponse()] * again


async def test_what_was_answered_is_not_answered_again(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.realtime.simple_response("are you there?")
    await first.until(SendText)
    first.report(
        reported.ResponseStarted(response_id="r1"),
        reported.AgentTranscript(response_id="r1", text="Yes.", mode="final"),
        reported.ResponseDone(response_id="r1"),
    )
    await t.seen.until(public.RealtimeResponseEvent, 2)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)
    await settle()

    assert second.sent == []


async def test_speech_that_nobody_understood_is_not_answered_afterwards(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.SpeechStarted(), reported.SpeechEnded())
    await t.seen.until(public.RealtimeUserSpeechEndedEvent)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)
    await settle()

    assert second.sent == []


async def test_a_long_gap_keeps_the_newest_audio(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)

    for number in range(MOST_AUDIO + 3):
        t.audio.microphone.say(Pcm(number.to_bytes(2, "little") * 320, 16_000))
    await settle(MOST_AUDIO * 3)
    await t.clock.forward(1)
    second = await t.connection(2)
    frames = await second.until(AppendAudio, MOST_AUDIO)
    await t.realtime.close()

    assert len(frames) == MOST_AUDIO
    assert frames[0].pcm.data[:2] == (3).to_bytes(2, "little")
    assert t.seen.events[-1].figures["input_frames_dropped"] == 3


async def test_a_sentence_in_which_connections_are_lost_is_heard_whole(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for number in range(2000, 2060):
        t.audio.microphone.say(Pcm(number.to_bytes(2, "little") * 320, 16_000))
    await first.until(AppendAudio, 60)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    t.provider.refusals = [ProviderError("busy")]
    await t.clock.forward(60)
    await t.clock.forward(60)
    t.audio.microphone.say(Pcm((2060).to_bytes(2, "little") * 320, 16_000))
    second = await t.connection(2)
    frames = await second.until(AppendAudio, 61)

    heard = [int.from_bytes(frame.pcm.data[:2], "little") for frame in frames]
    assert heard == list(range(2000, 2061))


async def test_what_is_known_of_a_sentence_without_an_end_is_not_all_of_it(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for number in range(2000, 2060):
        t.audio.microphone.say(Pcm(number.to_bytes(2, "little") * 320, 16_000))
    await first.until(AppendAudio, 60)

    first.report(reported.SpeechStarted())
    first.report(reported.UserTranscript(text="Go", mode="final"))
    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    second = await t.connection(2)
    frames = await second.until(AppendAudio, 60)

    heard = [int.from_bytes(frame.pcm.data[:2], "little") for frame in frames]
    assert heard == list(range(2000, 2060))


async def test_silence_before_a_loss_is_not_said_again(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    await t.audio.opened.wait()
    for _ in range(60):
        t.audio.microphone.say(Pcm.silence(20, 16_000))
    await first.until(AppendAudio, 60)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(1)
    t.audio.microphone.say(Pcm(b"\x05\x00" * 320, 16_000))
    second = await t.connection(2)
    frames = await second.until(AppendAudio)

    assert [frame.pcm.data[:2] for frame in frames] == [b"\x05\x00"]


async def test_what_came_before_the_end_is_told_though_nothing_more_can_be_sent(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()

    first.refuse = ConnectionClosedError("closed (1000)", was_clean=True)
    await t.realtime.simple_response("hello?")
    await settle()
    first.report(reported.ProviderFailed(error="overloaded"))
    first.drop(ConnectionClosedError("overloaded: come back later"))

    gone = await t.seen.until(public.RealtimeDisconnectedEvent)
    assert gone.reason == "overloaded: come back later"
    assert [e.error for e in t.seen.of(public.RealtimeErrorEvent)] == ["overloaded"]


async def test_a_connection_that_takes_nothing_and_tells_nothing_is_given_up(
    talk: Any,
) -> None:
    t = await talk()
    first = await t.connection()

    first.refuse = ConnectionClosedError("broken pipe")
    await t.realtime.simple_response("hello?")
    await t.clock.forward(1)

    gone = await t.seen.until(public.RealtimeDisconnectedEvent)
    assert gone.reason == "broken pipe"


async def test_what_was_received_before_the_loss_is_played(talk: Any) -> None:
    t = await talk()
    first = await t.connection()
    first.report(reported.AudioOutput(response_id="r1", pcm=b"\x07\x00" * 24 * 20))
    await t.seen.until(public.RealtimeAudioOutputEvent)

    first.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)

    assert await t.play(20) == b"\x07\x00" * 24 * 20
    done = await t.seen.until(public.RealtimeAudioOutputDoneEvent)
    assert (done.interrupted, done.played_ms) == (False, 20)


async def test_a_provider_with_a_bug_ends_the_session_with_that_bug(talk: Any) -> None:
    provider = ScriptedProvider()
    provider.refusals = [ZeroDivisionError("oops")]
    t = await talk(provider=provider)

    with pytest.raises(ZeroDivisionError, match="oops"):
        await t.realtime.wait_closed()
    assert t.seen.types == ["session_ended"]


async def test_a_server_that_takes_us_in_and_throws_us_out_is_given_up(
    talk: Any,
) -> None:
    t = await talk(limits=Limits(connect_attempts=2))

    for number in (1, 2, 3):
        connection = await t.connection(number)
        connection.drop(ConnectionClosedError("bye", code="1000", was_clean=True))
        await t.seen.until(public.RealtimeDisconnectedEvent, number)
        await t.clock.forward(2)

    with pytest.raises(ProviderError, match="bye"):
        await t.realtime.wait_closed()


async def test_a_server_that_breaks_off_each_answer_is_given_up(talk: Any) -> None:
    t = await talk(limits=Limits(connect_attempts=2))

    for number in (1, 2, 3):
        connection = await t.connection(number)
        answer = f"r{number}"
        connection.report(reported.ResponseStarted(response_id=answer))
        connection.report(reported.ResponseDone(response_id=answer, status="failed"))
        connection.drop(ConnectionClosedError("bye"))
        await t.seen.until(public.RealtimeDisconnectedEvent, number)
        await t.clock.forward(2)

    with pytest.raises(ProviderError, match="bye; given up after 3 failures in a row"):
        await t.realtime.wait_closed()


@pytest.mark.parametrize("worth", ["an answer", "some time"])
async def test_a_connection_that_was_good_for_something_begins_the_count_anew(
    talk: Any, worth: str
) -> None:
    t = await talk(limits=Limits(connect_attempts=1))

    for number in (1, 2, 3):
        connection = await t.connection(number)
        if worth == "an answer":
            answer = f"r{number}"
            connection.report(reported.ResponseStarted(response_id=answer))
            connection.report(reported.ResponseDone(response_id=answer))
            await t.seen.until(public.RealtimeResponseEvent, number)
        else:
            await t.clock.forward(10)
        connection.drop()
        await t.seen.until(public.RealtimeDisconnectedEvent, number)
        await t.clock.forward(1)

    await t.connection(4)
    assert all(gone.will_reconnect for gone in _losses(t))


def _losses(t: Any) -> list[public.RealtimeDisconnectedEvent]:
    losses: list[public.RealtimeDisconnectedEvent] = t.seen.of(
        public.RealtimeDisconnectedEvent
    )
    return losses


class Sticky(ScriptedProvider):
    """Its connections do not close."""

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[ScriptedConnection]:
        async with super().connect(opening) as connection:
            try:
                yield connection
            finally:
                await asyncio.Event().wait()


async def test_a_connection_that_does_not_close_is_left_behind(
    talk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opened, "CLOSE_S", 0.01)
    t = await talk(provider=Sticky())
    await t.connection()

    await t.realtime.close()

    assert "the connection did not close within 0.01 s" in caplog.text
    assert t.seen.types[-1] == "session_ended"


class Wrapping(ScriptedProvider):
    """Its own tasks fail, and its task group wraps what goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.fail = asyncio.Event()

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[ScriptedConnection]:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fail_when_told())
            async with super().connect(opening) as connection:
                yield connection

    async def _fail_when_told(self) -> None:
        await self.fail.wait()
        message = "the heartbeat stopped"
        raise ConnectionClosedError(message)


async def test_a_failing_task_of_a_plugin_is_the_end_of_its_connection(
    talk: Any,
) -> None:
    provider = Wrapping()
    t = await talk(provider=provider)
    await t.connection()

    provider.fail.set()
    gone = await t.seen.until(public.RealtimeDisconnectedEvent)
    provider.fail.clear()
    await t.clock.forward(1)

    assert (gone.reason, gone.will_reconnect) == ("the heartbeat stopped", True)
    await t.connection(2)
