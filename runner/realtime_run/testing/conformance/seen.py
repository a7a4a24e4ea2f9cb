"""The events of a conversation, as a test waits for them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from realtime_run.core.events import (
    EVENT_TYPES,
    Event,
    RealtimeEvent,
    SessionEndedEvent,
)
from realtime_run.plugin.api import Conversation
from realtime_run.plugin.functions import FunctionHandler

EventT = TypeVar("EventT", bound=RealtimeEvent)
FoundT = TypeVar("FoundT")


class Seen:
    """Keeps all events, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    @property
    def handler(self) -> FunctionHandler:
        """What a session calls with its events."""
        return FunctionHandler("conformance", dict.fromkeys(EVENT_TYPES, (self._see,)))

    async def _see(self, event: Event, _: Conversation) -> None:
        self.events.append(event)
        self._news.set()

    def of(
        self, kind: type[EventT], fits: Callable[[EventT], bool] = lambda _: True
    ) -> list[EventT]:
        """Return the events of one kind that fit."""
        return [e for e in self.events if isinstance(e, kind) and fits(e)]

    async def until(
        self,
        kind: type[EventT],
        fits: Callable[[EventT], bool] = lambda _: True,
        *,
        count: int = 1,
    ) -> EventT:
        """Wait for the event of that number, from 1, that fits, and return it."""
        while len(found := self.of(kind, fits)) < count:
            await self.news()
        return found[count - 1]

    async def news(self) -> None:
        """Wait until something more happened.

        Raises:
            AssertionError: If nothing more will: the conversation is over.
        """
        self.check_goes_on()
        self._news.clear()
        await self._news.wait()

    def check_goes_on(self) -> None:
        """Fail if the conversation is over."""
        match self.events[-1:]:
            case [SessionEndedEvent(reason=reason)]:
                message = f"the conversation ended: {reason}; seen: {self}"
                raise AssertionError(message)
            case _:
                pass

    def __str__(self) -> str:
        counts = Counter(event.type for event in self.events)
        return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "none"


def only(found: "list[FoundT]", what: str) -> "FoundT":
    """Return the one thing that was found; fail if there is none, or are several."""
    assert len(found) == 1, f"there is not one {what}, but {len(found)}"
    return found[0]
