"""What speaks."""

from collections.abc import Callable
from typing import Protocol


class Synthesizer(Protocol):
    """A voice. It may block: it runs in a thread."""

    @property
    def rate_hz(self) -> int:
        """Samples a second of what it gives."""
        ...

    def speak(self, text: str, emit: Callable[[bytes], bool]) -> None:
        """Say `text`, one sentence, handing over mono s16le as soon as there is some.

        `emit` never waits. When it returns False, nobody listens any more: stop.
        """

    def close(self) -> None:
        """Let go of the model: it is not used any more."""
