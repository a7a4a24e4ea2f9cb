"""Decides how many frames a loudspeaker holds, from when it asks for how many.

Sound systems do not tell. At first a device asks for as much as it holds, faster than
it plays; afterwards it asks for a period when it has played one.
"""

from msgspec import Struct
from msgspec.structs import replace

SETTLES_S = 0.2
"""How long after the first request a device may still be filling up."""
PERIODS = 2
"""How many periods a device holds at least: one that sounds, one that is filled."""


class Held(Struct, frozen=True, kw_only=True):
    """What a device holds."""

    rate_hz: int
    capacity: int
    """How many frames it holds at most."""
    frames: int = 0
    """How many it holds now."""
    began_s: float | None = None
    pulled: int = 0
    """How many it asked for while it settled."""


def fresh(rate_hz: int, period_ms: int) -> Held:
    """Return what a device holds that was just opened: nothing."""
    return Held(rate_hz=rate_hz, capacity=PERIODS * rate_hz * period_ms // 1000)


def asked(held: Held, frames: int) -> Held:
    """Return what it holds when it asks for so many frames: it has room for them."""
    return replace(held, frames=max(0, min(held.frames, held.capacity - frames)))


def given(held: Held, frames: int, now_s: float) -> Held:
    """Return what it holds after it got so many frames."""
    began_s = now_s if held.began_s is None else held.began_s
    pulled, capacity = held.pulled, held.capacity
    if now_s - began_s < SETTLES_S:
        pulled += frames
        ahead = pulled - int((now_s - began_s) * held.rate_hz)
        capacity = max(capacity, ahead)
    return replace(
        held,
        began_s=began_s,
        pulled=pulled,
        capacity=capacity,
        frames=min(capacity, held.frames + frames),
    )
