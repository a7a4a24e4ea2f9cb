"""Conformance: connections that leave turns, or what is answered, to the session."""

import asyncio

import pytest

from realtime_run.core.commands import CreateResponse, EndTurn, SendText, StartTurn
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
)
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import Opening, Provider
from realtime_run.testing.conformance.bare import attended, say
from realtime_run.testing.conformance.performance import patient, staged
from realtime_run.testing.conformance.scenes import STORY, TELL, WELCOME, Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.reports import misreports

_A_WHILE_S = 0.3
"""Who answers by itself begins sooner."""
OBSERVED = Opening(instructions="Be brief.", interruptible=False, answers=False)
MARKED = Opening(
    instructions="Be brief.",
    manual_turns=True,
    turn=TurnDetection(end="push_to_talk"),
)


@pytest.mark.anyio
async def test_where_the_session_decides_no_turn_is_answered_by_itself(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.SPEECH, speaks=True) as provider:
        _need_manual_responses(subject, provider)
        async with patient(subject), attended(provider, OBSERVED) as there:
            await say(there.connection, subject, provider)
            await there.until(SpeechEnded)
            if provider.capabilities.user_transcripts:
                await there.transcript()
            await asyncio.sleep(_A_WHILE_S)
            unasked = there.connection.of(ResponseStarted)
            await there.connection.send(CreateResponse())
            done = await there.until(ResponseDone)
            await asyncio.sleep(_A_WHILE_S)

        assert unasked == [], "a turn was answered that nobody asked about"
        assert done.status == "completed"
        assert only(there.connection.of(ResponseDone), "answer") == done
        assert there.connection.of(AudioOutput) != []
        assert misreports(there.connection.reports) == ()


@pytest.mark.anyio
async def test_where_the_session_decides_speech_stops_nothing(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.LONG, speaks=True) as provider:
        _need_manual_responses(subject, provider)
        _need_text(subject, provider)
        async with patient(subject), attended(provider, OBSERVED) as there:
            await there.connection.send(SendText(text=STORY))
            await there.until(AudioOutput)
            await say(there.connection, subject, provider)
            await there.until(SpeechEnded)
            done = await there.until(ResponseDone)
            await asyncio.sleep(_A_WHILE_S)

        assert done.status == "completed"
        assert only(there.connection.of(ResponseDone), "answer") == done
        assert misreports(there.connection.reports) == ()


@pytest.mark.anyio
async def test_where_the_session_marks_the_turns_each_is_answered_at_its_end(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.SPEECH, speaks=True) as provider:
        _need_manual_turns(subject, provider)
        async with patient(subject), attended(provider, MARKED) as there:
            await there.connection.send(StartTurn())
            await say(there.connection, subject, provider)
            await asyncio.sleep(_A_WHILE_S)
            early = there.connection.of(ResponseStarted)
            await there.connection.send(EndTurn())
            done = await there.until(ResponseDone)

        assert early == [], "a turn was answered before its end"
        assert done.status == "completed"
        reports = there.connection.reports
        bounds = [r for r in reports if isinstance(r, SpeechStarted | SpeechEnded)]
        assert bounds == [], "turns were looked for that the session marks"
        assert misreports(reports) == ()


@pytest.mark.anyio
async def test_the_answer_to_a_marked_turn_waits_for_the_response_before_it(
    subject: Subject,
) -> None:
    async with staged(subject, Scene.LONG, speaks=True) as provider:
        _need_manual_turns(subject, provider)
        _need_text(subject, provider)
        async with patient(subject), attended(provider, MARKED) as there:
            await there.connection.send(SendText(text=STORY))
            await there.until(AudioOutput)
            await there.connection.send(StartTurn())
            await say(there.connection, subject, provider, silence=False)
            await there.connection.send(EndTurn())
            done = [await there.until(ResponseDone, count) for count in (1, 2)]

        assert [answer.status for answer in done] == ["completed", "completed"]
        kinds = [
            type(report)
            for report in there.connection.reports
            if isinstance(report, ResponseStarted | ResponseDone)
        ]
        assert kinds == [ResponseStarted, ResponseDone] * 2
        assert misreports(there.connection.reports) == ()


@pytest.mark.anyio
async def test_a_response_does_once_what_it_alone_is_told(subject: Subject) -> None:
    async with staged(subject, Scene.TOLD) as provider:
        _need_text(subject, provider)
        opening = Opening(instructions="Be brief.")
        async with patient(subject), attended(provider, opening) as there:
            await there.connection.send(CreateResponse(instructions=WELCOME))
            told = await there.until(ResponseDone)
            await there.connection.send(SendText(text=TELL))
            after = await there.until(ResponseDone, 2)

        reports = there.connection.reports
        assert "welcome aboard" in _said(reports, told)
        assert "welcome aboard" not in _said(reports, after)
        assert _said(reports, after) != ""
        assert misreports(reports) == ()


@pytest.mark.anyio
async def test_what_the_user_says_is_told_in_words(subject: Subject) -> None:
    async with staged(subject, Scene.SPEECH, speaks=True) as provider:
        if not provider.capabilities.user_transcripts:
            pytest.skip(f"{subject.name}: its capability user_transcripts is False")
        opening = Opening(instructions="Be brief.")
        async with patient(subject), attended(provider, opening) as there:
            await say(there.connection, subject, provider)
            said = await there.transcript()
            await there.until(ResponseDone)

        assert said.text.strip() != ""
        assert misreports(there.connection.reports) == ()


def _need_manual_responses(subject: Subject, provider: Provider) -> None:
    if not provider.capabilities.manual_responses:
        pytest.skip(f"{subject.name}: its capability manual_responses is False")


def _need_manual_turns(subject: Subject, provider: Provider) -> None:
    if not provider.capabilities.manual_turns:
        pytest.skip(f"{subject.name}: its capability manual_turns is False")


def _need_text(subject: Subject, provider: Provider) -> None:
    if not provider.capabilities.text_input:
        pytest.skip(f"{subject.name}: its capability text_input is False")


def _said(reports: list[ProviderEvent], done: ResponseDone) -> str:
    spoken = [
        report
        for report in reports
        if isinstance(report, AgentTranscript)
        and report.response_id == done.response_id
    ]
    deltas = "".join(report.text for report in spoken if report.mode == "delta")
    return (done.text or deltas).lower()
