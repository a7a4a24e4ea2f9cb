"""Decides when the user's turn begins and ends, from the speech probability of windows.

Pure: the windows are counted, so no clock is needed, and the same audio always gives
the same turns.
"""

from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

WINDOW_MS = 32
"""The length of one window: 512 samples at 16 kHz, as Silero's model wants them."""

_HYSTERESIS = 0.15
"""How far below the threshold a window counts as silence: Silero's own value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a turn begins and ends."""

    threshold: float
    """From this probability on a window is speech."""
    start_windows: int
    """How many windows of speech in a row begin a turn."""
    silence_windows: int
    """How many windows of silence in a row end it."""
    longest_windows: int
    """A turn that is this long ends, whatever is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A turn began."""

    audio_ms: int
    """Where its first window of speech begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The turn is over."""

    audio_ms: int
    """Where its last window of speech ends."""


Change: TypeAlias = Started | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How far the detection has come."""

    window: int = 0
    """How many windows have been seen."""
    speaking: bool = False
    began: int = 0
    """The first window of the turn, or of the run that may become one."""
    run: int = 0
    """Before a turn: windows of speech in a row. In a turn: windows of silence."""


def windows(seconds: float) -> int:
    """Return how many windows cover `seconds`, at least one."""
    return max(1, ceil(round(seconds * 1000, 6) / WINDOW_MS))


def step(
    state: Endpoint, probability: float, policy: Policy
) -> tuple[Endpoint, Change | None]:
    """Return the state after one more window, and what it changed."""
    if state.speaking:
        return _in_turn(state, probability, policy)
    return _before_turn(state, probability, policy)


def _before_turn(
    state: Endpoint, probability: float, policy: Policy
) -> tuple[Endpoint, Change | None]:
    seen = state.window + 1
    if probability < policy.threshold:
        return Endpoint(window=seen), None
    began = state.began if state.run else state.window
    if state.run + 1 < policy.start_windows:
        return Endpoint(window=seen, began=began, run=state.run + 1), None
    return (
        Endpoint(window=seen, speaking=True, began=began),
        Started(audio_ms=began * WINDOW_MS),
    )


def _in_turn(
    state: Endpoint, probability: float, policy: Policy
) -> tuple[Endpoint, Change | None]:
    seen = state.window + 1
    # Between the two thresholds nothing changes: a silence neither grows nor ends.
    if probability >= policy.threshold:
        quiet = 0
    elif probability < policy.threshold - _HYSTERESIS:
        quiet = state.run + 1
    else:
        quiet = state.run
    too_long = seen - state.began >= policy.longest_windows
    if quiet < policy.silence_windows and not too_long:
        return Endpoint(window=seen, speaking=True, began=state.began, run=quiet), None
    return Endpoint(window=seen), Ended(audio_ms=(seen - quiet) * WINDOW_MS)
