"""What the user said to one connection that the next would have to hear again.

Not every provider tells where speech begins, and none before it does: what sounds like
a voice counts from its first sound on, until it is answered, or was long ago.
"""

from collections import deque

from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import FRAME_MS, Pcm
from realtime_run.media.levels import level_db

LOUD_DB = -50.0
"""From this level on a frame counts as voice, or noise: sound that is repeated in vain
costs a little, a word that is not costs the sentence."""
LEAST_FRAMES = 500 // FRAME_MS
"""So much is kept at least: a first consonant is quiet."""
PAUSE_FRAMES = 3000 // FRAME_MS
"""After so long without a voice nobody will answer to it any more."""
MOST_FRAMES = 6_000 // FRAME_MS
"""So much is kept at most, of a sentence the end: 290 kB of one at 24 kHz."""
LOOK_FRAMES = 5
"""One of so many is looked at: a syllable is longer, and fifty a second would cost as
much as all else that is done with them."""
_EVERY = 16
"""Of such a one, each sample of so many."""


class Spoken:
    """Frames of the microphone, newest last, since a voice began."""

    def __init__(self) -> None:
        # Bytes, which the collector of garbage need not look through.
        self._frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        self._rate_hz = 0
        self._silent = PAUSE_FRAMES
        self._unseen = 0

    def add(self, frame: AppendAudio) -> None:
        """Take note of 20 ms that are sent: mono, always of the same rate."""
        pcm = frame.pcm
        self._frames.append(pcm.data)
        self._rate_hz = pcm.rate_hz
        self._unseen += 1
        if self._unseen == LOOK_FRAMES:
            self._look(pcm)
        if self._silent >= PAUSE_FRAMES and len(self._frames) > LEAST_FRAMES:
            self._trim()

    def answered(self) -> None:
        """Take note that what was said until now was understood."""
        self._silent = PAUSE_FRAMES
        self._trim()

    @property
    def last(self) -> tuple[AppendAudio, ...]:
        """All that was said since the voice began; without one, the last moment."""
        return tuple(AppendAudio(pcm=Pcm(data, self._rate_hz)) for data in self._frames)

    @property
    def unanswered(self) -> tuple[AppendAudio, ...]:
        """The same, but nothing without a voice."""
        return self.last if self._silent < PAUSE_FRAMES else ()

    def _look(self, pcm: Pcm) -> None:
        loud = level_db(pcm, every=_EVERY) >= LOUD_DB
        self._silent = 0 if loud else self._silent + self._unseen
        self._unseen = 0

    def _trim(self) -> None:
        while len(self._frames) > LEAST_FRAMES:
            self._frames.popleft()
