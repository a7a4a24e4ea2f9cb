"""Finds the user's turns in the sound, and hands them to the transcriber."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.core import voice
from realtime_run.core.pcm import BYTES_PER_SAMPLE
from realtime_run.core.provider_events import SpeechEnded, SpeechStarted
from realtime_run.core.voice import (
    HYSTERESIS,
    Voice,
    VoiceBegan,
    VoiceEnded,
    VoiceRules,
)
from realtime_run.plugin.voice import VoiceDetector
from realtime_run_local.ids import new_id
from realtime_run_local.outbox import Outbox
from realtime_run_local.settings import VadSettings
from realtime_run_local.transcriber import Transcriber, Utterance

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

    def __init__(
        self, settings: VadSettings, detector: VoiceDetector, heard: Heard
    ) -> None:
        rules = VoiceRules(
            window_ms=detector.window_frames * 1000 / detector.rate_hz,
            threshold=settings.threshold,
            hysteresis=HYSTERESIS,
            onset_ms=settings.start * 1000,
            hang_over_ms=settings.silence * 1000,
            longest_ms=settings.longest * 1000,
        )
        # Zero of `pre_roll` keeps what began the turn, and nothing before it.
        before = rules.windows(settings.pre_roll * 1000) if settings.pre_roll else 0
        self._recent: deque[bytes] = deque(
            maxlen=before + rules.windows(rules.onset_ms)
        )
        self._width = detector.window_frames * BYTES_PER_SAMPLE
        self._rules = rules
        self._detector = detector
        self._heard = heard
        self._voice = Voice()
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
            self._voice = voice.forget(self._voice)
            at_ms = self._rules.milliseconds(self._voice.heard)
            await self._end(self._utterance, at_ms)

    async def _hear(self, pcm: bytes) -> None:
        self._rest += pcm
        count = len(self._rest) // self._width
        for index in range(count):
            at = index * self._width
            await self._window(self._rest[at : at + self._width])
            if index % _WINDOWS_AT_ONCE == _WINDOWS_AT_ONCE - 1:
                await asyncio.sleep(0)
        self._rest = self._rest[count * self._width :]

    async def _window(self, window: bytes) -> None:
        probability = self._detector.probability(window)
        self._voice, change = voice.step(self._voice, probability, self._rules)
        self._recent.append(window)
        if isinstance(change, VoiceBegan):
            await self._start(change.at_ms)
        elif self._utterance is not None:
            await self._heard.transcriber.feed(window)
        if isinstance(change, VoiceEnded) and self._utterance is not None:
            await self._end(self._utterance, change.at_ms - change.silence_ms)

    async def _start(self, at_ms: int) -> None:
        self._utterance = Utterance(new_id("item"), at_ms)
        self._speaking.set()
        self._heard.outbox.put(
            SpeechStarted(item_id=self._utterance.item_id, audio_ms=at_ms)
        )
        self._heard.on_started()
        await self._heard.transcriber.begin(self._utterance)
        await self._heard.transcriber.feed(b"".join(self._recent))

    async def _end(self, utterance: Utterance, at_ms: int) -> None:
        self._utterance = None
        self._speaking.clear()
        self._recent.clear()
        self._heard.outbox.put(SpeechEnded(item_id=utterance.item_id, audio_ms=at_ms))
        await self._heard.transcriber.end(utterance, at_ms)
