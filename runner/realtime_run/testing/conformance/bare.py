"""Connections of the provider under test by themselves, without a session."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.core.commands import AppendAudio, SendText
from realtime_run.core.pcm import Framer, Pcm
from realtime_run.core.provider_events import ResponseDone
from realtime_run.plugin.provider_api import Opening, Provider
from realtime_run.testing.conformance.scenes import TELL
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.watched import WatchedConnection, WatchedProvider

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
    input_hz = provider.capabilities.input_hz
    speech = (subject.speech or Pcm(b"", input_hz)).resample(input_hz)
    whole = speech + Pcm.silence(subject.silence_ms, input_hz)
    for frame in Framer(input_hz).push(whole):
        await connection.send(AppendAudio(pcm=frame))


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
