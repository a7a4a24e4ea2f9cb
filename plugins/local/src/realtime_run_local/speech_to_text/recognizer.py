"""What recognises speech."""

from typing import Protocol


class Recognizer(Protocol):
    """Recognises one utterance after another. It may block: it runs in a thread."""

    def begin(self) -> None:
        """Begin an utterance, and forget one that was not ended."""

    def feed(self, pcm: bytes) -> str:
        """Take mono s16le at 16 kHz; return what is understood so far."""
        ...

    def end(self) -> str:
        """End the utterance; return what was said, empty if nothing was understood."""
        ...

    def close(self) -> None:
        """Let go of the model: it is not used any more."""
