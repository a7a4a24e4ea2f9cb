"""Conformance: the user can always make the agent be silent."""

import time

import pytest

from realtime_run.core.commands import CancelResponse, Truncate
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeInterruptionEvent,
    RealtimeUserSpeechStartedEvent,
)
from realtime_run.core.provider_events import ResponseStarted
from realtime_run.testing.conformance.performance import staged, talking
from realtime_run.testing.conformance.scenes import STORY, Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import FRAME_MS, Options, Talk

_HEARD_MS = 200
_AFTER_MS = 300
_AHEAD = 10.0
"""How much faster than it is spoken the sound of FAST comes."""
_LONG_MS = 3000
OFF = Options(barge_in="off")


@pytest.mark.anyio
async def test_speech_silences_the_agent_at_once(subject: Subject) -> None:
    async with talking(subject, Scene.LONG, speaks=True) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        await _speak_over(t, answer.response_id)
        await _hear_the_next(t)

        _check_cut(t, answer.response_id)


@pytest.mark.anyio
async def test_an_answer_that_was_generated_already_can_be_interrupted(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.FAST, speaks=True) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, FRAME_MS)
        began = time.monotonic()
        await t.complete(answer.response_id)
        spoken_ms = t.audio_ms(answer.response_id)
        took_ms = (time.monotonic() - began) * 1000
        await t.play(answer.response_id, _HEARD_MS - FRAME_MS)
        await _speak_over(t, answer.response_id)
        await _hear_the_next(t)

        assert spoken_ms >= _LONG_MS
        assert spoken_ms / took_ms >= _AHEAD, "FAST must be staged faster"
        _check_cut(t, answer.response_id)


@pytest.mark.anyio
async def test_interrupting_stops_the_model_too(subject: Subject) -> None:
    async with talking(subject, Scene.STEADY) as t:
        if not t.provider.capabilities.cancel:
            pytest.skip(f"{subject.name}: its capability cancel is False")
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        await t.realtime.interrupt()
        complete = await t.complete(answer.response_id)

        assert complete.status == "cancelled"
        _check_cut(t, answer.response_id)


@pytest.mark.anyio
async def test_speech_stops_the_model_too(subject: Subject) -> None:
    async with talking(subject, Scene.STEADY, speaks=True) as t:
        capabilities = t.provider.capabilities
        if not (capabilities.cancel or capabilities.cancels_on_speech):
            pytest.skip(f"{subject.name}: its capability cancel is False")
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        t.say(silence=False)
        complete = await t.complete(answer.response_id)

        assert complete.status == "cancelled"
        _check_cut(t, answer.response_id)


@pytest.mark.anyio
async def test_sound_that_comes_late_is_never_heard(subject: Subject) -> None:
    async with talking(subject, Scene.LATE_AUDIO, speaks=True) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        await _speak_over(t, answer.response_id)
        await _hear_the_next(t)

        _check_cut(t, answer.response_id)
        late = t.seen.of(RealtimeAudioOutputEvent, lambda e: e.epoch == 1)
        assert answer.response_id not in {event.response_id for event in late}


@pytest.mark.anyio
async def test_a_false_alarm_mutes_nothing_of_the_rest(subject: Subject) -> None:
    async with talking(subject, Scene.FALSE_ALARM, speaks=True) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        t.say()
        rest = await t.seen.until(RealtimeAudioOutputEvent, lambda e: e.epoch == 1)
        await t.hear_out(rest.response_id)

        assert rest.response_id == answer.response_id
        starts = [e.response_id for e in t.connection.of(ResponseStarted)]
        assert starts.count(answer.response_id) == 2
        assert t.realtime.epoch == 1


@pytest.mark.anyio
async def test_interrupting_twice_is_one_interruption(subject: Subject) -> None:
    async with talking(subject, Scene.LONG) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        await t.realtime.interrupt()
        await t.realtime.interrupt()
        silence = await t.play_on(_AFTER_MS)
        await t.seen.until(*t.over(answer.response_id))
        await t.complete(answer.response_id)

        assert not any(silence)
        assert t.realtime.epoch == 1
        _check_cut(t, answer.response_id)
        assert len(t.connection.asked(CancelResponse)) <= 1


