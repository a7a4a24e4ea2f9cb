"""Conformance: connections by themselves, several at once, and after their end."""

import asyncio

import pytest

from realtime_run.core.commands import AppendAudio, ApproveToolCall, CancelResponse
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import FRAME_MS, Pcm
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ProviderEvent,
)
from realtime_run.plugin.provider_api import HistoryItem, Opening
from realtime_run.testing.conformance.bare import ask, impatient_answer, opened
from realtime_run.testing.conformance.performance import patient, staged
from realtime_run.testing.conformance.scenes import INTRODUCE, Scene
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.reports import misreports
from realtime_run.testing.watched import WatchedConnection

_HISTORY = (
    HistoryItem(role="user", text=INTRODUCE),
    HistoryItem(role="assistant", text="Hello."),
    HistoryItem(role="user", text="Goodbye."),
)


@pytest.mark.anyio
async def test_a_connection_takes_up_a_history(subject: Subject) -> None:
    opening = Opening(instructions="Be brief.", history=_HISTORY)
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with opened(provider, opening) as connection:
            await ask(connection, subject, provider)
            done = await connection.answer()

        assert done.status == "completed"
        assert misreports(connection.reports) == ()


@pytest.mark.anyio
async def test_two_connections_converse_at_once(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with opened(provider) as first:
            async with opened(provider) as second:
                for connection in (first, second):
                    await ask(connection, subject, provider)
                done = [await second.answer(), await first.answer()]
            await ask(first, subject, provider)
            done.append(await first.answer())

        assert [answer.status for answer in done] == ["completed"] * 3
        for connection in (first, second):
            assert misreports(connection.reports) == ()


@pytest.mark.anyio
async def test_a_connection_that_was_left_says_so(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with opened(provider) as connection:
            pass

        silence = Pcm.silence(FRAME_MS, provider.capabilities.input_hz)
        with pytest.raises(ConnectionClosedError):
            await connection.send(AppendAudio(pcm=silence))
        for _ in range(2):
            assert isinstance(await _end_of(connection), ConnectionClosedError)


@pytest.mark.anyio
async def test_leaving_ends_a_receive_that_waits(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with asyncio.TaskGroup() as tasks, opened(provider) as connection:
            waiting = tasks.create_task(_end_of(connection))
            await asyncio.sleep(0)

        assert isinstance(waiting.result(), ConnectionClosedError)


@pytest.mark.anyio
async def test_cancelling_a_receive_loses_no_report(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with opened(provider) as connection:
            await ask(connection, subject, provider)
            await connection.answer()
            before = len(connection.reports)
            await ask(connection, subject, provider)
            done = await impatient_answer(connection)

        patiently, impatiently = (
            connection.reports[:before],
            connection.reports[before:],
        )
        assert misreports(connection.reports) == ()
        assert _words(impatiently) == (done.text or _words(impatiently)).strip()
        if _words(patiently) == _words(impatiently):
            missing = _bytes(patiently) - _bytes(impatiently)
            assert missing * 10 <= _bytes(patiently), "sound was lost"


@pytest.mark.anyio
async def test_what_has_ended_may_be_cancelled(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        if not provider.capabilities.cancel:
            pytest.skip(f"{subject.name}: its capability cancel is False")
        async with opened(provider) as connection:
            await ask(connection, subject, provider)
            first = await connection.answer()
            for response_id in (first.response_id, None):
                await connection.send(CancelResponse(response_id=response_id))
            await ask(connection, subject, provider)
            second = await connection.answer()

        assert (first.status, second.status) == ("completed", "completed")
        assert misreports(connection.reports) == ()


@pytest.mark.anyio
async def test_what_it_cannot_do_is_refused_and_the_connection_goes_on(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        if provider.capabilities.tool_approval:
            pytest.skip(f"{subject.name}: its capability tool_approval is True")
        async with opened(provider) as connection:
            with pytest.raises(ProviderError) as refused:
                await connection.send(ApproveToolCall(approval_id="none", approve=True))
            await ask(connection, subject, provider)
            done = await connection.answer()

        assert not isinstance(refused.value, ConnectionClosedError)
        assert done.status == "completed"


@pytest.mark.anyio
async def test_what_is_acknowledged_shows_no_secret(subject: Subject) -> None:
    async with staged(subject, Scene.PLAIN) as provider, patient(subject):
        async with opened(provider) as connection:
            config = repr(dict(connection.session_config))

        assert [secret for secret in subject.secrets if secret in config] == []


async def _end_of(connection: WatchedConnection) -> ConnectionClosedError:
    """Receive what was under way, and how it ended."""
    while True:
        try:
            await connection.receive()
        except ConnectionClosedError as error:
            return error


def _words(reports: list[ProviderEvent]) -> str:
    said = [report for report in reports if isinstance(report, AgentTranscript)]
    return "".join(report.text for report in said if report.mode == "delta").strip()


def _bytes(reports: list[ProviderEvent]) -> int:
    return sum(len(r.pcm) for r in reports if isinstance(r, AudioOutput))
