"""Makes a stream of samples slower in a simple ratio, for those who only listen to it.

Each sample is the mean of the stretch that it stands for. That lets through a little of
what lies above half the new rate, which an ear would mind and a detector of speech does
not: it is no conversion for what is to be heard. It needs neither FFmpeg nor numpy.
"""

import sys
from array import array
from itertools import repeat
from math import gcd
from operator import add, mul
from typing import TYPE_CHECKING

from realtime_run.core.pcm import Pcm

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_GIVEN = 2
"""From 24 to 16 kHz, two samples come of three: more would take longer than FFmpeg."""


def decimates(source_hz: int, target_hz: int) -> bool:
    """Return whether a `Decimator` can make `target_hz` of `source_hz`."""
    given = target_hz // gcd(source_hz, target_hz)
    return target_hz <= source_hz and given <= _MOST_GIVEN


class Decimator:
    """Makes one mono stream slower, carrying the rest over.

    Raises:
        ValueError: If it cannot make the one rate of the other.
    """

    def __init__(self, source_hz: int, target_hz: int) -> None:
        if not decimates(source_hz, target_hz):
            message = f"{source_hz} Hz is no simple multiple of {target_hz} Hz"
            raise ValueError(message)
        common = gcd(source_hz, target_hz)
        self._source_hz, self._target_hz = source_hz, target_hz
        self._taken, self._given = source_hz // common, target_hz // common
        self._rest: array[int] = array("h")

    def push(self, pcm: Pcm) -> Pcm:
        """Return what the samples so far make up.

        Raises:
            ValueError: If they are not mono, or of another rate.
        """
        if (pcm.rate_hz, pcm.channels) != (self._source_hz, 1):
            message = f"expected mono at {self._source_hz} Hz"
            raise ValueError(message)
        if self._taken == 1:
            return pcm
        samples = self._rest
        samples.frombytes(pcm.data)
        end = len(samples) - len(samples) % self._taken
        self._rest = samples[end:]
        return Pcm(self._slower(samples[:end]).tobytes(), self._target_hz)

    def _slower(self, samples: "array[int]") -> "array[int]":
        if sys.byteorder == "big":
            samples.byteswap()
        slower = array("h", bytes(2 * len(samples) // self._taken * self._given))
        for at in range(self._given):
            slower[at :: self._given] = self._means(samples, at)
        if sys.byteorder == "big":
            slower.byteswap()
        return slower

    def _means(self, samples: "array[int]", at: int) -> "array[int]":
        """Return every `given`-th sample from `at` on."""
        sums: Iterable[int] = repeat(0)
        for source in range(self._taken):
            # In units of which a sample that is taken has `given`, one given `taken`.
            first = max(source * self._given, at * self._taken)
            last = min((source + 1) * self._given, (at + 1) * self._taken)
            if first < last:
                part: Iterable[int] = samples[source :: self._taken]
                share = last - first
                sums = map(
                    add, sums, part if share == 1 else map(mul, part, repeat(share))
                )
        return array("h", [total // self._taken for total in sums])
