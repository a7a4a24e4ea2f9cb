"""What the echo provider has heard and may still have to repeat.

Speech is what is loud: good enough for files, demos and tests; a room with a running
fan needs a real model.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from realtime_run.builtin.echo_answers import RATE_HZ
from realtime_run.core import voice
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.core.voice import Voice, VoiceBegan, VoiceEnded, VoiceRules
from realtime_run.media.levels import level_db

LOUD_DB = -42.0
"""Speech close to a microphone is above this, a quiet room below."""
_ONSET_MS = 60
_BEFORE_ONSET_MS = 200
_AFTER_SPEECH_MS = 100
_LONGEST_TURN_MS = 60_000
"""Then the turn is ended, whatever the user does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardTurn:
    """The user has finished: what he said, and when he stopped."""

    end_ms: int
    spoken_ms: int
    audio: bytes
    """With a little silence around it."""


class Hearing:
    """Cuts the user's speech into turns; holds only the turn that is going on."""

    def __init__(self, silence_s: float) -> None:
        self._rules = VoiceRules(
            window_ms=FRAME_MS,
            onset_ms=_ONSET_MS,
            hang_over_ms=max(1, round(silence_s * 1000 / FRAME_MS)) * FRAME_MS,
            longest_ms=_LONGEST_TURN_MS,
        )
        self._framer = Framer(RATE_HZ)
        self._voice = Voice()
        self._frames: deque[bytes] = deque()

    def hear(self, pcm: Pcm) -> Iterator[VoiceBegan | HeardTurn]:
        """Take more samples, and tell where turns begin and end in them.

        Raises:
            ValueError: If they are not mono at 16 kHz.
        """
        for frame in self._framer.push(pcm):
            self._frames.append(frame.data)
            loud = float(level_db(frame) > LOUD_DB)
            self._voice, change = voice.step(self._voice, loud, self._rules)
            match change:
                case VoiceBegan():
                    yield change
                case VoiceEnded():
                    yield self._turn(change)
                case None:
                    pass
            self._forget()

    def _turn(self, ended: VoiceEnded) -> HeardTurn:
        first = max(0, ended.began_ms - _BEFORE_ONSET_MS) // FRAME_MS
        after_last = (ended.last_ms + _AFTER_SPEECH_MS) // FRAME_MS
        oldest = self._voice.heard - len(self._frames)
        frames = list(self._frames)[max(0, first - oldest) : after_last - oldest]
        return HeardTurn(
            end_ms=ended.last_ms,
            spoken_ms=ended.last_ms - ended.began_ms,
            audio=b"".join(frames),
        )

    def _forget(self) -> None:
        first = voice.first_window(self._voice) - _BEFORE_ONSET_MS // FRAME_MS
        needed = self._voice.heard - max(0, first)
        while len(self._frames) > needed:
            self._frames.popleft()
