"""When the echo provider takes the user's turn for begun and for finished.

An energy gate: pure, one step for each 20 ms. Good enough for files, demos and tests; a
room with a running fan needs a real model.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from realtime_run.core.pcm import FRAME_MS

LOUD_DB = -42.0
"""Speech close to a microphone is above this, a quiet room below."""
_ONSET_FRAMES = 3
_BEFORE_ONSET_FRAMES = 10
_AFTER_SPEECH_FRAMES = 5
_LONGEST_TURN_FRAMES = 3000
"""A minute: then the turn is ended, whatever the user does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What has been heard so far, in frames of 20 ms since the connection began."""

    heard: int = 0
    loud_run: int = 0
    """How many loud frames came last."""
    quiet_run: int = 0
    """How many quiet frames came last."""
    began: int | None = None
    """The frame at which the turn that is going on began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBegan:
    """The user speaks."""

    at_frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The user has finished; what lies from `first` to `after_last` is to be echoed."""

    at_frame: int
    began: int
    first: int
    after_last: int


TurnChange: TypeAlias = TurnBegan | TurnEnded


def step(
    gate: Gate, level_db: float, silence_frames: int
) -> tuple[Gate, TurnChange | None]:
    """Hear one more frame.

    Args:
        gate: What was heard before.
        level_db: How loud the frame is.
        silence_frames: How many quiet frames end a turn.
    """
    loud = level_db > LOUD_DB
    after = replace(
        gate,
        heard=gate.heard + 1,
        loud_run=gate.loud_run + 1 if loud else 0,
        quiet_run=0 if loud else gate.quiet_run + 1,
    )
    if after.began is None:
        return _onset(after)
    long = after.heard - after.began >= _LONGEST_TURN_FRAMES
    if after.quiet_run < silence_frames and not long:
        return after, None
    spoken = after.heard - after.quiet_run
    ended = TurnEnded(
        at_frame=spoken,
        began=after.began,
        first=max(0, after.began - _BEFORE_ONSET_FRAMES),
        after_last=min(after.heard, spoken + _AFTER_SPEECH_FRAMES),
    )
    return replace(after, began=None, loud_run=0), ended


def first_needed(gate: Gate) -> int:
    """Return the oldest frame that a turn may still need."""
    began = gate.heard - gate.loud_run if gate.began is None else gate.began
    return max(0, began - _BEFORE_ONSET_FRAMES)


def milliseconds(frames: int) -> int:
    """Return how long `frames` frames last."""
    return frames * FRAME_MS


def _onset(gate: Gate) -> tuple[Gate, TurnChange | None]:
    if gate.loud_run < _ONSET_FRAMES:
        return gate, None
    began = gate.heard - gate.loud_run
    return replace(gate, began=began), TurnBegan(at_frame=began)
