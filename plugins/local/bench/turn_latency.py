"""Measures how long the offline provider takes to answer a spoken turn.

Speech made by espeak-ng is fed at the pace of a microphone. The clock starts at the
last sample of speech that is fed, and stops at the first samples of the answer.

    python plugins/local/bench/turn_latency.py [TURNS]
"""

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from time import perf_counter

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.core.provider_events import AudioOutput, ResponseDone, SpeechEnded
from realtime_run.plugin.api import Connection, Opening
from realtime_run_local.provider import LocalProvider
from realtime_run_local.settings import EspeakSettings, LocalSettings
from realtime_run_local.text_to_speech.espeak import RATE_HZ, EspeakSynthesizer

_RATE_HZ = 16_000
_QUIET = 200
"""Samples below this are the silence that espeak adds to a sentence."""


def _question() -> Pcm:
    pieces: list[bytes] = []

    def take(pcm: bytes) -> bool:
        pieces.append(pcm)
        return True

    EspeakSynthesizer(EspeakSettings(use="espeak")).speak("What time is it", take)
    speech = Pcm(b"".join(pieces), RATE_HZ).resample(_RATE_HZ)
    samples = speech.samples()[:, 0]
    last = int(max(at for at, value in enumerate(samples) if abs(int(value)) > _QUIET))
    return Pcm(speech.data[: 2 * (last + 1)], _RATE_HZ)


async def _paced(pcm: Pcm) -> AsyncIterator[Pcm]:
    loop = asyncio.get_running_loop()
    due = loop.time()
    for frame in Framer(_RATE_HZ).push(pcm):
        due += FRAME_MS / 1000
        await asyncio.sleep(due - loop.time())
        yield frame


class _Turn:
    """The moments of one turn."""

    def __init__(self) -> None:
        self.last_sample = self.turn_ended = self.first_audio = 0.0

    async def speak(self, connection: Connection, speech: Pcm) -> None:
        async for frame in _paced(Pcm.silence(500, _RATE_HZ) + speech):
            await connection.send(AppendAudio(pcm=frame))
        self.last_sample = perf_counter()
        async for frame in _paced(Pcm.silence(1500, _RATE_HZ)):
            await connection.send(AppendAudio(pcm=frame))

    async def listen(self, connection: Connection) -> None:
        while not isinstance(event := await connection.receive(), ResponseDone):
            if isinstance(event, SpeechEnded):
                self.turn_ended = perf_counter()
            if isinstance(event, AudioOutput) and not self.first_audio:
                self.first_audio = perf_counter()


async def _measure(turns: int) -> None:
    speech, settings = _question(), LocalSettings()
    began = perf_counter()
    totals, waits, works = list[float](), list[float](), list[float]()
    async with LocalProvider(settings).connect(Opening()) as connection:
        connected = perf_counter() - began
        for _ in range(turns):
            turn = _Turn()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(turn.speak(connection, speech))
                tasks.create_task(turn.listen(connection))
            totals.append(turn.first_audio - turn.last_sample)
            waits.append(turn.turn_ended - turn.last_sample)
            works.append(turn.first_audio - turn.turn_ended)
    rows = (
        ("last sample of speech to first audio of the answer", totals),
        (f"  of this, waiting for silence ({settings.vad.silence * 1000:g} ms)", waits),
        ("  of this, recognising, answering and speaking", works),
    )
    sys.stdout.write(f"connect: {connected * 1000:.0f} ms; {turns} turns\n")
    for name, seconds in rows:
        middle, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
        sys.stdout.write(f"{name}: median {middle:.0f} ms, worst {worst:.0f} ms\n")


if __name__ == "__main__":
    asyncio.run(_measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
