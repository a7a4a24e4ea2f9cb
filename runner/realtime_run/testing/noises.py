"""Sounds of a room in which somebody may speak: for tests of what looks for speech.

The same arguments always give the same samples.
"""

from typing import TYPE_CHECKING

import numpy as np

from realtime_run.core.pcm import Pcm

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FULL_SCALE = 32768
_SEED = 7


def hiss(rate_hz: int, duration_ms: int, level_db: float) -> Pcm:
    """Return white noise, as a microphone in a quiet room gives it.

    Args:
        rate_hz: Frames a second.
        duration_ms: How long it lasts.
        level_db: Its RMS level, in dB below full scale: negative.
    """
    frames = rate_hz * duration_ms // 1000
    return _pcm(_noise(frames) * _factor(level_db), rate_hz)


def fan(rate_hz: int, duration_ms: int, level_db: float) -> Pcm:
    """Return the rush and the hum of a fan; the arguments are those of `hiss`."""
    frames = rate_hz * duration_ms // 1000
    hz = np.fft.rfftfreq(frames, 1 / rate_hz)
    rush = np.fft.irfft(np.fft.rfft(_noise(frames)) / (1 + (hz / 300) ** 2), frames)
    hum = np.sin(2 * np.pi * 117 * np.arange(frames) / rate_hz)
    whole = rush / np.sqrt(np.mean(rush**2)) + 0.3 * hum
    return _pcm(whole * _factor(level_db), rate_hz)


def cough(rate_hz: int, level_db: float, duration_ms: int = 120) -> Pcm:
    """Return a burst of noise; the arguments are those of `hiss`."""
    return hiss(rate_hz, duration_ms, level_db)


def keys(rate_hz: int, duration_ms: int, peak_db: float) -> tuple[Pcm, int]:
    """Return somebody who types in a quiet room, and how many keys he strikes.

    Each key goes down, rings and comes up again; they follow each other in 120 to
    350 ms.

    Args:
        rate_hz: Frames a second.
        duration_ms: How long he types.
        peak_db: How high the loudest sample reaches, in dB below full scale.
    """
    chance = np.random.default_rng(_SEED)
    samples = _noise(rate_hz * duration_ms // 1000) * _factor(-68)
    at_ms, count = 500.0, 0
    while at_ms < duration_ms - 300:
        key = _key(rate_hz, chance) * _factor(peak_db - chance.uniform(0, 6))
        first = int(at_ms * rate_hz / 1000)
        samples[first : first + len(key)] += key
        at_ms, count = at_ms + chance.uniform(120, 350), count + 1
    return _pcm(samples, rate_hz), count


def louder(pcm: Pcm, gain_db: float) -> Pcm:
    """Return the same, so much louder, or quieter if `gain_db` is negative."""
    return _pcm(pcm.samples()[:, 0] / _FULL_SCALE * _factor(gain_db), pcm.rate_hz)


def _key(rate_hz: int, chance: "np.random.Generator") -> "NDArray[np.float64]":
    """Return 120 ms with a peak of 1: down, its ringing, and up."""
    samples = np.zeros(rate_hz * 120 // 1000)
    for at_ms, height, decay_s in ((0, 1.0, 0.004), (4, 0.5, 0.012), (85, 0.4, 0.004)):
        first, frames = rate_hz * at_ms // 1000, rate_hz * 35 // 1000
        decay = np.exp(-np.arange(frames) / rate_hz / decay_s)
        samples[first : first + frames] += (
            chance.standard_normal(frames) * decay * height
        )
    hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    band = np.fft.rfft(samples) * ((hz > 800) & (hz < 6500))  # noqa: PLR2004 - of keys
    heard = np.asarray(np.fft.irfft(band, len(samples)), np.float64)
    return heard / float(np.abs(heard).max())


def _noise(frames: int) -> "NDArray[np.float64]":
    return np.random.default_rng(_SEED).standard_normal(frames)


def _factor(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def _pcm(samples: "NDArray[np.float64]", rate_hz: int) -> Pcm:
    whole = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return Pcm.of(whole.astype(np.int16), rate_hz)
