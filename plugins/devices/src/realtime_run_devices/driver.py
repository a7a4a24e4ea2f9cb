"""What sound systems are reached by, so that another one can be put in their place."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from realtime_run.plugin.sound_devices import SoundDevice

Direction: TypeAlias = Literal["input", "output"]

Pull: TypeAlias = Callable[[int], bytes]
"""Given a number of frames, returns exactly so many: mono s16le. Never raises."""

Take: TypeAlias = Callable[[bytes], None]
"""Takes what was heard: mono s16le. Never raises."""


class Found(Struct, frozen=True, kw_only=True):
    """A device that is there."""

    device: SoundDevice
    address: object = None
    """By what its driver opens it."""
    loopback: bool = False
    """True if it is no microphone, but hears what a loudspeaker plays."""


class Format(Struct, frozen=True, kw_only=True):
    """How sound goes to or from a device: mono s16le."""

    rate_hz: int
    period_ms: int
    """How much at a time, about."""


class Stream(Protocol):
    """A device that is open, and calls back from a thread of its driver."""

    def close(self) -> None:
        """Stop calling back, without playing what it still holds. May take its time."""
        ...


class Driver(Protocol):
    """A sound system. Every call may take its time, and may be made in any thread."""

    def listed(self) -> Sequence[Found]:
        """Return the devices, each direction counted from 0.

        Raises:
            AudioError: If there is no sound system, or it cannot be asked.
        """
        ...

    def open_output(self, found: Found | None, form: Format, pull: Pull) -> Stream:
        """Open a loudspeaker that calls `pull`; None: the one the system chooses.

        Raises:
            AudioError: If it cannot be used; says why, without its name.
        """
        ...

    def open_input(self, found: Found | None, form: Format, take: Take) -> Stream:
        """Open a microphone that calls `take`; None: the one the system chooses.

        Raises:
            AudioError: If it cannot be used; says why, without its name.
        """
        ...
