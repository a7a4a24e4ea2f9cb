"""What the agent still has to say, and the one clock of truth for what was heard.

Providers generate faster than real time, so seconds of audio wait here. An output
device pulls it at its own pace, from any thread; frames pulled are frames heard. That
position drives truncation, the transcript as heard, recordings and figures; wall clock
never does.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.resample import Resampler

MOST_SECONDS = 600
"""How much unplayed audio is kept; more is refused, see `Playback.push`."""


@dataclass(frozen=True, slots=True)
class Started:
    """The device pulled the first sample of a response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Played:
    """The device pulled these samples."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Ended:
    """The device pulled the last sample of a response."""

    response_id: str
    played_ms: float


Note: TypeAlias = Started | Played | Ended


class _Queue:
    """The unplayed samples of one response."""

    __slots__ = ("chunks", "finished", "offset", "pulled", "resampler", "response_id")

    def __init__(self, response_id: str, resampler: Resampler) -> None:
        self.response_id = response_id
        self.resampler = resampler
        self.chunks: deque[bytes] = deque()
        self.offset = 0
        """Bytes of the first chunk that were pulled already."""
        self.pulled = 0
        """Bytes pulled since the response began."""
        self.finished = False


class Playback:
    """A buffer of mono s16le, ordered by response, that any thread may pull from."""

    def __init__(
        self, rate_hz: int, notify: Callable[[tuple[Note, ...]], None]
    ) -> None:
        """Make an empty buffer.

        Args:
            rate_hz: The rate at which the device pulls; what is pushed is converted.
            notify: Told what a pull, or the end of a response, brought about, in the
                thread that caused it. Must neither block nor call back.
        """
        self.rate_hz = rate_hz
        self._notify = notify
        self._lock = threading.Lock()
        self._queues: deque[_Queue] = deque()
        self._pending = 0  # bytes
        self._limit = MOST_SECONDS * rate_hz * BYTES_PER_SAMPLE

    @property
    def pending_frames(self) -> int:
        """How many frames wait to be played."""
        return self._pending // BYTES_PER_SAMPLE

    def push(self, response_id: str, pcm: Pcm) -> bool:
        """Append samples of a response; False if the buffer is full and refuses."""
        with self._lock:
            queue = self._queue_of(response_id)
            if self._pending >= self._limit:
                return False
            self._append(queue, queue.resampler.push(pcm).data)
        return True

    def finish(self, response_id: str) -> None:
        """Note that a response has no more samples."""
        with self._lock:
            queue = self._queue_of(response_id)
            self._append(queue, queue.resampler.flush().data)
            queue.finished = True
            notes: list[Note] = []
            while self._ended(notes):
                pass
        if notes:
            self._notify(tuple(notes))

    def pull(self, frames: int) -> bytes:
        """Return exactly `frames` frames, silence where nothing waits."""
        missing = frames * BYTES_PER_SAMPLE
        parts: list[bytes] = []
        notes: list[Note] = []
        with self._lock:
            while self._queues:
                queue = self._queues[0]
                begins = queue.pulled == 0
                played = b"".join(_take(queue, missing))
                if played and begins:
                    notes.append(Started(queue.response_id))
                if played:
                    notes.append(Played(Pcm(played, self.rate_hz)))
                parts.append(played)
                missing -= len(played)
                self._pending -= len(played)
                if not self._ended(notes):
                    break  # it has more, or is still growing, and keeps its place
        if notes:
            self._notify(tuple(notes))
        return b"".join(parts) + bytes(missing)

    def flush(self) -> Mapping[str, float]:
        """Drop everything unplayed.

        Returns:
            Of each response that was in the buffer, the milliseconds that were pulled.
        """
        with self._lock:
            played = {q.response_id: self._milliseconds(q) for q in self._queues}
            self._queues.clear()
            self._pending = 0
        return played

    def _queue_of(self, response_id: str) -> _Queue:
        for queue in self._queues:
            if queue.response_id == response_id:
                return queue
        queue = _Queue(response_id, Resampler(self.rate_hz))
        self._queues.append(queue)
        return queue

    def _append(self, queue: _Queue, samples: bytes) -> None:
        if samples:
            queue.chunks.append(samples)
            self._pending += len(samples)

    def _ended(self, notes: list[Note]) -> bool:
        """Remove the first response if it was pulled to its end, and note it."""
        if not self._queues or self._queues[0].chunks or not self._queues[0].finished:
            return False
        queue = self._queues.popleft()
        notes.append(Ended(queue.response_id, self._milliseconds(queue)))
        return True

    def _milliseconds(self, queue: _Queue) -> float:
        return queue.pulled * 1000 / (BYTES_PER_SAMPLE * self.rate_hz)


def _take(queue: _Queue, wanted: int) -> list[bytes]:
    parts: list[bytes] = []
    while wanted > 0 and queue.chunks:
        chunk = queue.chunks[0]
        part = chunk[queue.offset : queue.offset + wanted]
        queue.offset += len(part)
        if queue.offset == len(chunk):
            queue.chunks.popleft()
            queue.offset = 0
        queue.pulled += len(part)
        wanted -= len(part)
        parts.append(part)
    return parts
