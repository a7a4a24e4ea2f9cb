"""Decides whether a device is lost, and when to look for a better one."""

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

LOST_S = 0.25
"""How long a device may fail to call back."""
LOOK_S = 1.0
"""How often a device that is away is looked for."""
PERIOD_S = 0.05
"""How often it is watched."""
STALL_S = 0.15
"""Being watched this much late means that the process itself stood still."""

Verdict: TypeAlias = Literal["fine", "lost", "look"]


class Watch(Struct, frozen=True, kw_only=True):
    """What is known of the device in use."""

    silent: bool = False
    """Nothing is in use but silence, which cannot be lost."""
    at_home: bool = True
    """It is the one that is wanted."""
    looked_s: float
    """When others were last looked for."""
    seen_s: float
    """When it was last watched."""
    excused_s: float
    """From when on it is held against it that it does not call."""


def began(now_s: float, *, silent: bool, at_home: bool) -> Watch:
    """Return the watch over a device that was just taken into use."""
    return Watch(
        silent=silent, at_home=at_home, looked_s=now_s, seen_s=now_s, excused_s=now_s
    )


def watched(watch: Watch, now_s: float, called_s: float) -> tuple[Watch, Verdict]:
    """Return what is to be done now.

    Args:
        watch: What was known before.
        now_s: The time, in seconds.
        called_s: When the device called back for the last time.
    """
    late = now_s - watch.seen_s > PERIOD_S + STALL_S
    excused_s = now_s if late else watch.excused_s
    watch = replace(watch, seen_s=now_s, excused_s=excused_s)
    if not watch.silent and now_s - max(called_s, excused_s) > LOST_S:
        return watch, "lost"
    if not watch.at_home and now_s - watch.looked_s >= LOOK_S:
        return replace(watch, looked_s=now_s), "look"
    return watch, "fine"
