"""`setup: {realtime_input_config: …}` of the settings: when a turn begins and ends."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from realtime_run.plugin.settings import Settings

_FOREIGN = {
    "disabled": "write turn: {end: push_to_talk} or {end: local}, at the spec's top"
}


class AutomaticActivityDetection(Settings):
    """How the server hears that the user speaks."""

    foreign_keys: ClassVar[Mapping[str, str]] = _FOREIGN

    start_of_speech_sensitivity: (
        Literal["START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"] | None
    ) = Field(default=None, description="high: it takes more sounds for speech")
    end_of_speech_sensitivity: (
        Literal["END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"] | None
    ) = Field(default=None, description="high: it takes more pauses for the end")
    prefix_padding_ms: int | None = Field(
        default=None, ge=0, description="how much speech it needs before that counts"
    )
    silence_duration_ms: int | None = Field(
        default=None, ge=0, description="silence that ends a turn"
    )


class RealtimeInputConfig(Settings):
    """What the server does with the user's sound and pictures."""

    automatic_activity_detection: AutomaticActivityDetection | None = Field(
        default=None, description="instead of the spec's `turn`, field for field"
    )
    activity_handling: (
        Literal["START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"] | None
    ) = Field(default=None, description="instead of the spec's `barge_in`")
    turn_coverage: (
        Literal[
            "TURN_INCLUDES_ONLY_ACTIVITY",
            "TURN_INCLUDES_ALL_INPUT",
            "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
        ]
        | None
    ) = Field(default=None, description="what of the input is part of a turn")
    interim_transcript_timestamp_enabled: bool | None = Field(
        default=None, description="what is heard early is timed: see `original`"
    )
