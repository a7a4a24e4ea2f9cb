"""A voice of tones, which needs nothing installed: each word has a pitch of its own.

The same word always sounds the same, so that a test can tell answers apart by ear, and
it lasts about as long as a spoken one, so that an answer can be interrupted.
"""

import math
import sys
import zlib
from array import array

from realtime_run.core.pcm import Pcm

RATE_HZ = 24_000
_AMPLITUDE = 6_000
_LOWEST_HZ = 220
_PITCHES = 32
_BASE_MS = 120
_CHARACTER_MS = 30
_LONGEST_MS = 900
_PAUSE_MS = 60
_FADE_MS = 10
_MOST_WORDS = 2_000
"""Ten minutes of sound: more words are not said."""


def pitch_hz(word: str) -> float:
    """Return the pitch of a word: one of 32 quarter tones from 220 Hz on."""
    step = zlib.crc32(word.lower().encode("utf-8", "replace")) % _PITCHES
    return float(_LOWEST_HZ * 2 ** (step / 24))


def word_ms(word: str) -> int:
    """Return how long a word sounds, without the pause after it."""
    return min(_LONGEST_MS, _BASE_MS + _CHARACTER_MS * len(word))


def spoken(text: str) -> Pcm:
    """Return a text as tones, mono at 24 kHz."""
    samples = array("h")
    pause = array("h", bytes(2 * RATE_HZ * _PAUSE_MS // 1000))
    known: dict[str, array[int]] = {}
    for word in text.split()[:_MOST_WORDS]:
        if word not in known:
            known[word] = _tone(pitch_hz(word), word_ms(word))
        samples.extend(known[word])
        samples.extend(pause)
    if sys.byteorder == "big":
        samples.byteswap()
    return Pcm(samples.tobytes(), RATE_HZ)


def _tone(pitch: float, duration_ms: int) -> "array[int]":
    count = RATE_HZ * duration_ms // 1000
    fade = RATE_HZ * _FADE_MS // 1000
    turn = 2 * math.pi * pitch / RATE_HZ
    return array(
        "h",
        (
            round(
                _AMPLITUDE
                * min(1.0, at / fade, (count - at) / fade)
                * math.sin(turn * at)
            )
            for at in range(count)
        ),
    )


class Tones:
    """The voice of simulators that are given none."""

    @property
    def rate_hz(self) -> int:
        """The rate of what `say` returns."""
        return RATE_HZ

    async def say(self, text: str) -> Pcm:
        """Return a text as tones, whole."""
        return spoken(text)
