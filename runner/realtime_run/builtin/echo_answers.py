"""What the echo provider says: pure values, made before the first sample is sent."""

import math
import sys
from array import array
from dataclasses import dataclass

RATE_HZ = 16_000
_BEEP_MS = 60
_BEEP_HZ = 440
_BEEP_PEAK = 6000
"""Soft: 15 dB below full scale."""
_FADE_FRAMES = 80
"""5 ms at each end, so that no beep clicks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A part of a transcript, and where in the audio it begins."""

    text: str
    audio_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole response: s16le mono at 16 kHz, and its words."""

    audio: bytes
    words: tuple[Word, ...]

    @property
    def transcript(self) -> str:
        """All words."""
        return "".join(word.text for word in self.words)

    @property
    def seconds(self) -> float:
        """How long the audio is."""
        return len(self.audio) / 2 / RATE_HZ


def answer_to_speech(audio: bytes, spoken_ms: int) -> Answer:
    """Return an answer that repeats `audio`, in which someone spoke for `spoken_ms`."""
    text = f"(echo of {spoken_ms / 1000:.1f} s)"
    return Answer(audio=audio, words=(Word(text=text, audio_ms=0),))


def answer_to_text(text: str) -> Answer:
    """Return an answer that reads `text`, each word as a soft beep of 60 ms."""
    words = text.split() or ["(nothing)"]
    spaced = (words[0], *(f" {word}" for word in words[1:]))
    return Answer(
        audio=_beep() * len(words),
        words=tuple(
            Word(text=word, audio_ms=at * _BEEP_MS) for at, word in enumerate(spaced)
        ),
    )


def _beep() -> bytes:
    frames = RATE_HZ * _BEEP_MS // 1000
    samples = array(
        "h",
        (
            round(
                _BEEP_PEAK
                * min(1.0, at / _FADE_FRAMES, (frames - 1 - at) / _FADE_FRAMES)
                * math.sin(2 * math.pi * _BEEP_HZ * at / RATE_HZ)
            )
            for at in range(frames)
        ),
    )
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
