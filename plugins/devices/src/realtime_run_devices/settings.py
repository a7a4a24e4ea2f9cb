"""What may stand beside `use: devices`."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from realtime_run.plugin.settings import Duration, Settings, seconds, value_error
from realtime_run_devices.echo_cancellation import is_installed, is_whole

Choice = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=0)]
"""A device: its name or a part of it, its index, `default`, or `none`."""

NONE = "none"


class DevicesSettings(Settings):
    """Which microphone and loudspeaker, and what becomes of the sound."""

    input: Choice = "default"
    """The microphone: a name or a part of one, an index, `default`, or `none`."""
    output: Choice = "default"
    """The loudspeaker, in the same way."""
    input_rate: int = Field(48_000, ge=8_000, le=192_000)
    """Frames a second that are asked of the microphone."""
    output_rate: int | None = Field(None, ge=8_000, le=192_000)
    """Frames a second that are given to the loudspeaker; else the provider's."""
    period: Duration = Field(seconds(0.01), ge=0.005, le=0.1)
    """How much sound goes to and from a device at a time."""
    echo_cancellation: bool = False
    """Take the agent's voice out of what the microphone hears: the extra `aec`."""
    noise_suppression: bool = False
    """Take steady noise out of what the microphone hears: the extra `aec`."""
    half_duplex: bool = False
    """Hear nothing while the agent can be heard."""

    @property
    def hears(self) -> bool:
        """Whether there is a microphone."""
        return self.input != NONE

    @property
    def speaks(self) -> bool:
        """Whether there is a loudspeaker."""
        return self.output != NONE

    @field_validator("echo_cancellation", "noise_suppression")
    @classmethod
    def _is_possible(
        cls,
        wanted: bool,  # noqa: FBT001 - pydantic calls it
        info: ValidationInfo,
    ) -> bool:
        if not wanted:
            return wanted
        if not is_installed():
            hint = "pip install 'realtime-run[aec]'"
            if info.field_name == "echo_cancellation":
                hint += ", or write half_duplex: true"
            raise value_error(
                message="'{got}' needs the package livekit, which is not installed",
                hint=hint,
                got=str(info.field_name),
            )
        rate_hz = info.data.get("input_rate")
        if rate_hz is not None and not is_whole(rate_hz):
            raise value_error(
                message="'{got}' cannot take an input_rate of {rate}",
                hint="write another input_rate: 48000 or 16000, as a rule",
                got=str(info.field_name),
                rate=str(rate_hz),
            )
        return wanted

    @model_validator(mode="after")
    def _fits(self) -> "DevicesSettings":
        if not self.hears and not self.speaks:
            raise value_error(
                message="neither 'input' nor 'output' is a device",
                hint="name one of them; without any it is `audio: none`",
            )
        for key in ("echo_cancellation", "half_duplex"):
            if getattr(self, key) and not (self.hears and self.speaks):
                raise value_error(
                    message="'{got}' is for a microphone that hears the loudspeaker",
                    hint="leave it out where 'input' or 'output' is none",
                    got=key,
                )
        if self.noise_suppression and not self.hears:
            raise value_error(
                message="'noise_suppression' is for a microphone",
                hint="leave it out where 'input' is none",
            )
        return self