@pytest.mark.anyio
async def test_after_an_interruption_it_answers_again(subject: Subject) -> None:
    async with talking(subject, Scene.LONG) as t:
        await t.realtime.connect()
        first = await t.ask(STORY)
        await t.play(first.response_id, _HEARD_MS)
        await t.realtime.interrupt()
        await t.complete(first.response_id)
        second = await t.answer()

        assert second.response_id != first.response_id
        assert second.status == "completed"
        assert t.realtime.epoch == 1


@pytest.mark.anyio
async def test_an_answer_is_interrupted_before_it_begins(subject: Subject) -> None:
    async with talking(subject, Scene.PLAIN) as t:
        if not t.provider.capabilities.text_input:
            pytest.skip(f"{subject.name}: its capability text_input is False")
        await t.realtime.connect()
        await t.realtime.simple_response("Never mind.")
        await t.realtime.interrupt()
        silence = await t.play_on(_AFTER_MS)
        answer = await t.answer()

        assert not any(silence), "what was interrupted was heard"
        assert answer.status == "completed"
        assert t.realtime.epoch == 1
        assert {e.epoch for e in t.seen.of(RealtimeAudioOutputEvent)} == {1}


@pytest.mark.anyio
async def test_where_barge_in_is_off_the_agent_goes_on_speaking(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.LONG, speaks=True) as provider:
        if not provider.capabilities.can_disable_interrupt:
            pytest.skip(
                f"{subject.name}: its capability can_disable_interrupt is False"
            )
    async with talking(subject, Scene.LONG, OFF, speaks=True) as t:
        await t.realtime.connect()
        answer = await t.ask(STORY)
        await t.play(answer.response_id, _HEARD_MS)
        t.say()
        await t.seen.until(RealtimeUserSpeechStartedEvent)
        complete = await t.hear_out(answer.response_id)
        await _hear_the_next(t, epoch=0)

        assert complete.status == "completed"
        assert t.audio_ms(answer.response_id) >= _LONG_MS
        assert t.realtime.epoch == 0


async def _speak_over(t: Talk, response_id: str) -> None:
    """Let the user speak while the agent does, and hear that it stops."""
    t.say(silence=False)
    interruption = await t.seen.until(RealtimeInterruptionEvent)
    after = await t.play_on(_AFTER_MS)

    assert (interruption.source, interruption.epoch) == ("provider", 1)
    assert not any(after), "the old voice was heard after the user had begun to speak"
    over = await t.seen.until(*t.over(response_id))
    assert over.interrupted
    news = t.seen.of(RealtimeAudioOutputEvent, lambda e: e.epoch == 1)
    assert news == [], "the agent began to speak while the user did"
    t.be_silent()


async def _hear_the_next(t: Talk, *, epoch: int = 1) -> None:
    """Hear the answer to what the user said to its end."""
    before = {e.response_id for e in t.seen.of(RealtimeAudioOutputDoneEvent)}
    sound = await t.seen.until(
        RealtimeAudioOutputEvent,
        lambda e: e.epoch == epoch and e.response_id not in before,
    )
    complete = await t.hear_out(sound.response_id)
    assert complete.status == "completed"


def _check_cut(t: Talk, response_id: str) -> None:
    """Check what is told of an answer that was heard for `_HEARD_MS` and cut."""
    assert len(t.seen.of(RealtimeInterruptionEvent)) == 1
    over = only(t.seen.of(*t.over(response_id)), "end of the sound")
    assert (over.interrupted, over.played_ms) == (True, _HEARD_MS)
    said = [
        event
        for event in t.seen.of(RealtimeAgentSpeechTranscriptionEvent)
        if event.response_id == response_id
    ]
    whole = "".join(event.text for event in said if event.mode == "delta")
    heard = [event.text for event in said if event.mode == "final"]
    if whole:
        words = only(heard, "final transcript")
        assert whole.startswith(words), "what was heard is no part of what was said"
        assert words != whole, "what was not heard is told as heard"
    if t.provider.capabilities.truncate:
        cuts = t.connection.asked(Truncate)
        cut = only([c for c in cuts if c.response_id == response_id], "Truncate taken")
        assert cut.played_ms == _HEARD_MS
    assert [type(command).__name__ for command, _ in t.connection.refused] == []
