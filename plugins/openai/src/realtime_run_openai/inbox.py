"""What came from the server and was not asked for yet, in order."""

import asyncio
from collections import deque
from collections.abc import Callable

from realtime_run.core.errors import ConnectionClosedError
from realtime_run_openai.downlink import Downlink, Item

_LIMIT = 6_000
"""Two minutes of sound. A session that lets more wait is stuck: its connection ends."""


class Inbox:
    """A queue with one reader, which hears of the end after all that came before."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._downlink = Downlink()
        self._items: deque[Item] = deque()
        self._news = asyncio.Event()
        self._ended: ConnectionClosedError | None = None

    @property
    def ended(self) -> ConnectionClosedError | None:
        """Why the connection ended; None while it goes on."""
        return self._ended

    def put_message(self, text: str | bytes) -> None:
        """Take a message of the data channel."""
        self._put(self._downlink.message(text, self._now()))

    def put_frame(self, pcm: bytes) -> None:
        """Take 20 ms of sound from the jitter buffer."""
        self._put(self._downlink.frame(pcm, self._now()))

    def interrupted(self, response_id: str) -> None:
        """Drop whatever still comes of a response."""
        self._put(self._downlink.interrupted(response_id))

    def end(self, why: ConnectionClosedError) -> None:
        """Let the reader know that nothing more will come; the first reason counts."""
        if self._ended is None:
            self._ended = why
            self._items.extend(self._downlink.end())
        self._news.set()

    async def get(self) -> Item:
        """Return what is next; cancelling this loses nothing.

        Raises:
            ConnectionClosedError: After the last item, if the connection has ended.
        """
        while not self._items:
            if self._ended is not None:
                raise self._ended
            self._news.clear()
            await self._wait()
        return self._items.popleft()

    async def _wait(self) -> None:
        deadline = self._downlink.deadline
        left_s = None if deadline is None else max(0.0, deadline - self._now())
        try:
            async with asyncio.timeout(left_s):
                await self._news.wait()
        except TimeoutError:
            self._put(self._downlink.tick(self._now()))

    def _put(self, items: tuple[Item, ...]) -> None:
        if len(self._items) + len(items) > _LIMIT:
            message = f"{_LIMIT} messages and frames wait, and nobody takes them"
            self.end(ConnectionClosedError(message, code="overrun"))
            return
        self._items.extend(items)
        self._news.set()
