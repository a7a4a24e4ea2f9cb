"""The contract of what `realtime-run devices` lists and tests."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct


class SoundDevice(Struct, frozen=True, kw_only=True):
    """A microphone or a speaker of this machine."""

    index: int
    """Counts the devices of its direction from 0: a spec may name it so."""
    name: str
    direction: Literal["input", "output"]
    default: bool = False


class DeviceTest(Struct, frozen=True, kw_only=True):
    """What a test of a microphone and a speaker found."""

    recorded_db: float
    """How loud the second that was recorded is, in dB below full scale."""
    clipped: bool = False
    """Whether it was too loud for the microphone's range."""
    played_ms: int
    echo_db: float | None
    """How much quieter the speaker comes back through the microphone, in dB; None: it
    does not."""
    echo_delay_ms: int | None
    """How long that takes."""


class SoundDevices(Protocol):
    """Lists and tests the devices of this machine. Making one has no side effects."""

    def listed(self) -> Sequence[SoundDevice]:
        """Return the devices. May take its time.

        Raises:
            AudioError: If the sound system cannot be asked.
        """
        ...

    def test(
        self,
        input_device: str | int,
        output_device: str | int,
        report: Callable[[str], None],
    ) -> DeviceTest:
        """Record a second, play it back, and measure the echo. Takes seconds.

        Args:
            input_device: A name, an index, or `default`.
            output_device: The same.
            report: Is told what happens, line by line.

        Raises:
            AudioError: If a device cannot be used.
        """
        ...
