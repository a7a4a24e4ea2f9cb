"""Connections of the provider under test by themselves, without a session."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeVar

from realtime_run.core.commands import AppendAudio, SendText
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.core.provider_events import ResponseDone, UserTranscript
from realtime_run.media.background import running
from realtime_run.plugin.provider_api import Opening, Provider
from realtime_run.testing.conformance.scenes import TELL
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.watched import WatchedConnection, WatchedProvider

ReportT = TypeVar("ReportT")
OPENING = Opening(instructions="Be brief.")


@asynccontextmanager
async def opened(
    provider: Provider, opening: Opening = OPENING
) -> AsyncGenerator[WatchedConnection]:
    """Open a connection, and keep what passes through it."""
    async with WatchedProvider(provider).connect(opening) as connection:
        yield connection


async def ask(
    connection: WatchedConnection, subject: Subject, provider: Provider
) -> None:
    """Ask for an answer: in writing, or aloud if that cannot be."""
    if provider.capabilities.text_input:
        await connection.send(SendText(text=TELL))
        return
    await say(connection, subject, provider)


async def say(
    connection: WatchedConnection,
    subject: Subject,
    provider: Provider,
    *,
    silence: bool = True,
) -> None:
    """Say the subject's utterance.

    Args:
        connection: Is spoken to.
        subject: Whose utterance it is.
        provider: Whose connection it is.
        silence: Be silent afterwards, long enough to end a turn.
    """
    input_hz = provider.capabilities.input_hz
    speech = (subject.speech or Pcm(b"", input_hz)).resample(input_hz)
    whole = speech + Pcm.silence(subject.silence_ms if silence else 0, input_hz)
    for frame in Framer(input_hz).push(whole):
        await connection.send(AppendAudio(pcm=frame))


class Attended:
    """A connection of which every report is taken as it comes."""

    def __init__(self, connection: WatchedConnection) -> None:
        self.connection = connection
        self._news = asyncio.Event()

    async def receive(self) -> None:
        """Take what comes, until cancelled."""
        while True:
            await self.connection.receive()
            self._news.set()

    async def until(self, kind: type[ReportT], count: int = 1) -> ReportT:
        """Wait for the report of that number, from 1, and return it."""
        while len(found := self.connection.of(kind)) < count:
            self._news.clear()
            await self._news.wait()
        return found[count - 1]

    async def transcript(self) -> UserTranscript:
        """Wait for the final transcript of what the user said first."""
        count = 1
        while (said := await self.until(UserTranscript, count)).mode != "final":
            count += 1
        return said


@asynccontextmanager
async def attended(provider: Provider, opening: Opening) -> AsyncGenerator[Attended]:
    """Open a connection, and take what it reports as it comes."""
    async with opened(provider, opening) as connection:
        there = Attended(connection)
        async with running(there.receive):
            yield there


async def converse(subject: Subject, provider: Provider) -> None:
    """Open a connection, hear one answer, and leave."""
    async with opened(provider) as connection:
        await ask(connection, subject, provider)
        await connection.answer()


async def give_up(provider: Provider, after_s: float) -> None:
    """Begin to connect, and cancel it a moment later."""
    async with asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(_stay(provider))
        await asyncio.sleep(after_s)
        connecting.cancel()


async def impatient_answer(connection: WatchedConnection) -> ResponseDone:
    """Receive until a response is done, cancelling each receive that has to wait."""
    async with asyncio.TaskGroup() as tasks:
        while True:
            receiving = tasks.create_task(connection.receive())
            await asyncio.sleep(0)
            if not receiving.done():
                receiving.cancel()
                await asyncio.wait({receiving})
            if receiving.cancelled():
                await asyncio.sleep(0)
                continue
            report = receiving.result()
            if isinstance(report, ResponseDone):
                return report


async def longest_gap_s(provider: Provider) -> float:
    """Connect once; return for how long at most nothing else could run."""
    gaps: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(_beat(gaps))
        await asyncio.sleep(0)
        async with opened(provider):
            await asyncio.sleep(2 * _BEAT_S)
            beating.cancel()
    return max(gaps)


_BEAT_S = 0.01


async def _beat(gaps: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await asyncio.sleep(_BEAT_S)
        gaps.append(loop.time() - began)


async def _stay(provider: Provider) -> None:
    async with opened(provider):
        await asyncio.Event().wait()
