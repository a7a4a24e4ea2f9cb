"""`tools:` of the settings: whether the model waits for a function's result."""

from typing import Literal

from pydantic import Field

from realtime_run.plugin.settings import Settings

_BEHAVIOR = "auto: the model's own; blocking: it waits; non_blocking: it talks on"
_SCHEDULING = "of non_blocking: when the model speaks of the result"


class FunctionSettings(Settings):
    """How one function is called; what is not written is as for all."""

    behavior: Literal["auto", "blocking", "non_blocking"] | None = Field(
        default=None, description=_BEHAVIOR
    )
    scheduling: Literal["when_idle", "interrupt", "silent"] | None = Field(
        default=None, description=_SCHEDULING
    )


class ToolSettings(Settings):
    """How functions are called."""

    behavior: Literal["auto", "blocking", "non_blocking"] = Field(
        default="auto", description=_BEHAVIOR
    )
    scheduling: Literal["when_idle", "interrupt", "silent"] = Field(
        default="when_idle", description=_SCHEDULING
    )
    functions: dict[str, FunctionSettings] = Field(
        default_factory=dict[str, FunctionSettings], description="exceptions, by name"
    )

    def behavior_of(self, name: str) -> Literal["auto", "blocking", "non_blocking"]:
        """Return how a function is to be called."""
        own = self.functions.get(name)
        return (own.behavior if own else None) or self.behavior

    def scheduling_of(self, name: str) -> Literal["when_idle", "interrupt", "silent"]:
        """Return when the model speaks of a function's result."""
        own = self.functions.get(name)
        return (own.scheduling if own else None) or self.scheduling
