"""Streaming conversion of sample rate and number of channels, by FFmpeg.

`av` is imported when the first resampler really has to convert: where rates already
match, nothing is loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm

if TYPE_CHECKING:
    from av.audio.resampler import AudioResampler

_LAYOUTS = {1: "mono", 2: "stereo"}


def load() -> None:
    """Import FFmpeg: 0.1 s, which must not pass while somebody speaks."""
    import_module("av.audio.resampler")


class Resampler:
    """Converts one stream of mono or stereo `Pcm`, holding back at most 1 ms.

    The same pieces give the same samples: it has no clock and no thread.
    """

    def __init__(self, rate_hz: int, channels: int = 1) -> None:
        self.rate_hz = rate_hz
        self.channels = channels
        self._resampler: AudioResampler | None = None
        self._source: tuple[int, int] | None = None

    def push(self, pcm: Pcm) -> Pcm:
        """Return what can be said of the stream so far; may be empty.

        Raises:
            ValueError: If the stream changes its rate or channels, or has more than
                two channels.
        """
        source = (pcm.rate_hz, pcm.channels)
        if source == (self.rate_hz, self.channels):
            return pcm
        if self._source not in (None, source):
            message = f"the stream changed from {self._source} to {source}"
            raise ValueError(message)
        if pcm.channels not in _LAYOUTS:
            message = f"{pcm.channels} channels: only mono and stereo are converted"
            raise ValueError(message)
        self._source = source
        if not pcm.data:
            return Pcm(b"", self.rate_hz, self.channels)
        return self._convert(pcm)

    def flush(self) -> Pcm:
        """Return what was held back, and start afresh."""
        resampler, self._resampler, self._source = self._resampler, None, None
        if resampler is None:
            return Pcm(b"", self.rate_hz, self.channels)
        return self._joined(resampler, None)

    def _convert(self, pcm: Pcm) -> Pcm:
        import av  # noqa: PLC0415 - 0.1 s, and most conversations need no conversion
        from av.audio.resampler import AudioResampler  # noqa: PLC0415

        if self._resampler is None:
            self._resampler = AudioResampler(
                format="s16", layout=_LAYOUTS[self.channels], rate=self.rate_hz
            )
        frame = av.AudioFrame(
            format="s16", layout=_LAYOUTS[pcm.channels], samples=pcm.frames
        )
        frame.sample_rate = pcm.rate_hz
        plane = frame.planes[0]
        plane.update(pcm.data.ljust(plane.buffer_size, b"\0"))
        return self._joined(self._resampler, frame)

    def _joined(self, resampler: "AudioResampler", frame: "object") -> Pcm:
        width = BYTES_PER_SAMPLE * self.channels
        parts = [
            # FFmpeg pads its planes: only the first `samples` frames are ours.
            bytes(out.planes[0])[: out.samples * width]
            for out in resampler.resample(frame)  # type: ignore[arg-type]  # or None
        ]
        return Pcm(b"".join(parts), self.rate_hz, self.channels)
