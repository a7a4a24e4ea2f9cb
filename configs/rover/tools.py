"""What the rover can do: the model may call every function marked with `@tool`."""

from typing import Literal

from realtime_run import tool

FARTHEST_M = 100


@tool
async def move(direction: Literal["forward", "backward"], meters: float) -> str:
    """Drive the rover.

    Args:
        direction: Which way to drive.
        meters: How far.
    """
    if not 0 < meters <= FARTHEST_M:
        message = f"I can drive up to {FARTHEST_M} meters, not {meters:g}"
        raise ValueError(message)
    # A real rover would turn its wheels here, and wait for them.
    return f"I moved {direction} {meters:g} meters."
