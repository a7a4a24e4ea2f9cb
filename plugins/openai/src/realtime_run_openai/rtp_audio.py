"""Which of the sound that arrives by RTP belongs to which response.

RTP carries one endless stream of sound; the data channel says when that of a response
begins (`output_audio_buffer.started`) and ends (`stopped`, or `cleared` when it was
interrupted). The two race: the jitter buffer gives a packet out only when a few newer
ones have come, so a message is about 80 ms ahead of the sound it speaks of, and a lost
packet of the data channel can bring it much later than the sound.

Pure: frames and messages in, labelled frames out. The caller brings the time.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

HELD_FRAMES = 4
"""How many frames aiortc's jitter buffer holds back (its `prefetch` for audio)."""
TAIL_FRAMES = 10
"""After the end of a response this many frames, 200 ms, may still be of it."""
TAIL_S = 0.2
"""The same as time, for a sender that sends nothing while it is silent."""
_PREROLL_FRAMES = 50
"""A second: the shortest time after which a lost packet of SCTP is sent again."""
_SILENT_FRAMES = 4
"""So many silent frames in a row end a tail: fewer may be a pause within a word."""
_SILENT_PEAK = 64
"""-54 dBFS: Opus decodes digital silence to less, and no voice is so quiet."""
_PAUSE_S = 0.06
"""No frame for so long: the sender paused, and the next ones are from before."""


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """Sound that belongs to a response."""

    response_id: str
    pcm: bytes
    """Mono s16le."""


@dataclass(slots=True)
class _Tail:
    """Sound that still comes of a response that is over."""

    response_id: str | None
    """None: it was interrupted, nobody wants it."""
    frames: int = TAIL_FRAMES
    silent: int = 0


class RtpAudio:
    """Labels frames of 20 ms with the response they belong to."""

    def __init__(self) -> None:
        self._speaking: str | None = None
        self._tail: _Tail | None = None
        self._preroll: deque[bytes] = deque(maxlen=_PREROLL_FRAMES)
        self._last_at_s: float | None = None

    @property
    def speaking(self) -> str | None:
        """The response whose sound is being sent."""
        return self._speaking

    @property
    def tail_of(self) -> str | None:
        """The response that is over, and of which sound may still come."""
        return None if self._tail is None else self._tail.response_id

    def started(self, response_id: str) -> tuple[LabelledFrame, ...]:
        """A response begins to sound; return what of it came before this was said."""
        if self._speaking is not None:
            self._drop(self._speaking)
        if self._tail is not None:
            # Whatever is in the jitter buffer was sent before this response began.
            self._tail.frames = min(self._tail.frames, HELD_FRAMES)
        self._speaking = response_id
        early = tuple(LabelledFrame(response_id, pcm) for pcm in self._preroll)
        self._preroll.clear()
        return early

    def stopped(self, response_id: str) -> None:
        """All sound of a response has been sent: what is on its way is let through."""
        if self._speaking == response_id:
            self._speaking = None
            self._tail = _Tail(response_id)

    def cleared(self, response_id: str) -> None:
        """A response was interrupted: nothing more of it is let through."""
        if response_id in {self._speaking, self.tail_of}:
            self._drop(response_id)

    def frame(self, pcm: bytes, at_s: float) -> tuple[LabelledFrame, ...]:
        """Take the next frame; return it with its label, or nothing.

        Args:
            pcm: 20 ms of mono s16le.
            at_s: When it came, in monotonic seconds.
        """
        paused = self._last_at_s is not None and at_s - self._last_at_s > _PAUSE_S
        self._last_at_s = at_s
        if self._tail is not None:
            return self._end_of(self._tail, pcm, paused=paused)
        if self._speaking is not None:
            return (LabelledFrame(self._speaking, pcm),)
        if _is_silent(pcm):
            self._preroll.clear()
        else:
            self._preroll.append(pcm)
        return ()

    def end_tail(self) -> None:
        """The time of the tail is over: what the jitter buffer still has is dropped."""
        if self._tail is not None and self._tail.response_id is not None:
            frames = min(self._tail.frames, HELD_FRAMES)
            self._tail = _Tail(None, frames)

    def _drop(self, response_id: str) -> None:
        if self._speaking == response_id:
            self._speaking = None
        self._tail = _Tail(None)

    def _end_of(
        self, tail: _Tail, pcm: bytes, *, paused: bool
    ) -> tuple[LabelledFrame, ...]:
        if paused:
            tail.frames = min(tail.frames, HELD_FRAMES)
        tail.frames -= 1
        tail.silent = tail.silent + 1 if _is_silent(pcm) else 0
        if tail.frames == 0 or tail.silent == _SILENT_FRAMES:
            self._tail = None
        if tail.response_id is None:
            return ()
        return (LabelledFrame(tail.response_id, pcm),)


def _is_silent(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, dtype="<i2")
    return (
        not len(samples) or int(np.abs(samples.astype(np.int32)).max()) < _SILENT_PEAK
    )
