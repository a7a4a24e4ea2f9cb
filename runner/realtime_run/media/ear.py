"""The runner's own ear: where somebody speaks in the microphone's audio.

What to do about it is decided in `core.turns`.
"""

from collections.abc import Iterator
from typing import Protocol

from realtime_run.core import resample, voice
from realtime_run.core.decimation import Decimator, decimates
from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.resample import Resampler
from realtime_run.core.turn_inputs import VoiceHeard
from realtime_run.core.voice import HYSTERESIS, Voice, VoiceRules
from realtime_run.plugin.voice import Vad, VoiceDetector

HANG_OVER_MS = 200
"""So much silence ends a voice: it lasts through the pauses between words."""


class Ear:
    """Listens to one stream of mono samples, window by window."""

    def __init__(
        self, detector: VoiceDetector, threshold: float, *, rate_hz: int
    ) -> None:
        """Make an ear that has heard nothing.

        Args:
            detector: Made for this stream alone.
            threshold: From which probability on a window is speech.
            rate_hz: The rate of the audio. Where it is no simple multiple of the
                detector's, FFmpeg converts it: `load` does all that then takes time.
        """
        self._detector = detector
        self._rate_hz = rate_hz
        self._converter = _converter(rate_hz, detector.rate_hz)
        self._rules = VoiceRules(
            window_ms=detector.window_frames * 1000 / detector.rate_hz,
            threshold=threshold,
            hysteresis=HYSTERESIS,
            hang_over_ms=HANG_OVER_MS,
        )
        self._width = detector.window_frames * BYTES_PER_SAMPLE
        self._rest = b""
        self._voice = Voice()
        self._frames = 0

    @classmethod
    def load(cls, vad: Vad, rate_hz: int) -> "Ear":
        """Return an ear that hears at once. May take its time: call it in a thread.

        Args:
            vad: Makes the detector.
            rate_hz: The rate of the audio.

        Raises:
            AudioError: If the detector cannot be loaded.
        """
        try:
            detector = vad.load(rate_hz)
        except AudioError:
            raise
        except Exception as error:
            message = f"the vad's {_failure(vad, 'does not load', error)}"
            raise AudioError(message) from error
        if not decimates(rate_hz, detector.rate_hz):
            resample.load()
        return cls(detector, vad.threshold, rate_hz=rate_hz)

    @property
    def position_ms(self) -> int:
        """How much audio it was given, whether or not it fills a window."""
        return self._frames * 1000 // self._rate_hz

    def hear(self, pcm: Pcm) -> Iterator[VoiceHeard]:
        """Take more samples, and tell of each window that they complete.

        All positions are in the audio since the beginning. A voice begins where its
        first window of speech does and lasts up to the end of its last one: during the
        200 ms of silence that end it, `lasting_ms` stays. Then there is silence from
        its last window of speech on; and before the first voice, since 0.

        Args:
            pcm: Mono, of the ear's rate.

        Raises:
            AudioError: If the detector fails.
            ValueError: If the samples are of another rate, or not mono.
        """
        if (pcm.rate_hz, pcm.channels) != (self._rate_hz, 1):
            message = f"expected mono at {self._rate_hz} Hz"
            raise ValueError(message)
        self._frames += pcm.frames
        self._rest += self._converter.push(pcm).data
        return self._windows()

    def _windows(self) -> Iterator[VoiceHeard]:
        while len(self._rest) >= self._width:
            window, self._rest = self._rest[: self._width], self._rest[self._width :]
            self._voice, _ = voice.step(
                self._voice, self._probability(window), self._rules
            )
            yield self._heard()

    def _probability(self, window: bytes) -> float:
        try:
            return self._detector.probability(window)
        except Exception as error:
            message = f"the vad's {_failure(self._detector, 'failed', error)}"
            raise AudioError(message) from error

    def _heard(self) -> VoiceHeard:
        heard, began = self._voice, self._voice.began
        since = heard.last if began is None else began
        return VoiceHeard(
            voice=began is not None,
            since_ms=self._rules.milliseconds(since),
            lasting_ms=voice.lasting_ms(heard, self._rules),
        )


def _failure(whose: object, what: str, error: Exception) -> str:
    """Return the failure of a plugin's code in words."""
    return f"{type(whose).__name__} {what}: {type(error).__name__}: {error}"


class _Converter(Protocol):
    def push(self, pcm: Pcm) -> Pcm: ...


def _converter(source_hz: int, target_hz: int) -> _Converter:
    if decimates(source_hz, target_hz):
        return Decimator(source_hz, target_hz)
    return Resampler(target_hz)
