"""Conformance: what is asked, in writing or aloud, is answered aloud."""

import pytest

from realtime_run.core.commands import AppendImage, AppendPicture
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioInputEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeConversationItemEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    RealtimeUserSpeechEndedEvent,
    RealtimeUserSpeechStartedEvent,
    RealtimeUserSpeechTranscriptionEvent,
    SessionEndedEvent,
)
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.scenes import Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.still import Still
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Talk

_ROUNDING_MS = 1.0
_MOST_PLAIN_MS = 2000


@pytest.mark.anyio
async def test_the_beginning_and_the_end_of_a_conversation_are_told(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.PLAIN) as t:
        await t.realtime.connect()
        assert t.realtime.connected
        connected = await t.seen.until(RealtimeConnectedEvent)
        await t.realtime.close()

        assert not t.realtime.connected
        assert (connected.attempt, connected.resumed) == (1, False)
        assert connected.capabilities == t.provider.capabilities
        assert dict(connected.session_config) != {}, "what was acknowledged is missing"
        gone = only(t.seen.of(RealtimeDisconnectedEvent), "end of the connection")
        assert (gone.reason, gone.was_clean, gone.will_reconnect) == (None, True, False)
        ended = only(t.seen.of(SessionEndedEvent), "end")
        assert not ended.failed
        assert all(error.is_recoverable for error in t.seen.of(RealtimeErrorEvent))


@pytest.mark.anyio
async def test_a_text_is_answered_aloud(subject: Subject) -> None:
    async with talking(subject, Scene.PLAIN) as t:
        _need_text(t)
        await t.realtime.connect()
        answer = await t.answer()

        _check_answer(t, answer.response_id)
        assert answer.status == "completed"
        roles = {item.role for item in t.seen.of(RealtimeConversationItemEvent)}
        assert roles == {"user", "assistant"}


@pytest.mark.anyio
async def test_several_texts_get_an_answer_each(subject: Subject) -> None:
    async with talking(subject, Scene.PLAIN) as t:
        _need_text(t)
        await t.realtime.connect()
        answers = [await t.answer() for _ in range(3)]

        assert [answer.status for answer in answers] == ["completed"] * 3
        assert len({answer.response_id for answer in answers}) == len(answers)
        assert t.realtime.epoch == 0


@pytest.mark.anyio
async def test_speech_is_noticed_transcribed_and_answered_aloud(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.SPEECH, speaks=True) as t:
        await t.realtime.connect()
        t.say()
        await t.seen.until(RealtimeUserSpeechStartedEvent)
        await t.seen.until(RealtimeUserSpeechEndedEvent)
        if t.provider.capabilities.user_transcripts:
            said = await t.seen.until(
                RealtimeUserSpeechTranscriptionEvent, lambda e: e.mode == "final"
            )
            assert said.text.strip() != ""
            assert said.participant is not None
        sound = await t.seen.until(RealtimeAudioOutputEvent)
        answer = await t.hear_out(sound.response_id)

        assert answer.status == "completed"
        _check_answer(t, answer.response_id)
        heard = t.seen.of(RealtimeAudioInputEvent)
        assert {pcm.data.rate_hz for pcm in heard} == {t.provider.capabilities.input_hz}
        assert t.realtime.epoch == 0


@pytest.mark.anyio
async def test_garbage_on_the_wire_disturbs_no_conversation(subject: Subject) -> None:
    async with talking(subject, Scene.GARBAGE) as t:
        await t.realtime.connect()
        answers = [await t.answer() for _ in range(2)]

        assert [answer.status for answer in answers] == ["completed"] * 2
        assert all(error.is_recoverable for error in t.seen.of(RealtimeErrorEvent))
        assert len(t.provider.connections) == 1


@pytest.mark.anyio
async def test_pictures_are_taken_while_it_converses(subject: Subject) -> None:
    async with talking(subject, Scene.IMAGES) as t:
        await t.realtime.connect()
        t.realtime.watch_video(Still())
        takes = t.provider.capabilities.video
        kind = AppendPicture if takes == "track" else AppendImage
        await t.connection.until_asked(kind)
        answer = await t.answer()

        assert answer.status == "completed"
        assert t.connection.refused == []
        assert t.seen.of(RealtimeErrorEvent) == []


def _need_text(t: Talk) -> None:
    if not t.provider.capabilities.text_input:
        pytest.skip(f"{t.subject.name}: its capability text_input is False")


def _check_answer(t: Talk, response_id: str) -> None:
    """Check that an answer was heard to its end, and its words told."""
    words = [
        event
        for event in t.seen.of(RealtimeAgentSpeechTranscriptionEvent)
        if event.response_id == response_id
    ]
    only([event for event in words if event.mode == "final"], "final transcript")
    assert words[-1].mode == "final"
    assert words[-1].text.strip() != "", "the transcript is empty"
    over = only(t.seen.of(*t.over(response_id)), "end of the sound")
    received = t.audio_ms(response_id)
    assert 0 < received <= _MOST_PLAIN_MS
    assert not over.interrupted
    assert abs(over.played_ms - received) <= _ROUNDING_MS
    assert t.seen.of(RealtimeAudioOutputDoneEvent)[-1] == over
