"""What a virtual loudspeaker played, and when."""

import os
import threading
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from realtime_run.core.pcm import BYTES_PER_SAMPLE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

_PIECE = 4096
_LOOK_MS = 50
AUDIBLE = 100
"""Samples above this are sound: 50 dB below full scale."""
PAUSE_MS = 300
"""Shorter silence is part of the sound around it, as the pauses of speech are."""


class Sound(Struct, frozen=True, kw_only=True):
    """A stretch of sound."""

    begin_ns: int
    """When its first audible sample was played, on the monotonic clock."""
    end_ns: int
    """When its last audible sample had been played."""

    @property
    def duration_ms(self) -> float:
        """How long it is."""
        return (self.end_ns - self.begin_ns) / 1e6


class Recording:
    """Takes what a recorder writes, and knows when each sample was played.

    A recorder gives samples late, never early, and in pieces; so the piece that came
    with the least delay tells when recording began, and the samples count the rest.
    """

    def __init__(self, rate_hz: int) -> None:
        """Make an empty recording of mono s16le."""
        self.rate_hz = rate_hz
        self._samples = bytearray()
        self._began_ns: int | None = None
        self._changed = threading.Condition()
        self._over = False

    def take_from(self, process: "subprocess.Popen[bytes]") -> None:
        """Take what a process writes until it ends; blocks."""
        if process.stdout is None:
            message = "the recorder's standard output is no pipe"
            raise ValueError(message)
        while piece := os.read(process.stdout.fileno(), _PIECE):
            self.take(piece, time.monotonic_ns())
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def take(self, piece: bytes, at_ns: int) -> None:
        """Append samples that came at this moment."""
        with self._changed:
            self._samples += piece
            began_ns = at_ns - self._after(len(self._samples))
            if self._began_ns is None or began_ns < self._began_ns:
                self._began_ns = began_ns
            self._changed.notify_all()

    @property
    def samples(self) -> bytes:
        """All so far: whole frames of mono s16le."""
        with self._changed:
            return bytes(self._samples[: len(self._samples) // 2 * 2])

    @property
    def sounds(self) -> tuple[Sound, ...]:
        """The stretches of sound so far, parted by `PAUSE_MS` of silence or more."""
        samples = self.samples
        began_ns = self._began_ns or 0
        pause = PAUSE_MS * self.rate_hz // 1000
        return tuple(
            Sound(
                begin_ns=began_ns + self._after(first * BYTES_PER_SAMPLE),
                end_ns=began_ns + self._after(end * BYTES_PER_SAMPLE),
            )
            for first, end in _stretches(samples, pause)
        )

    @property
    def audible_ms(self) -> float:
        """How long the audible samples are together, wherever they lie.

        So a device that stumbles, and plays silence in between, changes nothing.
        """
        return len(_audible(self.samples)) * 1000 / self.rate_hz

    @property
    def silent_for_ms(self) -> float:
        """How long nothing has been heard."""
        samples = self.samples
        heard = _stretches(samples, PAUSE_MS * self.rate_hz // 1000)
        silent = len(samples) // BYTES_PER_SAMPLE - (heard[-1][1] if heard else 0)
        return silent * 1000 / self.rate_hz

    def until(
        self, happened: "Callable[[Recording], bool]", *, within_s: float
    ) -> None:
        """Wait until it is so, looked at whenever more was recorded.

        Raises:
            TimeoutError: If it does not come to be, or the recorder ends before.
        """
        deadline = time.monotonic() + within_s
        while True:
            with self._changed:
                seen = len(self._samples)
                over = self._over
            if happened(self):
                return
            left_s = deadline - time.monotonic()
            if over or left_s <= 0:
                message = f"not within {within_s:g} s: {self.sounds}"
                raise TimeoutError(message)
            # To look at every piece would cost the time that is measured.
            self._wait_past(seen + _LOOK_MS * self.rate_hz // 1000 * 2, left_s)

    def _wait_past(self, width: int, most_s: float) -> None:
        """Wait until that many bytes were recorded, or the recorder ends."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._samples) >= width or self._over, most_s
            )

    def _after(self, width: int) -> int:
        """Return how many nanoseconds that many bytes are."""
        return width // BYTES_PER_SAMPLE * 1_000_000_000 // self.rate_hz


def _audible(samples: bytes) -> "NDArray[np.intp]":
    """Return which of the samples are audible."""
    import numpy as np  # noqa: PLC0415 - for tests and benchmarks only

    levels = np.abs(np.frombuffer(samples, "<i2").astype(np.int32))
    return np.flatnonzero(levels > AUDIBLE)


def _stretches(samples: bytes, pause: int) -> list[tuple[int, int]]:
    """Return first frame and end of what is audible, pauses included."""
    audible = _audible(samples)
    if not len(audible):
        return []
    gaps = (audible[1:] - audible[:-1] >= pause).nonzero()[0]
    firsts = [int(audible[0]), *(int(at) for at in audible[gaps + 1])]
    ends = [*(int(at) + 1 for at in audible[gaps]), int(audible[-1]) + 1]
    return list(zip(firsts, ends, strict=True))
