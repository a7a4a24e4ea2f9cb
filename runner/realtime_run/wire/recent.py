"""A mapping that forgets: what a connection remembers must not grow with its length."""

from collections.abc import Iterator
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Recent(Generic[KeyT, ValueT]):
    """Holds the newest entries; when it is full, the oldest is dropped."""

    def __init__(self, limit: int) -> None:
        """Make an empty one for at most `limit` entries."""
        self._limit = limit
        self._entries: dict[KeyT, ValueT] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[KeyT]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: KeyT) -> ValueT | None:
        """Return what is held of a key; None if it is not known, or not any more."""
        return self._entries.get(key)

    def put(self, key: KeyT, value: ValueT) -> None:
        """Hold a value as the newest."""
        self._entries.pop(key, None)
        self._entries[key] = value
        if len(self._entries) > self._limit:
            del self._entries[next(iter(self._entries))]

    def pop(self, key: KeyT) -> ValueT | None:
        """Forget a key, and return what was held of it."""
        return self._entries.pop(key, None)
