"""What a session remembers: who said what, and what was shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

_MOST_ENTRIES = 1_000
_MOST_FRAMES = 3_600
"""An hour of video, of which one frame a second is looked at."""
LOOK_S = 1.0
"""The model looks at about one frame a second (ai.google.dev)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was said, written, shown or returned."""

    role: Literal["user", "model", "tool"]
    id: str = ""
    text: str = ""
    """What was written; of speech, its words."""
    spoken_s: float = 0.0
    """How long the user spoke."""
    audio_ms: int = 0
    """How much sound it is."""
    images: tuple[tuple[int, int], ...] = ()
    """Width and height of each picture."""

    @property
    def is_turn(self) -> bool:
        """Whether the user said or wrote something, not only showed a picture."""
        return self.role == "user" and bool(self.text or self.audio_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All of it, as it is now. A handle to resume a session holds one."""

    entries: tuple[Entry, ...] = ()
    frames: tuple[tuple[int, int], ...] = ()
    """The size of each frame of video that was looked at."""
    frames_sent: int = 0
    """How many came: they count, looked at or not."""

    def with_entry(self, entry: Entry) -> "Conversation":
        """Return it with one more entry; the oldest go where there are too many."""
        return replace(self, entries=(*self.entries, entry)[-_MOST_ENTRIES:])

    def with_frame(self, size: tuple[int, int], *, seen: bool) -> "Conversation":
        """Return it with one more frame of video, which was looked at or not."""
        frames = (*self.frames, size)[-_MOST_FRAMES:] if seen else self.frames
        return replace(self, frames=frames, frames_sent=self.frames_sent + 1)

    def without_oldest_turn(self) -> "Conversation":
        """Return it from its second turn of the user on, or empty."""
        at = next(self._turns(1), len(self.entries))
        return replace(self, entries=self.entries[at:], frames_sent=0)

    @property
    def turns(self) -> Sequence[Entry]:
        """What the user said and wrote."""
        return [entry for entry in self.entries if entry.is_turn]

    @property
    def sizes(self) -> Sequence[tuple[int, int]]:
        """Of every picture, those of the video last."""
        shown = [size for entry in self.entries for size in entry.images]
        return [*shown, *self.frames]

    def _turns(self, start: int) -> Iterator[int]:
        for at, entry in enumerate(self.entries):
            if at >= start and entry.role == "user":
                yield at
