"""What a spec's `turn:` may say."""

from typing import Literal

from pydantic import Field

from realtime_run.core.turn_detection import TurnDetection
from realtime_run.spec.values import Duration, Settings, milliseconds


class TurnSettings(Settings):
    """When the user has finished, and the model answers."""

    end: Literal["auto", "server", "semantic", "local", "push_to_talk"] = Field(
        default="auto",
        description="Who finds the end of the user's turn: auto is what the provider"
        " does best, server listens for silence, semantic weighs what was said, local"
        " listens for silence on this machine, push_to_talk waits for the key.",
    )
    eagerness: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How soon a pause counts as the end."
    )
    silence: Duration | None = Field(
        default=None,
        ge=0,
        le=10,
        description="How much silence ends the user's turn.",
    )
    nudge_after: Duration | None = Field(
        default=None,
        gt=0,
        le=600,
        description="After how much silence of the user the model speaks by itself.",
    )

    def lowered(self) -> TurnDetection:
        """Return it as providers are told."""
        return TurnDetection(
            end=self.end,
            eagerness=self.eagerness,
            silence_ms=milliseconds(self.silence),
            nudge_after_ms=milliseconds(self.nudge_after),
        )
