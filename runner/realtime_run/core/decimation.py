"""Makes a stream of samples slower by a whole number, for those who only listen to it.

Each sample is the mean of those it stands for. That lets through a little of what lies
above half the new rate, which an ear would mind and a detector of speech does not: it
is no conversion for what is to be heard. It needs neither FFmpeg nor numpy.
"""

import sys
from array import array
from operator import add

from realtime_run.core.pcm import Pcm


class Decimator:
    """Turns `ratio` samples of one mono stream into one, carrying the rest over.

    Raises:
        ValueError: If `ratio` is less than 1.
    """

    def __init__(self, ratio: int) -> None:
        if ratio < 1:
            message = f"a ratio of {ratio} cannot be: at least 1"
            raise ValueError(message)
        self._ratio = ratio
        self._rest: array[int] = array("h")

    def push(self, pcm: Pcm) -> Pcm:
        """Return what the samples so far make up, at the rate divided by the ratio.

        Raises:
            ValueError: If they are not mono, or of a rate that the ratio does not
                divide.
        """
        if pcm.channels != 1 or pcm.rate_hz % self._ratio:
            message = (
                f"{pcm.channels} channels at {pcm.rate_hz} Hz: expected mono, at a rate"
                f" that {self._ratio} divides"
            )
            raise ValueError(message)
        if self._ratio == 1:
            return pcm
        samples = self._rest
        samples.frombytes(pcm.data)
        end = len(samples) - len(samples) % self._ratio
        self._rest = samples[end:]
        means = _means(samples[:end], self._ratio)
        return Pcm(means.tobytes(), pcm.rate_hz // self._ratio)


def _means(samples: "array[int]", ratio: int) -> "array[int]":
    if sys.byteorder == "big":
        samples.byteswap()
    sums = iter(samples[::ratio])
    for at in range(1, ratio):
        sums = map(add, sums, samples[at::ratio])
    means = array("h", [total // ratio for total in sums])
    if sys.byteorder == "big":
        means.byteswap()
    return means
