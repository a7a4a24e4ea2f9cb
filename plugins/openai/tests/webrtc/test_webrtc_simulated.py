"""Whole conversations by WebRTC, with the simulator."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from realtime_run.core.commands import AppendAudio, CancelResponse, SendText
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
)
from realtime_run.plugin.api import Connection, Opening
from realtime_run_openai.provider import OpenAIProvider
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

SILENCE = Pcm.silence(20, 48_000)


@pytest.fixture
async def connection(server: Any) -> AsyncIterator[Connection]:
    # `server` skips where WebRTC cannot connect.
    simulator = OpenAISimulator(OpenAISimulatorSettings(speed=20))
    async with simulator.open(None) as url:
        settings = OpenAISettings.model_validate({"base_url": url, "api_key": "sk"})
        provider = OpenAIProvider(settings).adapted(live=True)
        async with provider.connect(Opening()) as connection:
            yield connection


async def events_until(
    connection: Connection, met: Callable[[ProviderEvent], bool]
) -> list[ProviderEvent]:
    events: list[ProviderEvent] = []
    async with asyncio.timeout(8):
        while not events or not met(events[-1]):
            events.append(await connection.receive())
    return events


async def test_an_answer_is_heard_between_its_beginning_and_its_end(
    connection: Connection,
) -> None:
    await connection.send(SendText(text="Hello!"))

    events = await events_until(connection, lambda e: isinstance(e, ResponseDone))

    kinds = [type(event) for event in events]
    sound = [event for event in events if isinstance(event, AudioOutput)]
    (began,) = (event for event in events if isinstance(event, ResponseStarted))
    loud = [e for e in sound if abs(np.frombuffer(e.pcm, "<i2")).max() > 1000]
    assert kinds.index(ResponseStarted) < kinds.index(AudioOutput)
    assert {event.response_id for event in sound} == {began.response_id}
    assert None not in {event.item_id for event in sound}
    assert len(loud) > 10
    assert AgentTranscript in kinds


async def test_a_spoken_turn_is_answered(connection: Connection, tone: Any) -> None:
    voice = tone(200, 1.0)
    frames = [Pcm(row.tobytes(), 48_000) for row in voice.reshape(-1, 960)]

    async with asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(talk(connection, [*frames, *[SILENCE] * 200]))
        events = await events_until(connection, lambda e: isinstance(e, AudioOutput))
        talking.cancel()

    kinds = [type(event) for event in events]
    assert kinds.index(SpeechStarted) < kinds.index(SpeechEnded)
    assert kinds.index(SpeechEnded) < kinds.index(ResponseStarted)


async def test_an_interrupted_answer_is_not_heard_any_more(
    connection: Connection,
) -> None:
    await connection.send(SendText(text="Tell me a long story."))
    (*_, first) = await events_until(connection, lambda e: isinstance(e, AudioOutput))
    assert isinstance(first, AudioOutput)

    await connection.send(CancelResponse(response_id=first.response_id))
    events = await events_until(connection, lambda e: isinstance(e, ResponseDone))
    await connection.send(SendText(text="Now be brief."))
    events += await events_until(connection, lambda e: isinstance(e, ResponseDone))

    late = [e for e in events if getattr(e, "response_id", "") == first.response_id]
    assert sum(isinstance(event, AudioOutput) for event in late) <= 5


async def talk(connection: Connection, frames: list[Pcm]) -> None:
    for pcm in frames:
        await connection.send(AppendAudio(pcm=pcm))
