"""What is on its way from the agent's speech to the ear: pulled, and not yet heard.

Positions count the bytes that were pulled, silence included. Where the ear is follows
from what the device says that it holds; this module keeps account of whose samples lie
before that point and whose after, and takes back what will never be heard.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from realtime_run.core.pcm import Pcm
from realtime_run.media.response_queue import ResponseQueue
from realtime_run.plugin.edges import DeviceChange


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample of a response was heard."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Played:
    """These samples were heard, as loud as they are here."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Ended:
    """The last sample of a response was heard."""

    response_id: str
    played_ms: float


Note: TypeAlias = Started | Played | Ended | DeviceChange


@dataclass(slots=True)
class _Segment:
    queue: ResponseQueue
    begin: int
    sound: bytes
    """As it was pulled; empty: the response is over here."""
    source: bytes
    """As it was pushed: what is pulled again must not be lowered twice."""

    @property
    def end(self) -> int:
        return self.begin + len(self.sound)


class Underway:
    """The account of what was pulled, up to where it was heard."""

    def __init__(self, rate_hz: int) -> None:
        """Make an account of nothing.

        Args:
            rate_hz: Of all samples.
        """
        self._rate_hz = rate_hz
        self._segments: deque[_Segment] = deque()
        self._heard = 0
        self.pulled = 0
        """Bytes that were pulled, silence included, less what was taken back."""

    def add(self, queue: ResponseQueue, source: bytes, sound: bytes) -> None:
        """Note that samples of a response were pulled.

        Args:
            queue: Whose they are.
            source: As they were taken from it.
            sound: As they left, just as many.
        """
        self._segments.append(_Segment(queue, self.pulled, sound, source))
        self.pulled += len(sound)

    def end(self, queue: ResponseQueue) -> None:
        """Note that a response was pulled to its end.

        That is where its last sample is, also if silence was pulled since.
        """
        at = self._segments[-1].end if self._segments else self._heard
        self._segments.append(_Segment(queue, at, b"", b""))

    def hear(self, until: int) -> list[Note]:
        """Forget what was heard whole, and return what is to be told of it.

        Args:
            until: The position of the ear. One that falls behind is not believed: what
                was told cannot be taken back.
        """
        self._heard = max(self._heard, until)
        notes: list[Note] = []
        while self._segments and self._segments[0].end <= self._heard:
            segment = self._segments.popleft()
            if segment.sound:
                notes += self._played(segment.queue, segment.sound)
            else:
                queue = segment.queue
                notes.append(Ended(queue.response_id, queue.heard_ms))
        return notes

    def take_back(self, size: int) -> tuple[int, tuple[ResponseQueue, ...]]:
        """Give the last `size` bytes back to their queues, but nothing that was heard.

        Returns:
            How many bytes the queues were given, which leaves out silence; and those
            queues that had been pulled to their end, the one to be heard last first.
        """
        self.pulled = max(self.pulled - size, self._heard)
        given = 0
        reopened: list[ResponseQueue] = []
        while self._segments and self._segments[-1].end > self.pulled:
            segment = self._segments.pop()
            if not segment.sound:
                reopened.append(segment.queue)
                continue
            kept = max(0, self.pulled - segment.begin)
            segment.queue.put_back(segment.source[kept:])
            given += len(segment.source) - kept
            if kept:
                segment.sound = segment.sound[:kept]
                segment.source = segment.source[:kept]
                self._segments.append(segment)
        return given, tuple(reopened)

    def drop(self) -> tuple[list[Note], Mapping[str, float]]:
        """Forget everything.

        Returns:
            What is to be told of the segment that is being heard, and of each response
            that was on its way, the milliseconds that were heard.
        """
        notes: list[Note] = []
        first = self._segments[0] if self._segments else None
        if first is not None and first.begin < self._heard:
            notes = self._played(first.queue, first.sound[: self._heard - first.begin])
        played = {s.queue.response_id: s.queue.heard_ms for s in self._segments}
        self._segments.clear()
        return notes, played

    def _played(self, queue: ResponseQueue, sound: bytes) -> list[Note]:
        notes: list[Note] = [] if queue.begun else [Started(queue.response_id)]
        queue.begun = True
        queue.heard += len(sound)
        notes.append(Played(Pcm(sound, self._rate_hz)))
        return notes
