"""Knows the items that bring back what was said before the connection.

They were told when they were said. The server lists them again, as it does with every
item, and who listens must not take them for news.
"""

from collections import deque

from msgspec import Struct, field

from realtime_run.core.provider_events import ItemChanged, Role
from realtime_run.plugin.api import HistoryItem
from realtime_run.wire.recent import Recent


def _ids() -> Recent[str, None]:
    return Recent(4096)


class Replay(Struct):
    """The history that a server was told, and which of its items it is."""

    ids: Recent[str, None] = field(default_factory=_ids)
    waiting: deque[tuple[Role, str]] = field(default_factory=deque[tuple[Role, str]])
    """What the server has not listed yet, oldest first."""

    def told(self, item_id: str, item: HistoryItem) -> None:
        """Take note of an item that is being sent."""
        self.ids.put(item_id, None)
        self.waiting.append((item.role, item.text))

    def holds(self, change: ItemChanged) -> bool:
        """Tell whether an item is one of the history.

        Not every server of this protocol keeps the id that it is given: an item is also
        known by what it says, in its turn.
        """
        says = _says(change)
        is_next = bool(self.waiting) and says == self.waiting[0]
        if change.item_id not in self.ids and not is_next:
            return False
        if is_next:
            self.ids.put(change.item_id, None)
            self.waiting.popleft()
        return True

    def over(self) -> None:
        """Expect no more: servers take messages in order, and went on to the next."""
        self.waiting.clear()


def _says(change: ItemChanged) -> tuple[Role | None, str]:
    return change.role, "".join(str(part.get("text", "")) for part in change.content)
