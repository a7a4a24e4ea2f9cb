"""The space bar as the key of push to talk: pure.

A terminal tells when a key goes down, and not when it goes up. But it repeats a key
that is held: first after 250 to 600 ms, as the system is set, then every 30 to 100 ms.
So a key that repeats is held, and was let go when it repeats no more; one that does not
repeat was tapped, and is tapped again to end. Times are milliseconds on one clock.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

FIRST_REPEAT_MS = 700.0
"""A key that is held has repeated by then."""
RELEASED_MS = 150.0
"""A key that has not repeated for so long was let go."""
LATE_REPEAT_MS = 250.0
"""What comes so soon after the last repeat is one that was held up on its way."""
NEXT_REPEAT_MS = 120.0
"""So soon do the repeats after the first follow each other."""

State: TypeAlias = Literal[
    "up", "pressed", "held", "released", "latched", "unlatched", "doubtful", "ignored"
]
_AFTER_PRESS: Mapping[State, State] = {
    "up": "pressed",
    "pressed": "held",
    "held": "held",
    "released": "held",
    "latched": "unlatched",
    "unlatched": "doubtful",
    "doubtful": "ignored",
    "ignored": "ignored",
}


class SpaceBar(Struct, frozen=True, kw_only=True):
    """What is known of the key.

    up: nothing happens. pressed: it was pressed, and is held or was tapped. held: it
    repeats. released: it repeats no more. latched: it was tapped, and the user talks
    until the next tap. unlatched: that tap has come, and the key may still be down.
    doubtful: it was pressed since, or it repeats. ignored: it repeats.
    """

    state: State = "up"
    since_ms: float = 0.0
    """When it was pressed last, as a person or the terminal does it."""

    @property
    def talking(self) -> bool:
        """True while the user talks."""
        return self.state in {"pressed", "held", "latched"}

    @property
    def until_ms(self) -> float | None:
        """When time alone changes something; None: it does not."""
        match self.state:
            case "pressed" | "unlatched":
                return self.since_ms + FIRST_REPEAT_MS
            case "held" | "ignored":
                return self.since_ms + RELEASED_MS
            case "released":
                return self.since_ms + LATE_REPEAT_MS
            case "doubtful":
                return self.since_ms + NEXT_REPEAT_MS
            case "up" | "latched":
                return None


def passed(bar: SpaceBar, now_ms: float) -> SpaceBar:
    """Return what is known at a later time at which the key was not pressed."""
    while (until_ms := bar.until_ms) is not None and until_ms <= now_ms:
        match bar.state:
            case "pressed":
                bar = replace(bar, state="latched")
            case "held":
                bar = replace(bar, state="released")
            case "doubtful":
                bar = SpaceBar(state="pressed", since_ms=bar.since_ms)
            case _:
                bar = SpaceBar(since_ms=bar.since_ms)
    return bar


def pressed(bar: SpaceBar, at_ms: float) -> SpaceBar:
    """Return what is known after the terminal has told that the key went down."""
    state = _AFTER_PRESS[passed(bar, at_ms).state]
    return SpaceBar(state=state, since_ms=at_ms)
