"""Lets microphone, speaker and clock go on together, in small steps."""

import asyncio
from array import array
from collections.abc import Callable, Sequence

from realtime_run.core.pcm import Framer, Pcm
from realtime_run.testing.conformance.talk import FRAME_MS, Talk

_MOST_MS = 40_000
_AT_ONCE = 5


class Lockstep:
    """Drives a conversation, and keeps what the speaker pulled.

    Args:
        talk: The conversation.
        pace_s: How long 20 ms really take: the provider's far end has its own time.
    """

    def __init__(self, talk: Talk, pace_s: float) -> None:
        self._talk = talk
        self._pace_s = pace_s
        self.pulled: list[bytes] = []
        """What the speaker pulled, 20 ms at a time."""

    async def hear(self, pcm: Pcm) -> None:
        """Let the microphone hear something, and go on until its end."""
        microphone_hz = self._microphone_hz
        rest = FRAME_MS - pcm.duration_ms % FRAME_MS
        whole = pcm.resample(microphone_hz) + Pcm.silence(rest, microphone_hz)
        for frame in Framer(microphone_hz).push(whole):
            await self._step([frame])

    async def silence(self, milliseconds: int) -> None:
        """Let the microphone hear nothing for so long."""
        for _ in range(milliseconds // FRAME_MS):
            await self._step([self._nothing])

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        """Let the microphone hear nothing until something is so, in longer steps.

        Raises:
            AssertionError: If it is not so after 40 s.
        """
        for _ in range(_MOST_MS // (_AT_ONCE * FRAME_MS)):
            if reached():
                return
            await self._step([self._nothing] * _AT_ONCE)
        message = f"{what} did not come; seen: {self._talk.seen}"
        raise AssertionError(message)

    async def _step(self, frames: Sequence[Pcm]) -> None:
        audio = self._talk.audio
        for frame in frames:
            if audio.microphone is not None:
                audio.microphone.say(frame)
        # What is said now is known before the speaker goes on.
        await self._talk.clock.forward(len(frames) * FRAME_MS / 1000)
        self.pulled += (audio.play(FRAME_MS) for _ in frames)
        await asyncio.sleep(len(frames) * self._pace_s)
        self._talk.seen.check_goes_on()

    @property
    def _nothing(self) -> Pcm:
        return Pcm.silence(FRAME_MS, self._microphone_hz)

    @property
    def _microphone_hz(self) -> int:
        microphone = self._talk.audio.microphone
        return 16_000 if microphone is None else microphone.rate_hz


def unlike(
    pulled: Sequence[bytes], sounds: Sequence[bytes], *, slack: int = 0
) -> str | None:
    """Return where a speaker did not play some sounds, each whole, once and in order.

    Silence counts for nothing, so a speaker may have paused anywhere: all samples but
    those that are 0 are held against each other.

    Args:
        pulled: What the speaker pulled, pull by pull.
        sounds: What it should have played.
        slack: How many samples may be missing at the end of the first sound.

    Returns:
        A sentence; None if it played them.
    """
    played, first, others = map(_audible, (pulled, sounds[:1], sounds[1:]))
    missing = len(first) + len(others) - len(played)
    if 0 < missing <= slack:
        del first[-missing:]
    wanted = first + others
    if played == wanted:
        return None
    if played == wanted[: len(played)]:
        return f"only {len(played)} of {len(wanted)} samples were played"
    if played[: len(wanted)] == wanted:
        return f"{len(played)} samples were played, not {len(wanted)}"
    pairs = zip(played, wanted, strict=False)
    at = next(at for at, (one, other) in enumerate(pairs) if one != other)
    return f"from sample {at} of {len(wanted)} on, something else was played"


def _audible(parts: Sequence[bytes]) -> "array[int]":
    return array("h", filter(None, array("h", b"".join(parts))))
