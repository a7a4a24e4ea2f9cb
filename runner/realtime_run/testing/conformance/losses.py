"""Conformance: connections are lost, refused and replaced."""

import asyncio
import time

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeConnectedEvent,
    RealtimeConversationItemEvent,
    RealtimeDisconnectedEvent,
    RealtimeErrorEvent,
    SessionEndedEvent,
)
from realtime_run.session.parts import Limits
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.scenes import ASK_NAME, INTRODUCE, NAME, Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Options, Talk

_LIMITS = Limits(answer_within_s=30.0, tools_at_end_s=0.0, connect_attempts=1)
_MOST_CLOSE_S = 1.5
"""How long leaving may take, whatever the far end does; after 2 s, a session gives up
waiting for it."""


@pytest.mark.anyio
async def test_a_broken_connection_is_made_again(subject: Subject) -> None:
    async with talking(subject, Scene.DROP) as t:
        gone = await _lose(t)

        assert not gone.was_clean
        await _go_on(t)


@pytest.mark.anyio
async def test_a_close_that_nobody_asked_for_is_no_end(subject: Subject) -> None:
    async with talking(subject, Scene.CLOSE) as t:
        gone = await _lose(t)

        assert gone.was_clean
        await _go_on(t)


@pytest.mark.anyio
async def test_what_was_said_before_a_drop_is_remembered(subject: Subject) -> None:
    async with talking(subject, Scene.RECALL) as t:
        await _lose(t, INTRODUCE)
        await t.reconnected()
        answer = await t.answer(ASK_NAME)

        words = t.seen.of(
            RealtimeAgentSpeechTranscriptionEvent,
            lambda e: e.mode == "final" and e.response_id == answer.response_id,
        )
        assert [NAME in event.text for event in words] == [True]
        told = t.seen.of(RealtimeConversationItemEvent, lambda e: _says(e, INTRODUCE))
        assert len({event.item_id for event in told}) <= 1, "history is told as news"


@pytest.mark.anyio
async def test_a_connection_that_stalls_is_noticed_and_left(subject: Subject) -> None:
    options = Options(limits=_LIMITS, finishes=False)
    async with talking(subject, Scene.STALL, options) as t:
        await t.realtime.connect()
        await t.answer()
        await t.realtime.simple_response("Are you there?")
        while not _noticed(t):
            await t.clock.forward(_LIMITS.answer_within_s)
        began = time.monotonic()
        await t.realtime.close()

        assert time.monotonic() - began < _MOST_CLOSE_S
        ended = only(t.seen.of(SessionEndedEvent), "end")
        assert not ended.failed


@pytest.mark.anyio
async def test_an_expiring_connection_is_replaced_beforehand(subject: Subject) -> None:
    async with talking(subject, Scene.EXPIRY) as t:
        await t.realtime.connect()
        await t.answer()
        again = await t.reconnected()
        await _go_on(t)

        assert again.resumed
        assert t.seen.of(RealtimeDisconnectedEvent)[0].was_clean
        assert t.seen.of(RealtimeErrorEvent) == []


@pytest.mark.anyio
async def test_an_address_where_nobody_answers_is_tried_again_and_then_told(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.REFUSED, Options(limits=_LIMITS)) as t:
        error = await _refused(t)

        assert error.is_recoverable
        assert t.provider.tries == 1 + _LIMITS.connect_attempts
        again = [e.is_recoverable for e in t.seen.of(RealtimeErrorEvent)]
        assert again == [True, False]


@pytest.mark.anyio
async def test_credentials_that_are_refused_are_not_tried_again(
    subject: Subject,
) -> None:
    async with talking(subject, Scene.UNAUTHORISED) as t:
        error = await _refused(t)

        assert not error.is_recoverable, "trying again cannot help"
        assert t.provider.tries == 1
        told = error.setting or error.message
        assert any(word in told for word in _OF_CREDENTIALS), (
            f"it does not say what to put right: {error.message}"
        )
        event = only(t.seen.of(RealtimeErrorEvent), "error")
        assert not event.is_recoverable


_OF_CREDENTIALS = ("key", "token", "credential", "secret", "password", "account")


async def _lose(t: Talk, text: str = "Hello.") -> RealtimeDisconnectedEvent:
    """Hear one answer, and the connection end after it."""
    await t.realtime.connect()
    await t.answer(text)
    gone = await t.seen.until(RealtimeDisconnectedEvent)
    assert not t.realtime.connected
    assert gone.will_reconnect
    return gone


async def _go_on(t: Talk) -> None:
    """Hear an answer on the next connection, which knows what was said."""
    await t.reconnected()
    answer = await t.answer()
    assert answer.status == "completed"
    resumed = [event.resumed for event in t.seen.of(RealtimeConnectedEvent)]
    assert resumed == [False, True]
    history = t.connection.opening.history
    assert "user" in [item.role for item in history]


async def _refused(t: Talk) -> ProviderError:
    """Fail to connect, and return why."""
    async with asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(_connect(t))
        while not connecting.done():
            await t.clock.forward(1.0)
            await asyncio.sleep(0.01)
    ended = only(t.seen.of(SessionEndedEvent), "end")
    assert ended.failed
    assert t.seen.of(RealtimeConnectedEvent) == []
    return connecting.result()


async def _connect(t: Talk) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await t.realtime.connect()
    return raised.value


def _says(event: RealtimeConversationItemEvent, text: str) -> bool:
    return text in [part.get("text") for part in event.content]


def _noticed(t: Talk) -> bool:
    errors = t.seen.of(RealtimeErrorEvent, lambda e: e.error_code == "answer_overdue")
    return bool(errors or t.seen.of(RealtimeDisconnectedEvent))
