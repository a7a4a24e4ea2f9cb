"""Tells speech from silence by how loud it is, above what the room has always been.

It has no model: what is sudden and loud is speech to it, a cough or a key as well. A
fan, a hum or hiss is not, a fifth of a second after it began.
"""

import math
import sys
from array import array
from collections import deque
from operator import mul

from realtime_run.builtin.vad_settings import EnergySettings
from realtime_run.core.pcm import FRAME_MS
from realtime_run.media.levels import FULL_SCALE, SILENCE_DB
from realtime_run.plugin.voice import VoiceDetector

_LISTENED_HZ = 8_000
"""So many samples a second tell how loud it is, whatever the rate: 10 µs a window. With
numpy it would take no less, and 70 ms to import that."""
_REMEMBERED = 75
"""In so many windows, 1.5 s, who speaks pauses once: that is how loud the room is."""
_STEADY = 10
"""What hardly changes for so many windows, 0.2 s, is noise..."""
_STEADY_DB = 5.0
"""...and this is hardly."""
_FIRST_NOISE_DB = -45.0
"""What the room is taken for until it was quieter than this, or steady."""
_LEAST_NOISE_DB = -65.0
"""No room counts as quieter: the rustle of a sleeve would be speech in it."""
_NOTHING_DB = -75.0
"""A microphone that hears anything is above this: below, it is muted."""
_SPREAD_DB = 20.0
"""From never to always speech."""


class EnergyVad:
    """Makes detectors of any rate."""

    threshold = 0.5

    def __init__(self, settings: EnergySettings) -> None:
        self._settings = settings

    def load(self, rate_hz: int) -> VoiceDetector:
        """Return a new detector of this rate."""
        return EnergyDetector(rate_hz, self._settings.threshold)


class EnergyDetector:
    """Listens to one stream, 20 ms at a time."""

    def __init__(self, rate_hz: int, above_noise_db: float) -> None:
        """Make a detector that has heard nothing.

        Args:
            rate_hz: The rate of the audio.
            above_noise_db: How much louder than the room a window of speech is.
        """
        self.rate_hz = rate_hz
        self.window_frames = rate_hz * FRAME_MS // 1000
        self._above_noise_db = above_noise_db
        self._every = max(1, rate_hz // _LISTENED_HZ)
        self._levels_db = deque([_FIRST_NOISE_DB], maxlen=_REMEMBERED)

    @property
    def noise_db(self) -> float:
        """How loud the room is taken to be, in dB below full scale."""
        return max(min(self._levels_db), _LEAST_NOISE_DB)

    def probability(self, window: bytes) -> float:
        """Return 0.5 for what is just as loud as speech must be, and 0 to 1 around."""
        level_db = _level_db(window, self._every)
        if level_db < _NOTHING_DB:
            return 0.0  # it says nothing about the room either
        self._remember(level_db)
        above_db = level_db - self.noise_db - self._above_noise_db
        return min(1.0, max(0.0, 0.5 + above_db / _SPREAD_DB))

    def _remember(self, level_db: float) -> None:
        self._levels_db.append(level_db)
        lately = list(self._levels_db)[-_STEADY:]
        if len(lately) == _STEADY and max(lately) - min(lately) < _STEADY_DB:
            self._levels_db = deque(lately, maxlen=_REMEMBERED)


def _level_db(window: bytes, every: int) -> float:
    """Return the level, without what a microphone's own offset adds to it."""
    samples = array("h", window)
    if sys.byteorder == "big":
        samples.byteswap()
    samples = samples[::every]
    mean = sum(samples) / len(samples)
    square = sum(map(mul, samples, samples)) / len(samples) - mean * mean
    if square < 1e-6:  # noqa: PLR2004 - nothing, but for the rounding of the mean
        return SILENCE_DB
    return 10 * math.log10(square / FULL_SCALE**2)
