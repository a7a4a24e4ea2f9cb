"""Samples: 16-bit little-endian PCM, the one sample format inside the runner."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BYTES_PER_SAMPLE = 2
FRAME_MS = 20
"""The length of one audio frame, in and out: what telephony and Opus use."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """Signed 16-bit little-endian samples.

    Raises:
        ValueError: If the bytes are no whole number of frames, or rate or channels are
            not positive.
    """

    data: bytes
    """Interleaved samples, `2 * channels` bytes a frame."""
    rate_hz: int
    """Frames a second."""
    channels: int = 1

    def __post_init__(self) -> None:
        if self.rate_hz <= 0 or self.channels <= 0:
            message = f"rate {self.rate_hz} Hz, {self.channels} channels: not positive"
            raise ValueError(message)
        if len(self.data) % (BYTES_PER_SAMPLE * self.channels):
            message = f"{len(self.data)} bytes are no whole number of frames"
            raise ValueError(message)

    @classmethod
    def of(
        cls, samples: "bytes | NDArray[np.int16]", rate_hz: int, channels: int = 1
    ) -> "Pcm":
        """Return a `Pcm` of bytes, or of int16 samples.

        Args:
            samples: s16le bytes; or int16 of shape (frames,) or (frames, channels).
                An array of two dimensions says its own number of channels.
            rate_hz: Frames a second.
            channels: Used for bytes and for interleaved arrays of one dimension.

        Raises:
            TypeError: If the array is not int16 (floats would have to be scaled: by
                the caller, who knows their range).
        """
        if isinstance(samples, bytes | bytearray | memoryview):
            return cls(bytes(samples), rate_hz, channels)
        if samples.dtype.kind != "i" or samples.dtype.itemsize != BYTES_PER_SAMPLE:
            message = f"samples must be int16, not {samples.dtype}"
            raise TypeError(message)
        if samples.ndim == 2:  # noqa: PLR2004 - (frames, channels)
            channels = samples.shape[1]
        return cls(samples.astype("<i2", copy=False).tobytes(), rate_hz, channels)

    @classmethod
    def silence(cls, duration_ms: float, rate_hz: int, channels: int = 1) -> "Pcm":
        """Return zeros, `duration_ms` long (rounded down to a whole frame)."""
        frames = int(duration_ms * rate_hz / 1000)
        return cls(bytes(frames * channels * BYTES_PER_SAMPLE), rate_hz, channels)

    @property
    def frames(self) -> int:
        """The number of samples per channel."""
        return len(self.data) // (BYTES_PER_SAMPLE * self.channels)

    @property
    def duration_ms(self) -> float:
        """The length in milliseconds."""
        return self.frames * 1000 / self.rate_hz

    def samples(self) -> "NDArray[np.int16]":
        """Return a read-only int16 view of shape (frames, channels)."""
        import numpy as np  # noqa: PLC0415 - 0.1 s, and specs are checked without it

        return np.frombuffer(self.data, dtype="<i2").reshape(-1, self.channels)

    def resample(self, rate_hz: int, channels: int = 1) -> "Pcm":
        """Return the whole of this at another rate and number of channels.

        Several channels become one by averaging. A stream in pieces needs one
        `realtime_run.core.resample.Resampler` for all of them, not this.
        """
        if (rate_hz, channels) == (self.rate_hz, self.channels):
            return self
        from realtime_run.core.resample import (  # noqa: PLC0415 - imports av
            Resampler,
        )

        resampler = Resampler(rate_hz, channels)
        whole = resampler.push(self).data + resampler.flush().data
        frames = round(self.frames * rate_hz / self.rate_hz)
        width = BYTES_PER_SAMPLE * channels
        return Pcm(
            whole[: frames * width].ljust(frames * width, b"\0"), rate_hz, channels
        )

    def __add__(self, other: "Pcm") -> "Pcm":
        """Return this followed by `other`, of the same rate and channels."""
        if (self.rate_hz, self.channels) != (other.rate_hz, other.channels):
            message = "cannot join samples of different rates or channels"
            raise ValueError(message)
        return Pcm(self.data + other.data, self.rate_hz, self.channels)


class Framer:
    """Cuts a stream into frames of one size, carrying the rest over."""

    def __init__(self, rate_hz: int, frame_ms: int = FRAME_MS) -> None:
        self.rate_hz = rate_hz
        self._width = rate_hz * frame_ms // 1000 * BYTES_PER_SAMPLE
        self._rest = b""

    def push(self, pcm: Pcm) -> tuple[Pcm, ...]:
        """Return the whole frames that `pcm` (mono, of this rate) completes.

        Raises:
            ValueError: If `pcm` is of another rate, or not mono.
        """
        if (pcm.rate_hz, pcm.channels) != (self.rate_hz, 1):
            message = f"expected mono at {self.rate_hz} Hz"
            raise ValueError(message)
        if not self._rest and len(pcm.data) == self._width:
            return (pcm,)  # what most sources give
        whole = self._rest + pcm.data
        end = len(whole) - len(whole) % self._width
        self._rest = whole[end:]
        return tuple(
            Pcm(whole[at : at + self._width], self.rate_hz)
            for at in range(0, end, self._width)
        )

    def flush(self) -> Pcm:
        """Return the carried rest, and forget it."""
        rest, self._rest = self._rest, b""
        return Pcm(rest, self.rate_hz)
