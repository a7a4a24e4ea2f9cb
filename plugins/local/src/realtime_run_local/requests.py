"""What waits to be answered: pure, bounded, in order."""

from collections import deque
from dataclasses import dataclass

from realtime_run_local.history import Entry

MOST = 16
"""Requests; when more come, the oldest is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A wish for a response."""

    news: tuple[Entry, ...] = ()
    """Goes into the history when the response begins; empty: answer it as it is."""
    spoken: bool = False
    """The user said it, rather than wrote it."""
    input_seconds: float = 0.0
    """How much speech it was."""
    instructions: str | None = None
    """What this response shall do, and no other."""
    words: str | None = None
    """What a brain says that reads no instructions; None: these."""


class Requests:
    """The queue before the responder."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: Request) -> Request | None:
        """Add a request; return the oldest if it had to be given up for that.

        Turns that the user speaks one after another, unanswered, become one. A request
        without news and instructions wants no more than any other that is waiting will
        give.
        """
        if self._waiting and not (request.news or request.instructions):
            return None
        if request.spoken and self._waiting and self._waiting[-1].spoken:
            last = self._waiting.pop()
            request = Request(
                news=last.news + request.news,
                spoken=True,
                input_seconds=last.input_seconds + request.input_seconds,
            )
        self._waiting.append(request)
        return self._waiting.popleft() if len(self._waiting) > MOST else None

    def take(self) -> Request:
        """Return the oldest request."""
        return self._waiting.popleft()

    def clear(self) -> tuple[Request, ...]:
        """Return all of them, and forget them."""
        cleared = tuple(self._waiting)
        self._waiting.clear()
        return cleared
