"""What stands beside `use: silero` under `vad:`."""

from pydantic import Field

from realtime_run.plugin.settings import Settings


class SileroSettings(Settings):
    """How sure the model must be."""

    threshold: float = Field(
        default=0.5,
        ge=0.2,
        le=0.95,
        description="speech probability that counts as speech",
    )
