"""Takes the speaker's sound, and noise, out of the microphone's.

What does it is WebRTC's audio processing, as the package `livekit` brings it: the extra
`aec`. It takes 10 ms at a time.
"""

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Framer, Pcm
from realtime_run.core.resample import Resampler, load

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from livekit.rtc.apm import AudioProcessingModule

FRAME_MS = 10
CONVERTED_HZ = 48_000
"""What the speaker's sound is converted to where 10 ms of it are no whole number of
samples, as at the 22050 Hz of many voices: cut unevenly, it would run away from the
microphone's."""
MOST_DELAY_MS = 500
"""The longest delay that WebRTC's audio processing believes in."""
ABSENT = (
    "echo_cancellation and noise_suppression need the package 'livekit': pip install"
    " 'realtime-run[aec]'; or write half_duplex: true, which needs nothing"
)


def is_installed() -> bool:
    """Return whether the library is there, without loading it."""
    return find_spec("livekit") is not None and find_spec("livekit.rtc") is not None


class AudioProcessor:
    """A `Processing` that cancels echo, suppresses noise, or both."""

    def __init__(
        self,
        *,
        echo_cancellation: bool,
        noise_suppression: bool,
        input_hz: int,
        output_hz: int,
    ) -> None:
        """Load the library, and make one for two devices of these rates.

        Raises:
            AudioError: If the library is absent or does not load, or the input's rate
                is no multiple of 100 Hz.
        """
        if not is_whole(input_hz):
            message = (
                f"echo_cancellation and noise_suppression take {FRAME_MS} ms at a time,"
                f" and {input_hz} Hz have no whole number of samples in it: write"
                " another input_rate, such as 48000"
            )
            raise AudioError(message)
        self._module = _load(
            echo_cancellation=echo_cancellation, noise_suppression=noise_suppression
        )
        self._cancels_echo = echo_cancellation
        # A device that hangs may still be calling when another has taken its place.
        self._far_lock = threading.Lock()
        self._output_hz = output_hz
        self._resampler = Resampler(output_hz if is_whole(output_hz) else CONVERTED_HZ)
        if self._resampler.rate_hz != output_hz:
            load()
        self._far = Framer(self._resampler.rate_hz, FRAME_MS)
        self._near_lock = threading.Lock()
        self._near = Framer(input_hz, FRAME_MS)
        self._delay_ms = 0

    @property
    def delay_ms(self) -> int:
        """See `Processing.delay_ms`."""
        return self._delay_ms

    @delay_ms.setter
    def delay_ms(self, delay_ms: int) -> None:
        self._delay_ms = min(max(0, delay_ms), MOST_DELAY_MS)
        if self._cancels_echo:
            self._module.set_stream_delay_ms(self._delay_ms)

    def far(self, samples: bytes) -> None:
        """See `Processing.far`."""
        if not self._cancels_echo:
            return
        with self._far_lock:
            played = self._resampler.push(Pcm(samples, self._output_hz))
            for frame in self._far.push(played):
                try:
                    self._module.process_reverse_stream(_native(frame))
                except RuntimeError as error:
                    message = f"'livekit' failed on the speaker's sound: {error}"
                    raise AudioError(message) from error

    def near(self, samples: bytes) -> bytes:
        """See `Processing.near`."""
        cleaned: list[bytes] = []
        with self._near_lock:
            for frame in self._near.push(Pcm(samples, self._near.rate_hz)):
                native = _native(frame)
                try:
                    self._module.process_stream(native)
                except RuntimeError as error:
                    message = f"'livekit' failed on the microphone's sound: {error}"
                    raise AudioError(message) from error
                cleaned.append(bytes(native.data.cast("B")))
        return b"".join(cleaned)


def _load(
    *, echo_cancellation: bool, noise_suppression: bool
) -> "AudioProcessingModule":
    try:
        from livekit.rtc.apm import (  # noqa: PLC0415 - 0.3 s, 44 MB, and an extra
            AudioProcessingModule,
        )
    except ModuleNotFoundError as error:
        raise AudioError(ABSENT) from error
    except (ImportError, OSError) as error:
        message = f"the package 'livekit' does not load on this machine: {error}"
        raise AudioError(message) from error
    return AudioProcessingModule(
        echo_cancellation=echo_cancellation, noise_suppression=noise_suppression
    )


def _native(frame: Pcm) -> "AudioFrame":
    from livekit.rtc import AudioFrame  # noqa: PLC0415 - loaded by `_load`

    frames = len(frame.data) // BYTES_PER_SAMPLE
    return AudioFrame(bytearray(frame.data), frame.rate_hz, 1, frames)


def is_whole(rate_hz: int) -> bool:
    """Return whether 10 ms are a whole number of samples at this rate."""
    return rate_hz * FRAME_MS % 1000 == 0
