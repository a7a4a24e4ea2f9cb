"""What one response still has to say."""

from collections import deque

from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.resample import Resampler


class ResponseQueue:
    """The samples of one response that were not pulled yet, and how many were heard."""

    __slots__ = (
        "_chunks",
        "_offset",
        "_rate_hz",
        "_resampler",
        "begun",
        "finished",
        "heard",
        "response_id",
    )

    def __init__(self, response_id: str, rate_hz: int) -> None:
        """Make the queue of a response that has said nothing.

        Args:
            response_id: Whose it is.
            rate_hz: What its samples are converted to.
        """
        self.response_id = response_id
        self.begun = False
        """Its first sample was heard."""
        self.heard = 0
        """Bytes heard since the response began."""
        self.finished = False
        """No more will be pushed."""
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz)
        self._chunks: deque[bytes] = deque()
        self._offset = 0  # bytes of the first chunk that were taken already

    @property
    def over(self) -> bool:
        """True if all that it will ever hold was taken."""
        return self.finished and not self._chunks

    @property
    def heard_ms(self) -> float:
        """How much of it was heard."""
        return self.heard * 1000 / (BYTES_PER_SAMPLE * self._rate_hz)

    def push(self, pcm: Pcm) -> int:
        """Append samples, and return how many bytes they have become."""
        return self._append(self._resampler.push(pcm).data)

    def finish(self) -> int:
        """Append what conversion held back, and return how many bytes that was."""
        self.finished = True
        return self._append(self._resampler.flush().data)

    def take(self, wanted: int) -> bytes:
        """Remove and return the next `wanted` bytes, or as many as there are."""
        parts: list[bytes] = []
        while wanted > 0 and self._chunks:
            chunk = self._chunks[0]
            part = chunk[self._offset : self._offset + wanted]
            self._offset += len(part)
            if self._offset == len(chunk):
                self._chunks.popleft()
                self._offset = 0
            wanted -= len(part)
            parts.append(part)
        return b"".join(parts)

    def put_back(self, samples: bytes) -> None:
        """Put what was taken last in front again."""
        if self._offset:
            self._chunks[0] = self._chunks[0][self._offset :]
            self._offset = 0
        self._chunks.appendleft(samples)

    def _append(self, samples: bytes) -> int:
        if samples:
            self._chunks.append(samples)
        return len(samples)
