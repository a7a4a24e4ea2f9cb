import asyncio
import random
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import (
    AppendAudio,
    CancelResponse,
    SendText,
    Truncate,
)
from realtime_run.core.errors import AudioError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.session.parts import Limits
from realtime_run.testing.scripted import ScriptedProvider
from realtime_run.testing.sound import HandAudio, HandMicrophone
from realtime_run.testing.time import settle

STARTED = reported.ResponseStarted(response_id="r1")
DONE = reported.ResponseDone(response_id="r1")


def audio(milliseconds: int, value: int = 1) -> reported.AudioOutput:
    pcm = value.to_bytes(2, "little") * (24 * milliseconds)
    return reported.AudioOutput(response_id="r1", pcm=pcm, item_id="a1")


def says(text: str) -> reported.AgentTranscript:
    return reported.AgentTranscript(
        response_id="r1", text=text, mode="delta", audio_ms=0
    )


async def test_a_voice_turn_gives_its_events_in_order(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()

    t.audio.microphone.say(Pcm.silence(20, 16_000))
    await connection.until(AppendAudio)
    connection.report(
        reported.SpeechStarted(),
        reported.SpeechEnded(),
        reported.UserTranscript(text="hello", mode="final"),
        reported.ItemChanged(
            item_id="u1", item_type="message", status="completed", role="user"
        ),
        STARTED,
        says("Hi."),
        audio(40),
        DONE,
    )
    await t.seen.until(public.RealtimeAudioOutputEvent)
    await t.play(20)
    await t.play(20)

    await t.seen.until(public.RealtimeAgentSpeechEndedEvent)
    assert t.seen.types == [
        "realtime_connected",
        "realtime_audio_input",
        "realtime_user_speech_started",
        "realtime_user_speech_ended",
        "realtime_user_speech_transcription",
        "realtime_conversation_item",
        "realtime_response",
        "realtime_agent_speech_transcription",
        "realtime_audio_output",
        "realtime_response",
        "realtime_agent_speech_started",
        "realtime_audio_played",
        "realtime_audio_played",
        "realtime_agent_speech_transcription",
        "realtime_audio_output_done",
        "realtime_agent_speech_ended",
    ]


async def test_events_are_stamped_with_who_where_and_when(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    connection.report(reported.UserTranscript(text="hello", mode="final"))
    connection.report(says("Hi."))

    heard = await t.seen.until(public.RealtimeUserSpeechTranscriptionEvent)
    said = await t.seen.until(public.RealtimeAgentSpeechTranscriptionEvent)

    assert (heard.session_id, heard.provider) == ("s-1", "scripted")
    assert heard.participant == public.Participant(id="user")
    assert said.participant == public.Participant(id="agent")
    assert len({event.event_id for event in t.seen.events}) == len(t.seen.events)
    assert heard.timestamp.tzinfo is not None


async def test_the_model_gets_instructions_and_the_microphone_in_frames(
    talk: Any,
) -> None:
    t = await talk()
    connection = await t.connection()

    t.audio.microphone.say(Pcm.silence(50, 16_000))
    frames = await connection.until(AppendAudio, 2)

    assert connection.opening.instructions == "Be kind."
    assert [frame.pcm.duration_ms for frame in frames] == [20, 20]


async def test_a_microphone_of_another_rate_is_converted(talk: Any) -> None:
    audio = HandAudio()
    audio.microphone = HandMicrophone(48_000)
    t = await talk(audio=audio)
    connection = await t.connection()

    t.audio.microphone.say(Pcm.silence(100, 48_000))
    frames = await connection.until(AppendAudio, 4)

    assert {frame.pcm.rate_hz for frame in frames} == {16_000}


async def test_an_interruption_silences_at_once_and_tells_what_was_heard(
    talk: Any,
) -> None:
    t = await talk()
    connection = await t.connection()
    connection.report(STARTED, says("Hello there."), audio(100))
    await t.seen.until(public.RealtimeAudioOutputEvent)
    await t.play(40)

    connection.report(reported.SpeechStarted())
    interruption = await t.seen.until(public.RealtimeInterruptionEvent)
    connection.report(audio(100))
    await settle()

    assert t.audio.play(20) == bytes(24 * 20 * 2)
    assert t.realtime.epoch == interruption.epoch == 1
    assert await connection.until(Truncate) == [
        Truncate(response_id="r1", item_id="a1", played_ms=40, heard="")
    ]
    done = await t.seen.until(public.RealtimeAudioOutputDoneEvent)
    assert (done.interrupted, done.played_ms) == (True, 40)


async def test_interrupt_drops_queued_audio_once_also_when_called_twice(
    talk: Any,
) -> None:
    t = await talk()
    connection = await t.connection()
    connection.report(STARTED, audio(1000))
    await t.seen.until(public.RealtimeAudioOutputEvent)
    await t.play(20)

    await t.realtime.interrupt()
    await t.realtime.interrupt()

    assert t.audio.play(20) == bytes(24 * 20 * 2)
    assert t.realtime.epoch == 1
    assert await connection.until(CancelResponse) == [CancelResponse(response_id="r1")]
    await t.seen.until(public.RealtimeInterruptionEvent)
    assert len(t.seen.of(public.RealtimeInterruptionEvent)) == 1


async def test_with_barge_in_off_the_agent_speaks_on(talk: Any) -> None:
    t = await talk(barge_in="off")
    connection = await t.connection()

    connection.report(STARTED, audio(100, value=7), reported.SpeechStarted())
    await t.seen.until(public.RealtimeUserSpeechStartedEvent)

    assert not connection.opening.interruptible
    assert await t.play(20) == b"\x07\x00" * 24 * 20
    assert t.realtime.epoch == 0


async def test_text_is_sent_as_the_processors_leave_it(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    seen: list[tuple[str, str]] = []

    def shout(text: str, who: public.Participant | None) -> str:
        return text.upper()

    async def note(text: str, who: public.Participant | None) -> None:
        seen.append((text, who.id if who else ""))

    guest = public.Participant(id="guest", name="Ann")
    await t.realtime.simple_response("hello", [shout, note], participant=guest)

    assert await connection.until(SendText) == [SendText(text="HELLO")]
    assert seen == [("HELLO", "guest")]


async def test_speech_from_elsewhere_is_converted_and_attributed(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    guest = public.Participant(id="guest", name="Ann")

    await t.realtime.simple_audio_response(Pcm.silence(200, 48_000, 2), guest)
    frames = await connection.until(AppendAudio, 10)
    connection.report(reported.UserTranscript(text="it is me", mode="final"))
    connection.report(reported.UserTranscript(text="and me", mode="final"))

    second = await t.seen.until(public.RealtimeUserSpeechTranscriptionEvent, 2)
    first = t.seen.of(public.RealtimeUserSpeechTranscriptionEvent)[0]
    assert {frame.pcm.rate_hz for frame in frames} == {16_000}
    assert first.participant == guest
    assert second.participant == public.Participant(id="user")


async def test_without_a_microphone_silence_follows_speech_until_the_turn_ends(
    talk: Any,
) -> None:
    t = await talk(audio=HandAudio(microphone=False))
    connection = await t.connection()
    await t.audio.opened.wait()
    await settle()

    saying = t.realtime.simple_audio_response(Pcm(b"\x01\x00" * 320, 16_000))
    async with asyncio.TaskGroup() as beside:
        beside.create_task(saying)
        await connection.until(AppendAudio)
        await t.clock.forward(0.1)
        connection.report(reported.SpeechStarted(), reported.SpeechEnded())
        await settle()
        await t.clock.forward(0.1)

    sent = [command for command in connection.sent if isinstance(command, AppendAudio)]
    assert [bool(any(frame.pcm.data)) for frame in sent[:3]] == [True, False, False]
    assert len(sent) < 20


async def test_an_answer_that_does_not_come_is_an_error_and_the_talk_goes_on(
    talk: Any,
) -> None:
    t = await talk(limits=Limits(answer_within_s=5))
    await t.connection()
    await t.realtime.simple_response("hello?")

    await t.clock.forward(5.2)

    error = await t.seen.until(public.RealtimeErrorEvent)
    assert (error.error, error.is_recoverable) == ("no answer within 5 s", True)
    assert t.realtime.connected


async def test_the_next_answer_has_all_of_its_time_after_one_did_not_come(
    talk: Any,
) -> None:
    t = await talk(limits=Limits(answer_within_s=5))
    await t.connection()
    await t.realtime.simple_response("hello?")
    while not t.seen.of(public.RealtimeErrorEvent):
        await t.clock.forward(0.05)

    await t.realtime.simple_response("is anybody there?")
    await t.clock.forward(4.8)
    in_time = len(t.seen.of(public.RealtimeErrorEvent))
    await t.clock.forward(0.4)

    assert in_time == 1
    assert len(t.seen.of(public.RealtimeErrorEvent)) == 2


async def test_a_request_that_the_provider_refuses_is_an_error_event(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    connection.refuse = ProviderError("no such thing", code="bad_request")

    await t.realtime.simple_response("hello")

    error = await t.seen.until(public.RealtimeErrorEvent)
    assert (error.error, error.error_code, error.context) == (
        "no such thing",
        "bad_request",
        "SendText",
    )


async def test_a_lost_microphone_ends_the_session_and_says_why(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    await t.audio.opened.wait()

    t.audio.microphone.unplug()

    with pytest.raises(AudioError, match="unplugged"):
        await t.realtime.wait_closed()
    assert connection.closed.is_set()
    assert t.audio.closed.is_set()
    assert t.seen.types[-1] == "session_ended"
    assert not t.realtime.connected


async def test_closing_is_orderly_and_tells_so(talk: Any) -> None:
    t = await talk()
    connection = await t.connection()
    await t.audio.opened.wait()

    await t.realtime.close()
    await t.realtime.close()

    assert connection.closed.is_set()
    assert t.audio.closed.is_set()
    gone = t.seen.of(public.RealtimeDisconnectedEvent)
    assert [(e.reason, e.was_clean, e.will_reconnect) for e in gone] == [
        (None, True, False)
    ]
    assert t.seen.events[-1].reason == "closed"


async def test_a_talk_ends_by_itself_when_its_input_is_used_up(talk: Any) -> None:
    t = await talk(ends_when_quiet=True, limits=Limits(quiet_s=1))
    connection = await t.connection()
    await t.audio.opened.wait()
    await settle()
    t.audio.microphone.used_up = True
    connection.report(reported.SpeechStarted(), reported.SpeechEnded())
    await settle()

    await t.clock.forward(5)
    assert t.realtime.connected
    connection.report(STARTED, audio(20), DONE)
    await settle()
    await t.clock.forward(5)
    assert t.realtime.connected
    await t.play(20)
    await t.clock.forward(1.2)

    await t.realtime.wait_closed()
    assert t.seen.events[-1].reason == "the input is used up"


async def test_a_run_does_not_end_by_itself_while_it_connects_again(talk: Any) -> None:
    provider = ScriptedProvider()
    t = await talk(
        provider=provider,
        ends_when_quiet=True,
        limits=Limits(quiet_s=1, answer_within_s=9, connect_attempts=1),
    )
    connection = await t.connection()
    await t.audio.opened.wait()
    t.audio.microphone.used_up = True
    still = asyncio.Event()
    provider.wait = still
    connection.drop()
    await t.clock.forward(30)
    unended = t.seen.of(public.SessionEndedEvent)
    provider.refusals = [ProviderError("gone for good")]
    still.set()

    with pytest.raises(ProviderError, match="gone for good"):
        await t.realtime.wait_closed()
    assert unended == []


async def test_a_run_ends_though_no_connection_lasts_as_long_as_its_silence(
    talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.5)  # in 0.25 s, and in 0.5 s
    t = await talk(ends_when_quiet=True, limits=Limits(quiet_s=2))
    t.audio.microphone.used_up = True

    for number in (1, 2):
        connection = await t.connection(number)
        await t.audio.opened.wait()
        await t.clock.forward(0.5)
        connection.drop()
        await t.seen.until(public.RealtimeDisconnectedEvent, number)
        await t.clock.forward(0.6)
    await t.clock.forward(1)

    await t.realtime.wait_closed()
    assert t.seen.events[-1].reason == "the input is used up"


async def test_a_provider_that_never_ends_a_turn_does_not_keep_a_run_alive(
    talk: Any,
) -> None:
    t = await talk(ends_when_quiet=True, limits=Limits(quiet_s=1, answer_within_s=9))
    connection = await t.connection()
    await t.audio.opened.wait()
    connection.report(reported.SpeechStarted())
    await settle()
    t.audio.microphone.used_up = True

    await t.clock.forward(8)
    assert t.realtime.connected
    await t.clock.forward(2)

    await t.realtime.wait_closed()
    assert t.seen.events[-1].reason == (
        "nothing happened for 9 s after the input was used up"
    )
    assert t.seen.events[-1].figures["unanswered"] == 1
