"""Hears where a user's turn begins and ends, by the energy of the sound.

Pure: samples are counted, so no clock is needed, and the same sound always gives the
same turns. Good enough for servers that speak with files, tests and quiet rooms.
"""

import math
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import mul
from typing import TypeAlias

from realtime_run.core.pcm import FRAME_MS, Framer, Pcm

_FULL_SCALE = 32768
_SILENCE_DB = -96.0
_ONSET_FRAMES = 3
"""60 ms of sound begin a turn: a click does not."""


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

    @property
    def loud_db(self) -> float:
        """The level from which on a frame counts as speech."""
        return -54.0 + 24.0 * self.threshold


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What has been heard so far, in frames of 20 ms."""

    heard: int = 0
    loud_run: int = 0
    """How many loud frames came last."""
    quiet_run: int = 0
    """How many quiet frames came last."""
    began: int | None = None
    """The frame at which the speech that is going on began."""


def step(
    ear: Ear, level: float, policy: TurnPolicy
) -> tuple[Ear, TurnBegan | TurnEnded | None]:
    """Hear one more frame of 20 ms.

    Args:
        ear: What was heard before.
        level: How loud the frame is, in dB below full scale.
        policy: When a turn begins and ends.
    """
    loud = level > policy.loud_db
    after = replace(
        ear,
        heard=ear.heard + 1,
        loud_run=ear.loud_run + 1 if loud else 0,
        quiet_run=0 if loud else ear.quiet_run + 1,
    )
    if after.began is None:
        if after.loud_run < _ONSET_FRAMES:
            return after, None
        began = after.heard - after.loud_run
        at_ms = max(0, began * FRAME_MS - policy.prefix_padding_ms)
        return replace(after, began=began), TurnBegan(at_ms=at_ms)
    too_long = (after.heard - after.began) * FRAME_MS >= policy.longest_ms
    if after.quiet_run * FRAME_MS < policy.silence_ms and not too_long:
        return after, None
    ended = TurnEnded(
        at_ms=after.heard * FRAME_MS,
        spoken_ms=(after.heard - after.quiet_run - after.began) * FRAME_MS,
    )
    return replace(after, began=None, loud_run=0), ended


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
        self._ear = Ear()

    @property
    def heard_ms(self) -> int:
        """How much audio has been heard in whole frames."""
        return self._ear.heard * FRAME_MS

    @property
    def in_turn(self) -> bool:
        """Whether the user is speaking."""
        return self._ear.began is not None

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
                self._ear = Ear(heard=self._ear.heard + 1)
                continue
            self._ear, change = step(self._ear, level_db(frame), policy)
            if change is not None:
                yield change

    def forget(self) -> None:
        """Drop the turn that is going on; the time stays."""
        self._ear = Ear(heard=self._ear.heard)
