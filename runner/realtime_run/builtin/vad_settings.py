"""What may stand beside `use:` under `vad:`, for the detector that is built in."""

from pydantic import Field

from realtime_run.plugin.settings import Settings


class EnergySettings(Settings):
    """How loud speech is."""

    threshold: float = Field(default=10.0, ge=3, le=40)
    """So many decibels above the noise of the room is speech."""
