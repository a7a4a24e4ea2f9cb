"""Conformance: what the model knows of the conversation, and what it was told of it."""

import asyncio
from contextlib import suppress

import pytest

from realtime_run.core.commands import SendText, Truncate
from realtime_run.core.provider_events import (
    AgentTranscript,
    ProviderFailed,
    ResponseStarted,
    ResumptionOffered,
)
from realtime_run.plugin.provider_api import HistoryItem, Opening, Provider, Resumption
from realtime_run.testing.conformance.bare import opened
from realtime_run.testing.conformance.performance import patient, staged
from realtime_run.testing.conformance.scenes import (
    ASK_NAME,
    INTRODUCE,
    NAME,
    TELL,
    Scene,
)
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.watched import WatchedConnection

_MOMENT_S = 0.2
"""How long an answer that nobody asked for may take to begin."""
_INTRODUCED = HistoryItem(role="user", text=INTRODUCE)


@pytest.mark.anyio
async def test_a_conversation_goes_on_by_its_handle(subject: Subject) -> None:
    async with staged(subject, Scene.MEMORY) as provider, patient(subject):
        _need_handles(subject, provider)
        handle = await _handle_after(provider, INTRODUCE)
        resumed = Opening(resume=Resumption(handle=handle))
        async with opened(provider, resumed) as connection:
            words = await _answer(connection, ASK_NAME)

        assert NAME in words


@pytest.mark.anyio
async def test_what_was_said_after_the_handle_is_known_too(subject: Subject) -> None:
    async with staged(subject, Scene.MEMORY) as provider, patient(subject):
        _need_handles(subject, provider)
        handle = await _handle_after(provider, TELL)
        resume = Resumption(handle=handle, later=(_INTRODUCED,))
        async with opened(provider, Opening(resume=resume)) as connection:
            words = await _answer(connection, ASK_NAME)

        assert NAME in words


@pytest.mark.anyio
async def test_a_handle_that_is_refused_is_not_the_end(subject: Subject) -> None:
    refused = Opening(
        history=(_INTRODUCED,), resume=Resumption(handle="handle-of-nobody")
    )
    async with staged(subject, Scene.MEMORY) as provider, patient(subject):
        _need_handles(subject, provider)
        async with opened(provider, refused) as connection:
            words = await _answer(connection, ASK_NAME)

        assert NAME in words


@pytest.mark.anyio
async def test_what_was_not_heard_is_taken_back_without_an_answer(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        able = provider.capabilities
        if not (able.truncate or able.notes_what_was_heard) or not able.text_input:
            pytest.skip(f"{subject.name}: its capability truncate is False")
        async with opened(provider) as connection:
            await connection.send(SendText(text=TELL))
            first = await connection.answer()
            failed = len(connection.of(ProviderFailed))
            await connection.send(
                Truncate(
                    response_id=first.response_id,
                    item_id=first.item_id,
                    played_ms=100,
                    heard="Well",
                )
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOMENT_S):
                    await connection.until(ResponseStarted)
            answered = len(connection.of(ResponseStarted)) - 1
            await connection.send(SendText(text=TELL))
            second = await connection.answer()

        assert answered == 0
        assert [done.status for done in (first, second)] == ["completed"] * 2
        assert connection.of(ProviderFailed)[failed:] == []


def _need_handles(subject: Subject, provider: Provider) -> None:
    if not provider.capabilities.resume:
        pytest.skip(f"{subject.name}: its capability resume is False")


async def _handle_after(provider: Provider, text: str) -> str:
    """Return the handle that a conversation offers after one answer."""
    async with opened(provider) as connection:
        await connection.send(SendText(text=text))
        await connection.answer()
        return (await connection.until(ResumptionOffered)).handle or ""


async def _answer(connection: WatchedConnection, text: str) -> str:
    before = len(connection.reports)
    await connection.send(SendText(text=text))
    done = await connection.answer()
    said = [r for r in connection.reports[before:] if isinstance(r, AgentTranscript)]
    return done.text or "".join(r.text for r in said if r.mode == "delta")
