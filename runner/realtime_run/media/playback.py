"""What the agent still has to say, and the one clock of truth for what was heard.

Providers generate faster than real time, so seconds of audio wait here. An output
device pulls it at its own pace, from any thread; frames pulled are frames heard, less
what the device says that it still holds. That position drives truncation, the
transcript as heard, recordings and figures; wall clock never does.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.resample import Resampler
from realtime_run.plugin.edges import DeviceChange, OutputDevice

MOST_SECONDS = 600
"""How much unplayed audio is kept; more is refused, see `Playback.push`."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample of a response was heard."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Played:
    """These samples were heard."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Ended:
    """The last sample of a response was heard."""

    response_id: str
    played_ms: float


Note: TypeAlias = Started | Played | Ended | DeviceChange


class _Queue:
    """The samples of one response that were not pulled yet."""

    __slots__ = (
        "begun",
        "chunks",
        "finished",
        "heard",
        "offset",
        "resampler",
        "response_id",
    )

    def __init__(self, response_id: str, resampler: Resampler) -> None:
        self.response_id = response_id
        self.resampler = resampler
        self.chunks: deque[bytes] = deque()
        self.offset = 0
        """Bytes of the first chunk that were pulled already."""
        self.begun = False
        """Its first sample was heard."""
        self.heard = 0
        """Bytes heard since the response began."""
        self.finished = False


@dataclass(slots=True)
class _Segment:
    """Samples on their way from `pull` to the ear."""

    queue: _Queue
    begin: int
    """Which byte of all that was ever pulled is its first."""
    samples: bytes
    """Empty: the response is over here."""

    @property
    def end(self) -> int:
        return self.begin + len(self.samples)


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
        self._device: OutputDevice | None = None
        self._paused = False
        self._pulled = 0  # bytes, silence included
        self._unheard: deque[_Segment] = deque()

    @property
    def pending_frames(self) -> int:
        """How many frames wait to be pulled."""
        return self._pending // BYTES_PER_SAMPLE

    def attach(self, device: OutputDevice) -> None:
        """Name the device that holds samples between `pull` and the ear."""
        self._device = device

    def report(self, change: DeviceChange) -> None:
        """Tell the session what became of a device."""
        self._notify((change,))

    def push(self, response_id: str, pcm: Pcm) -> bool:
        """Append samples of a response; False if the buffer is full and refuses."""
        with self._lock:
            queue = self._queue_of(response_id)
            if self._pending >= self._limit:
                return False
            self._append(queue, queue.resampler.push(pcm).data)
        if self._device is not None:
            self._device.filled()
        return True

    def finish(self, response_id: str) -> None:
        """Note that a response has no more samples."""
        with self._lock:
            queue = self._queue_of(response_id)
            self._append(queue, queue.resampler.flush().data)
            queue.finished = True
            while self._ended():
                pass
            notes = self._notes(self._pulled - self._in_device())
        if notes:
            self._notify(notes)

    def pull(self, frames: int) -> bytes:
        """Return exactly `frames` frames, silence where nothing waits."""
        missing = frames * BYTES_PER_SAMPLE
        parts: list[bytes] = []
        with self._lock:
            heard = self._pulled - self._in_device()
            while self._queues and not self._paused:
                queue = self._queues[0]
                played = b"".join(_take(queue, missing))
                if played:
                    self._unheard.append(_Segment(queue, self._pulled, played))
                    self._pulled += len(played)
                parts.append(played)
                missing -= len(played)
                self._pending -= len(played)
                if not self._ended():
                    break  # it has more, or is still growing, and keeps its place
            self._pulled += missing
            notes = self._notes(self._pulled if self._device is None else heard)
        if notes:
            self._notify(notes)
        return b"".join(parts) + bytes(missing)

    def pause(self) -> None:
        """Fall silent now; what was not heard is kept."""
        with self._lock:
            self._paused = True

    def duck(self) -> None:
        """Go on 20 dB lower."""

    def resume(self) -> None:
        """Go on after `pause` or `duck`, as loud as before."""
        with self._lock:
            self._paused = False

    def flush(self) -> Mapping[str, float]:
        """Drop everything that was not heard.

        Returns:
            Of each response that was in the buffer, the milliseconds that were heard.
        """
        with self._lock:
            heard = self._pulled - self._in_device()
            notes = [*self._notes(heard), *self._half_heard(heard)]
            queues = {s.queue.response_id: s.queue for s in self._unheard}
            queues |= {q.response_id: q for q in self._queues}
            played = {id_: self._milliseconds(q) for id_, q in queues.items()}
            self._paused = False
            self._queues.clear()
            self._unheard.clear()
            self._pending = 0
            if self._device is not None:
                self._device.flush()
        if notes:
            self._notify(tuple(notes))
        return played

    def _in_device(self) -> int:
        """Return how many bytes were pulled and not heard yet."""
        if self._device is None:
            return 0
        return self._device.unheard_frames * BYTES_PER_SAMPLE

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

    def _ended(self) -> bool:
        """Remove the first response if it was pulled to its end."""
        if not self._queues or self._queues[0].chunks or not self._queues[0].finished:
            return False
        self._unheard.append(_Segment(self._queues.popleft(), self._pulled, b""))
        return True

    def _notes(self, heard: int) -> tuple[Note, ...]:
        """Forget what was heard whole, and return what is to be told of it."""
        notes: list[Note] = []
        while self._unheard and self._unheard[0].end <= heard:
            segment = self._unheard.popleft()
            queue = segment.queue
            if segment.samples:
                notes += self._played(queue, segment.samples)
            else:
                notes.append(Ended(queue.response_id, self._milliseconds(queue)))
        return tuple(notes)

    def _half_heard(self, heard: int) -> list[Note]:
        """Return the notes on the segment that is being heard, if one is."""
        if not self._unheard or self._unheard[0].begin >= heard:
            return []
        segment = self._unheard[0]
        return self._played(segment.queue, segment.samples[: heard - segment.begin])

    def _played(self, queue: _Queue, samples: bytes) -> list[Note]:
        notes: list[Note] = [] if queue.begun else [Started(queue.response_id)]
        queue.begun = True
        queue.heard += len(samples)
        notes.append(Played(Pcm(samples, self.rate_hz)))
        return notes

    def _milliseconds(self, queue: _Queue) -> float:
        return queue.heard * 1000 / (BYTES_PER_SAMPLE * self.rate_hz)


def _take(queue: _Queue, wanted: int) -> list[bytes]:
    parts: list[bytes] = []
    while wanted > 0 and queue.chunks:
        chunk = queue.chunks[0]
        part = chunk[queue.offset : queue.offset + wanted]
        queue.offset += len(part)
        if queue.offset == len(chunk):
            queue.chunks.popleft()
            queue.offset = 0
        wanted -= len(part)
        parts.append(part)
    return parts
