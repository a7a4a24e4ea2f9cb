"""Finds the user's turns in the sound, and hands them to the transcriber."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.core.provider_events import SpeechEnded, SpeechStarted
from realtime_run_local.endpoint import (
    WINDOW_MS,
    Ended,
    Endpoint,
    Policy,
    Started,
    step,
    windows,
)
from realtime_run_local.ids import new_id
from realtime_run_local.outbox import Outbox
from realtime_run_local.settings import VadSettings
from realtime_run_local.transcriber import Transcriber, Utterance
from realtime_run_local.vad import WINDOW_BYTES, Vad

_WINDOWS_AT_ONCE = 16
"""After 2 ms of work the event loop gets its turn, also within one long piece."""


_GRACE_S = 0.5
"""How much longer than a silence nothing at all may come in a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Where what the ear hears goes to."""

    outbox: Outbox
    transcriber: Transcriber
    on_started: Callable[[], None]
    """Called when the user begins to speak, after the event has been reported."""


class Ear:
    """Listens to one stream of s16le at 16 kHz."""

    def __init__(self, settings: VadSettings, vad: Vad, heard: Heard) -> None:
        self._policy = Policy(
            threshold=settings.threshold,
            start_windows=windows(settings.start),
            silence_windows=windows(settings.silence),
            longest_windows=windows(settings.longest),
        )
        # Zero of `pre_roll` keeps what began the turn, and nothing before it.
        before = windows(settings.pre_roll) if settings.pre_roll else 0
        self._recent: deque[bytes] = deque(maxlen=before + self._policy.start_windows)
        self._vad = vad
        self._heard = heard
        self._state = Endpoint()
        self._rest = b""
        self._utterance: Utterance | None = None
        self._patience_s = settings.silence + _GRACE_S
        self._lock = asyncio.Lock()
        self._speaking = asyncio.Event()
        self._arrived = asyncio.Event()

    async def run(self) -> None:
        """End turns whose sound just stops coming, until it is cancelled.

        A clip without silence behind it would otherwise never be answered.
        """
        while True:
            await self._speaking.wait()
            self._arrived.clear()
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._arrived.wait()
            except TimeoutError:
                await self._give_up()

    async def hear(self, pcm: bytes) -> None:
        """Take the next samples; waits if the transcriber is half a minute behind."""
        async with self._lock:
            await self._hear(pcm)
        self._arrived.set()

    async def _give_up(self) -> None:
        async with self._lock:
            if self._utterance is None or self._arrived.is_set():
                return
            seen = self._state.window
            self._state = Endpoint(window=seen)
            await self._end(self._utterance, Ended(audio_ms=seen * WINDOW_MS))

    async def _hear(self, pcm: bytes) -> None:
        self._rest += pcm
        count = len(self._rest) // WINDOW_BYTES
        for index in range(count):
            at = index * WINDOW_BYTES
            await self._window(self._rest[at : at + WINDOW_BYTES])
            if index % _WINDOWS_AT_ONCE == _WINDOWS_AT_ONCE - 1:
                await asyncio.sleep(0)
        self._rest = self._rest[count * WINDOW_BYTES :]

    async def _window(self, window: bytes) -> None:
        self._state, change = step(
            self._state, self._vad.probability(window), self._policy
        )
        self._recent.append(window)
        if isinstance(change, Started):
            await self._start(change)
        elif self._utterance is not None:
            await self._heard.transcriber.feed(window)
        if isinstance(change, Ended) and self._utterance is not None:
            await self._end(self._utterance, change)

    async def _start(self, started: Started) -> None:
        self._utterance = Utterance(new_id("item"), started.audio_ms)
        self._speaking.set()
        self._heard.outbox.put(
            SpeechStarted(item_id=self._utterance.item_id, audio_ms=started.audio_ms)
        )
        self._heard.on_started()
        await self._heard.transcriber.begin(self._utterance)
        await self._heard.transcriber.feed(b"".join(self._recent))

    async def _end(self, utterance: Utterance, ended: Ended) -> None:
        self._utterance = None
        self._speaking.clear()
        self._recent.clear()
        self._heard.outbox.put(
            SpeechEnded(item_id=utterance.item_id, audio_ms=ended.audio_ms)
        )
        await self._heard.transcriber.end(utterance, ended.audio_ms)
