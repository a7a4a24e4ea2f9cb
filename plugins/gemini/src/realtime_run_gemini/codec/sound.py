"""Turns pieces of sound into whole samples of the rate that is promised."""

from msgspec import Struct

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.resample import Resampler


class Sound(Struct):
    """The audio of one response, as it comes."""

    rate_hz: int
    """Of what is returned."""
    rest: bytes = b""
    """Half a sample, until the next piece brings the other half."""
    source_hz: int = 0
    """Of what came last."""
    resampler: Resampler | None = None

    def push(self, piece: bytes, source_hz: int) -> bytes:
        """Return the whole samples that a piece of mono s16le completes."""
        if self.rest:
            piece = self.rest + piece
        end = len(piece) - len(piece) % BYTES_PER_SAMPLE
        self.rest = piece[end:]
        whole = piece[:end]
        if source_hz == self.rate_hz and self.resampler is None:
            return whole
        return self._converted(whole, source_hz)

    def flush(self) -> bytes:
        """Return what the conversion has held back: at most 1 ms."""
        held = self.resampler.flush().data if self.resampler is not None else b""
        self.resampler = None
        return held

    def _converted(self, whole: bytes, source_hz: int) -> bytes:
        held = b""
        if self.resampler is None or source_hz != self.source_hz:
            held = self.flush()
            self.resampler = Resampler(self.rate_hz)
            self.source_hz = source_hz
        return held + self.resampler.push(Pcm(whole, source_hz)).data
