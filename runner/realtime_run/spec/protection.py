"""What a spec's `barge_in.protect:` may say."""

from pydantic import Field

from realtime_run.core.presets import Protect
from realtime_run.spec.values import Duration, Settings, milliseconds, seconds


class ProtectSettings(Settings):
    """When speech does not interrupt the agent."""

    greeting: bool = Field(
        default=False, description="While it says the greeting it was told to say."
    )
    start: Duration = Field(
        default=seconds(0),
        ge=0,
        le=10,
        description="So long after each response begins to be heard.",
    )
    tools: bool = Field(default=False, description="While tools run.")

    def over(self, below: Protect) -> Protect:
        """Return it as the runner carries it out; what was not written, as `below`."""
        given = self.model_fields_set
        start_ms = milliseconds(self.start) or 0
        return Protect(
            greeting=self.greeting if "greeting" in given else below.greeting,
            start_ms=start_ms if "start" in given else below.start_ms,
            tools=self.tools if "tools" in given else below.tools,
        )
