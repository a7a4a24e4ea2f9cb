"""What the user said to one connection that the next would have to hear again.

Not every provider tells where speech begins, and none before it does: what sounds like
a voice counts from its first sound on, until it is answered, or was long ago.
"""

from collections import deque

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import FRAME_MS
from realtime_run.media.levels import level_db

LOUD_DB = -50.0
"""From this level on a frame counts as voice, or noise: sound that is repeated in vain
costs a little, a word that is not costs the sentence."""
LEAST_FRAMES = 500 // FRAME_MS
"""So much is kept at least: a first consonant is quiet."""
PAUSE_FRAMES = 3000 // FRAME_MS
"""After so long without a voice nobody will answer to it any more."""
MOST_FRAMES = 15_000 // FRAME_MS
"""So much is kept at most, 700 kB; then the oldest is dropped."""
LOOK_FRAMES = 5
"""One of so many is looked at: a syllable is longer, and fifty a second would cost as
much as all else that is done with them."""
_EVERY = 16
"""Of such a one, each sample of so many."""


class Spoken:
    """Frames of the microphone, newest last, since a voice began."""

    def __init__(self) -> None:
        self._frames: deque[AppendAudio] = deque(maxlen=MOST_FRAMES)
        self._silent = PAUSE_FRAMES
        self._unseen = 0

    def add(self, frame: AppendAudio) -> None:
        """Take note of a frame of 20 ms that is sent."""
        self._frames.append(frame)
        self._silent += 1
        self._unseen += 1
        if self._unseen == LOOK_FRAMES:
            self._unseen = 0
            if level_db(frame.pcm, every=_EVERY) >= LOUD_DB:
                self._silent = 0
        self._trim()

    def answered(self) -> None:
        """Take note that what was said until now was understood."""
        self._silent = PAUSE_FRAMES
        self._trim()

    @property
    def last(self) -> tuple[AppendAudio, ...]:
        """All that was said since the voice began; without one, the last moment."""
        return tuple(self._frames)

    @property
    def unanswered(self) -> tuple[AppendAudio, ...]:
        """The same, but nothing without a voice."""
        return self.last if self._silent < PAUSE_FRAMES else ()

    def _trim(self) -> None:
        while self._silent >= PAUSE_FRAMES and len(self._frames) > LEAST_FRAMES:
            self._frames.popleft()
