"""The sounds that a user makes while the agent speaks, and an ear for them."""

import math
import sys
from array import array
from collections.abc import Iterable
from random import Random
from typing import Literal, TypeAlias

from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.plugin.voice import VoiceDetector

Sound: TypeAlias = Literal["cough", "mhm", "interruption", "greeting"]
"""cough: a burst of noise of 120 ms; mhm: 340 ms of the subject's utterance;
interruption: all of it, a second or more; greeting: the same, while the agent
greets."""
COUGH_MS = 120
MHM_MS = 340
INTERRUPTION_MS = 1000
_HZ = 16_000
_PEAK = 9000
_LOUD = 300
"""From this root mean square on a window is speech: 40 dB below full scale."""


def cough() -> Pcm:
    """Return a burst of noise, always the same."""
    chance = Random(7)  # noqa: S311 - no secret: a noise
    return _pcm(chance.uniform(-_PEAK, _PEAK) for _ in range(_frames(COUGH_MS)))


def mhm(speech: Pcm) -> Pcm:
    """Return the loudest 340 ms of an utterance."""
    frames = list(Framer(speech.rate_hz).push(speech))
    count = MHM_MS // FRAME_MS
    levels = [_square(frame.data) for frame in frames]
    starts = range(max(1, len(frames) - count + 1))
    first = max(starts, key=lambda at: sum(levels[at : at + count]))
    samples = b"".join(frame.data for frame in frames[first : first + count])
    return Pcm(samples, speech.rate_hz)


def interruption(speech: Pcm) -> Pcm:
    """Return an utterance, as often as it takes for a second."""
    times = math.ceil(INTERRUPTION_MS / max(1.0, speech.duration_ms))
    return Pcm(speech.data * times, speech.rate_hz, speech.channels)


def _frames(duration_ms: int) -> int:
    return _HZ * duration_ms // 1000


def _pcm(samples: Iterable[float]) -> Pcm:
    whole = array("h", (round(sample) for sample in samples))
    if sys.byteorder == "big":
        whole.byteswap()
    return Pcm(whole.tobytes(), _HZ)


class LoudVad:
    """Takes for speech whatever is loud: the same sounds always give the same turns."""

    threshold = 0.5

    def load(self, rate_hz: int) -> VoiceDetector:
        """Return a detector of this rate; there is nothing to load."""
        return _LoudDetector(rate_hz)


class _LoudDetector:
    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.window_frames = rate_hz * FRAME_MS // 1000

    def probability(self, window: bytes) -> float:
        return float(_square(window) >= _LOUD**2)


def _square(samples: bytes) -> float:
    """Return the mean square of s16le."""
    whole = array("h", samples)
    if sys.byteorder == "big":
        whole.byteswap()
    return sum(sample * sample for sample in whole) / len(whole)
