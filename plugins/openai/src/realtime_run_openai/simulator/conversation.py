"""The conversation that the service keeps: items in their order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST_ITEMS = 1_000
"""More: the oldest are forgotten, as `truncation: auto` does by tokens."""
_MOST_RECORDINGS = 8
"""So many items keep their audio, for `conversation.item.retrieve`."""
ROOT = "root"


@dataclass(slots=True)
class Entry:
    """An item, and what of it is not sent."""

    item: dict[str, Any]
    audio: bytes = b""
    """Its sound, as it was sent or received; empty once it is too old."""
    audio_ms: int = 0
    cut_ms: int | None = None
    """Where it was truncated."""
    spoken_s: float = 0.0
    """How long the user spoke."""
    transcript: str = ""
    """What the user is taken to have said."""
    image_sizes: tuple[tuple[int, int], ...] = ()

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.item["id"])

    @property
    def is_user(self) -> bool:
        """Whether it is what the user said or wrote."""
        return bool(self.item["type"] == "message" and self.item["role"] == "user")

    @property
    def texts(self) -> tuple[str, ...]:
        """What is written or spoken in it."""
        parts: Iterable[Mapping[str, Any]] = self.item.get("content", ())
        found = (part.get("text") or part.get("transcript") for part in parts)
        return tuple(text for text in found if text)


@dataclass(slots=True)
class Conversation:
    """Items in their order."""

    entries: list[Entry] = field(default_factory=list[Entry])

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self.entries))

    def find(self, item_id: str) -> Entry | None:
        """Return an item, or None."""
        return next((one for one in self.entries if one.id == item_id), None)

    def previous(self, item_id: str) -> str | None:
        """Return the id of what stands before an item."""
        before: str | None = None
        for entry in self.entries:
            if entry.id == item_id:
                return before
            before = entry.id
        return before

    def add(self, entry: Entry, after: str | None = None) -> str | None:
        """Put an item behind another, at the end, or at the beginning (`root`).

        Returns:
            The id of what stands before it.

        Raises:
            KeyError: If there is no item `after`.
        """
        self.entries.insert(self._place(after), entry)
        before = self.previous(entry.id)
        del self.entries[: max(0, len(self.entries) - _MOST_ITEMS)]
        recorded = [one for one in self.entries if one.audio]
        for old in recorded[: max(0, len(recorded) - _MOST_RECORDINGS)]:
            old.audio = b""
        return before

    def delete(self, item_id: str) -> bool:
        """Forget an item; returns whether there was one."""
        kept = [one for one in self.entries if one.id != item_id]
        found = len(kept) < len(self.entries)
        self.entries = kept
        return found

    def _place(self, after: str | None) -> int:
        if after is None:
            return len(self.entries)
        if after == ROOT:
            return 0
        for index, entry in enumerate(self.entries):
            if entry.id == after:
                return index + 1
        raise KeyError(after)
