"""G.711, the sound of telephones: 8 bits a sample at 8 kHz (ITU-T G.711)."""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import Literal, TypeAlias

RATE_HZ = 8_000
Law: TypeAlias = Literal["audio/pcmu", "audio/pcma"]
Coding: TypeAlias = Literal["audio/pcm"] | Law
"""What sound may be coded as."""
_SAME_RATE = 3
"""How many samples at 24 kHz become one."""


def decode(coded: bytes, law: Law) -> bytes:
    """Return s16le samples at 8 kHz."""
    values, _, _ = _tables(law)
    return _little_endian(array("h", (values[code] for code in coded)))


def encode(pcm: bytes, law: Law) -> bytes:
    """Return s16le samples at 24 kHz as G.711 at 8 kHz."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    _, sorted_values, codes = _tables(law)
    return bytes(
        codes[_nearest(sorted_values, sum(samples[at : at + _SAME_RATE]) // _SAME_RATE)]
        for at in range(0, len(samples) - _SAME_RATE + 1, _SAME_RATE)
    )


@cache
def _tables(law: Law) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the value of each code, all values in order, and the code of each."""
    one = _mu_law if law == "audio/pcmu" else _a_law
    values = tuple(one(code) for code in range(256))
    order = sorted(range(256), key=values.__getitem__)
    return values, tuple(values[code] for code in order), tuple(order)


def _mu_law(code: int) -> int:
    inverted = ~code & 0xFF
    exponent, mantissa = inverted >> 4 & 7, inverted & 15
    magnitude = ((mantissa << 3) + 0x84 << exponent) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


def _a_law(code: int) -> int:
    toggled = code ^ 0x55
    exponent, mantissa = toggled >> 4 & 7, toggled & 15
    magnitude = (mantissa << 4) + 8
    if exponent:
        magnitude = magnitude + 0x100 << exponent - 1
    return magnitude if toggled & 0x80 else -magnitude


def _nearest(values: Sequence[int], sample: int) -> int:
    at = bisect_left(values, sample)
    if at == 0:
        return 0
    if at == len(values):
        return at - 1
    return at if values[at] - sample < sample - values[at - 1] else at - 1


def _little_endian(samples: "array[int]") -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
