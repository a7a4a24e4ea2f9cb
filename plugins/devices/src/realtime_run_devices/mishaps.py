"""Errors in a driver's thread: counted, and told of once."""

from collections.abc import Callable

from realtime_run.plugin.edges import DeviceChange
from realtime_run_devices.driver import Direction


class Mishaps:
    """What failed while sound went to or from a device."""

    def __init__(
        self, direction: Direction, report: Callable[[DeviceChange], None]
    ) -> None:
        """Begin with none.

        Args:
            direction: Which way the sound goes.
            report: Is told of the first one. May be called from any thread.
        """
        self.count = 0
        """How many there were."""
        self.device = "default"
        """What the device calls itself."""
        self._direction: Direction = direction
        self._report = report

    def note(self, error: Exception) -> None:
        """Count an error, and tell of it if it is the first."""
        self.count += 1
        if self.count > 1:
            return  # a hundred a second say no more than one
        self._report(
            DeviceChange(
                direction=self._direction,
                state="failed",
                device=self.device,
                reason=str(error) or type(error).__name__,
            )
        )
