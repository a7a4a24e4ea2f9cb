"""What the echo provider has heard and may still have to repeat."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from realtime_run.builtin import echo_turns
from realtime_run.builtin.echo_answers import RATE_HZ
from realtime_run.builtin.echo_turns import Gate, TurnBegan, TurnEnded
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.media.levels import level_db


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
        self._silence_frames = max(1, round(silence_s * 1000 / FRAME_MS))
        self._framer = Framer(RATE_HZ)
        self._gate = Gate()
        self._frames: deque[bytes] = deque()

    def hear(self, pcm: Pcm) -> Iterator[TurnBegan | HeardTurn]:
        """Take more samples, and tell where turns begin and end in them.

        Raises:
            ValueError: If they are not mono at 16 kHz.
        """
        for frame in self._framer.push(pcm):
            self._frames.append(frame.data)
            self._gate, change = echo_turns.step(
                self._gate, level_db(frame), self._silence_frames
            )
            match change:
                case TurnBegan():
                    yield change
                case TurnEnded(
                    at_frame=at, began=began, first=first, after_last=after_last
                ):
                    audio = self._between(first, after_last)
                    yield HeardTurn(
                        end_ms=echo_turns.milliseconds(at),
                        spoken_ms=echo_turns.milliseconds(at - began),
                        audio=audio,
                    )
                case None:
                    pass
            self._forget()

    def _between(self, first: int, after_last: int) -> bytes:
        oldest = self._gate.heard - len(self._frames)
        kept = list(self._frames)[max(0, first - oldest) : after_last - oldest]
        return b"".join(kept)

    def _forget(self) -> None:
        needed = self._gate.heard - echo_turns.first_needed(self._gate)
        while len(self._frames) > needed:
            self._frames.popleft()
