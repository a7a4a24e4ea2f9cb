"""The contract of voice activity detection: what `vad:` in a spec names."""

from typing import Protocol


class VoiceDetector(Protocol):
    """Hears whether somebody speaks; one per stream of audio, for it remembers."""

    @property
    def rate_hz(self) -> int:
        """The rate at which it listens: mono s16le."""
        ...

    @property
    def window_frames(self) -> int:
        """How many frames it takes at a time."""
        ...

    def probability(self, window: bytes) -> float:
        """Return how likely it is that these frames are speech, 0 to 1.

        Called on the session's loop for every window in turn, so it must take well
        below a millisecond, and never waits.
        """
        ...


class Vad(Protocol):
    """Makes detectors. Making one has no side effects."""

    @property
    def threshold(self) -> float:
        """From which probability on a window counts as speech."""
        ...

    def load(self, rate_hz: int) -> VoiceDetector:
        """Return a new detector. May take its time: it is called in a thread.

        Args:
            rate_hz: The rate of the audio at hand. A detector of another rate has the
                audio converted for it.

        Raises:
            AudioError: If its model cannot be loaded.
        """
        ...
