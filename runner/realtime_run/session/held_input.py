"""What the microphone hears while the provider must not, kept for later."""

from collections import deque

from realtime_run.core.pcm import FRAME_MS, Pcm

HELD_S = 30
"""So much is kept; then the oldest is dropped."""
PRE_ROLL_MS = 300
"""What came right before a voice began belongs to it: a first consonant is quiet."""


class HeldInput:
    """The frames that were kept from the provider, each of 20 ms."""

    def __init__(self, *, silence: bool, pre_roll_ms: int = PRE_ROLL_MS) -> None:
        """Keep nothing yet.

        Args:
            silence: The provider gets silence in their place; else nothing.
            pre_roll_ms: How much of what came before belongs to what is asked for.
        """
        self._pre_roll_ms = pre_roll_ms
        self.silence = silence
        self._frames: deque[tuple[int, Pcm]] = deque(maxlen=HELD_S * 1000 // FRAME_MS)

    def keep(self, begins_ms: int, frame: Pcm) -> None:
        """Keep a frame.

        Args:
            begins_ms: Where in the microphone's audio it begins.
            frame: Mono, at the provider's rate.
        """
        self._frames.append((begins_ms, frame))

    def since(self, since_ms: int) -> tuple[Pcm, ...]:
        """Return what was said from there on, and the moment before it."""
        first = since_ms - self._pre_roll_ms
        return tuple(frame for at, frame in self._frames if at + FRAME_MS > first)
