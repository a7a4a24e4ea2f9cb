"""Decides whether a known sound came back through the microphone, how loud and when."""

import math
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SWEEP_MS = 600
LOWEST_HZ = 300
HIGHEST_HZ = 3_400
"""Between them, what every loudspeaker plays and every microphone hears."""
AMPLITUDE = 8_000
"""12 dB below full scale."""
FULL = 32_768
CLIPPED = 32_700
FAINTEST_DB = 120.0
"""What silence is said to be, below full scale."""
CLEAR = 12.0
"""How far the sweep has to stand out of what else was heard, against its average."""


class Echo(Struct, frozen=True, kw_only=True):
    """How a sound came back."""

    quieter_db: float
    delay_ms: int


def sweep(rate_hz: int) -> bytes:
    """Return a sound that is like no other: mono s16le, from low to high."""
    import numpy as np  # noqa: PLC0415 - 0.1 s, for tests of devices only

    seconds = np.arange(rate_hz * SWEEP_MS // 1000) / rate_hz
    rise = (HIGHEST_HZ - LOWEST_HZ) / (SWEEP_MS / 1000)
    phase = 2 * np.pi * (LOWEST_HZ * seconds + rise * seconds**2 / 2)
    # Without an edge at its begin and end, which would be a click.
    fade = np.minimum(1.0, np.minimum(seconds, seconds[::-1]) / 0.02)
    return (AMPLITUDE * fade * np.sin(phase)).astype("<i2").tobytes()


def echo_of(played: bytes, heard: bytes, rate_hz: int) -> Echo | None:
    """Return how `played` came back in `heard`; None if it did not.

    Args:
        played: The sweep, mono s16le.
        heard: What the microphone heard from the moment on when it left: mono s16le,
            at the same rate.
        rate_hz: Frames a second of both.
    """
    import numpy as np  # noqa: PLC0415 - see above

    sound, room = _samples(played), _samples(heard)
    if len(room) <= len(sound):
        return None
    size = 1 << (len(room) + len(sound)).bit_length()
    spectrum = np.fft.rfft(room, size) * np.conj(np.fft.rfft(sound, size))
    likeness = np.abs(np.fft.irfft(spectrum, size)[: len(room) - len(sound) + 1])
    at = int(np.argmax(likeness))
    average = float(np.sqrt(np.mean(likeness**2)))
    if likeness[at] == 0 or likeness[at] < CLEAR * average:
        return None
    gain = float(likeness[at] / np.dot(sound, sound))
    return Echo(
        quieter_db=round(-20 * math.log10(gain), 1) + 0.0,  # never -0.0
        delay_ms=round(at * 1000 / rate_hz),
    )


def below_full_db(samples: bytes) -> float:
    """Return how loud mono s16le is, in dB below full scale; silence is 120 below."""
    import numpy as np  # noqa: PLC0415 - see above

    sound = _samples(samples)
    mean = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
    if mean == 0:
        return FAINTEST_DB
    return round(min(FAINTEST_DB, -20 * math.log10(mean / FULL)), 1)


def is_clipped(samples: bytes) -> bool:
    """Return whether mono s16le was too loud for its range: not just for a sample."""
    import numpy as np  # noqa: PLC0415 - see above

    loud = np.abs(_samples(samples)) >= CLIPPED
    return bool(np.any(loud[2:] & loud[1:-1] & loud[:-2])) if len(loud) > 2 else False  # noqa: PLR2004 - three in a row


def _samples(data: bytes) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415 - see above

    return np.frombuffer(data, "<i2").astype(np.float64)
