"""Hears where a user's turn begins and ends, by the energy of the sound.

Pure: samples are counted, so no clock is needed, and the same sound always gives the
same turns. Good enough for servers that speak with files, tests and quiet rooms.
"""

import math
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import TypeAlias

from realtime_run.core import voice
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.core.voice import (
    Voice,
    VoiceBegan,
    VoiceChange,
    VoiceEnded,
    VoiceRules,
)

_FULL_SCALE = 32768
_SILENCE_DB = -96.0
_ONSET_MS = 60
"""So much sound begins a turn: a click does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPolicy:
    """When a turn begins and ends."""

    threshold: float = 0.5
    """How loud speech is, 0 to 1: 0.5 stands for -42 dB below full scale."""
    prefix_padding_ms: int = 300
    """How much of what came before the onset belongs to the turn."""
    silence_ms: int = 500
    """How much silence ends it."""
    longest_ms: int = 60_000
    """A turn that is this long ends, whatever is heard."""
    onset_ms: int = _ONSET_MS
    """So much sound begins it."""

    @property
    def loud_db(self) -> float:
        """The level from which on a frame counts as speech."""
        return -54.0 + 24.0 * self.threshold

    @property
    def rules(self) -> VoiceRules:
        """The same, for frames that are loud or not."""
        return VoiceRules(
            window_ms=FRAME_MS,
            onset_ms=self.onset_ms,
            hang_over_ms=self.silence_ms,
            longest_ms=self.longest_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBegan:
    """The user speaks."""

    at_ms: int
    """Where the turn begins in all the audio, its padding included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The user has finished."""

    at_ms: int
    """Where the turn ends in all the audio, the silence that ended it included."""
    spoken_ms: int
    """How long the speech was, without padding and silence."""


TurnChange: TypeAlias = TurnBegan | TurnEnded


def level_db(pcm: Pcm) -> float:
    """Return the level of mono samples in dB below full scale, -96 to 0."""
    samples = array("h", pcm.data)
    if sys.byteorder == "big":
        samples.byteswap()
    square = sum(map(mul, samples, samples))
    if not square:
        return _SILENCE_DB
    return max(_SILENCE_DB, 10 * math.log10(square / len(samples) / _FULL_SCALE**2))


class Hearing:
    """Cuts one stream of mono samples into turns."""

    def __init__(self, rate_hz: int) -> None:
        self._framer = Framer(rate_hz)
        self._voice = Voice()

    @property
    def heard_ms(self) -> int:
        """How much audio has been heard in whole frames."""
        return self._voice.heard * FRAME_MS

    @property
    def in_turn(self) -> bool:
        """Whether the user is speaking."""
        return self._voice.began is not None

    def hear(self, pcm: Pcm, policy: TurnPolicy | None) -> Iterator[TurnChange]:
        """Take more samples, and tell where turns begin and end in them.

        Args:
            pcm: Mono, of the stream's rate.
            policy: When turns begin and end; None: only the time goes on.

        Raises:
            ValueError: If the samples are of another rate, or not mono.
        """
        for frame in self._framer.push(pcm):
            if policy is None:
                self._voice = voice.skip(self._voice)
                continue
            loud = float(level_db(frame) > policy.loud_db)
            self._voice, change = voice.step(self._voice, loud, policy.rules)
            if change is not None:
                yield _turn(change, policy)

    def forget(self) -> None:
        """Drop the turn that is going on; the time stays."""
        self._voice = voice.forget(self._voice)


def _turn(change: VoiceChange, policy: TurnPolicy) -> TurnChange:
    match change:
        case VoiceBegan(at_ms=at_ms):
            return TurnBegan(at_ms=max(0, at_ms - policy.prefix_padding_ms))
        case VoiceEnded(at_ms=at_ms, began_ms=began_ms, last_ms=last_ms):
            return TurnEnded(at_ms=at_ms, spoken_ms=last_ms - began_ms)
