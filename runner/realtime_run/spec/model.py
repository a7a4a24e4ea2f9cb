"""What a spec says, once it is read: strict, frozen, with no text left to interpret."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from realtime_run.core.errors import Problem
from realtime_run.spec.barge_in import BargeInField, BargeInSettings
from realtime_run.spec.scalars import show
from realtime_run.spec.source import Span
from realtime_run.spec.turn import TurnSettings
from realtime_run.spec.values import Duration, Settings, seconds, value_error

PluginKind: TypeAlias = Literal[
    "provider",
    "audio",
    "video",
    "handler",
    "tools",
    "vad",
    "simulator",
    "speech",
    "devices",
]


class SettingsLookup(Protocol):
    """Finds the settings model of an installed plugin."""

    def __call__(self, kind: PluginKind, name: str) -> type[Settings]:
        """Return the model of what stands beside `use: name`.

        Raises:
            PluginError: If the plugin is missing, broken or of another kind.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a plugin, or of a file of the user's own."""

    use: str
    """As it is written: a plugin's name, `./file.py` or `./file.py:name`."""
    settings: Settings | None = field(default=None, repr=False)
    """What stands beside `use`: an instance of the plugin's own model."""
    path: Path | None = None
    """The user's file; None for a plugin."""
    attribute: str | None = None
    """The name after the colon in `./file.py:name`."""
    place: Span | None = field(default=None, compare=False, repr=False)

    def problem(self, message: str, hint: str | None = None) -> Problem:
        """Return a problem that stands where the spec says `use`."""
        if self.place is None:
            return Problem(message=message, file=f"use: {self.use}", hint=hint)
        return self.place.problem(message, hint)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take instances only: the loader makes them before it validates the rest."""
        return core_schema.is_instance_schema(
            cls,
            serialization=core_schema.plain_serializer_function_ser_schema(_dump),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both ways to write one."""
        return {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"use": {"type": "string"}},
                    "required": ["use"],
                },
            ]
        }


def _dump(use: Use) -> dict[str, object]:
    if use.settings is None:
        return {"use": use.use}
    return {"use": use.use, **use.settings.model_dump(mode="json", fallback=str)}


def _only_whole(value: object) -> object:
    if isinstance(value, bool | float):  # both may equal 1
        raise value_error(message="must be 1, not {got}", got=show(value))
    return value


class ReconnectSettings(Settings):
    """What happens when the connection to the provider ends unasked."""

    max_attempts: int = Field(
        default=8,
        ge=0,
        le=100,
        description="How often to try again in a row; 0 ends the session instead.",
    )


class SessionSettings(Settings):
    """How a conversation is kept going, and when it counts as over."""

    reconnect: ReconnectSettings = Field(
        default=ReconnectSettings(),
        description="What happens when the connection to the provider ends unasked.",
    )
    rotate: Literal["before_limit", "never"] = Field(
        default="before_limit",
        description="Where the provider ends every connection after some time: move to"
        " a new one before that, while nobody speaks, or wait until it is lost.",
    )
    quiet: Duration = Field(
        default=seconds(1.5),
        description="How long all must be silent after the input is used up to end it.",
    )
    answer_within: Duration = Field(
        default=seconds(30),
        description="How long to wait for an answer after the input is used up.",
    )


class UserToolsSettings(Settings):
    """What may stand beside `use: ./tools.py`."""

    timeout: Duration = Field(
        default=seconds(30), gt=0, description="How long one call of a tool may take."
    )


class UserHandlerSettings(Settings):
    """What may stand beside `use: ./handlers.py`: nothing."""


class AutoSettings(Settings):
    """What may stand beside `use: auto`: nothing."""


AUTO = "auto"
"""The use that leaves the choice of a plugin to the runner."""
CHOSEN: frozenset[PluginKind] = frozenset({"vad"})
"""The kinds of which the runner can choose one."""


class AgentSpec(Settings):
    """One voice agent."""

    version: Annotated[Literal[1], BeforeValidator(_only_whole)] = Field(
        default=1, description="The version of the spec language."
    )
    name: str = Field(
        default="agent",
        min_length=1,
        description="What the agent is called in records.",
    )
    provider: Use = Field(description="The speech-to-speech model to talk to.")
    instructions: str = Field(
        default="", description="What the model is told before the conversation."
    )
    audio: Use = Field(
        default=Use(use="none"), description="Where the user is heard and hears."
    )
    video: Use = Field(
        default=Use(use="none"),
        description="What the model is shown: a camera, the screen, a film.",
    )
    fps: float = Field(
        default=1.0,
        gt=0,
        le=30,
        description="How many pictures a second the model is sent, at most.",
    )
    turn: TurnSettings = Field(
        default=TurnSettings(),
        description="When the user has finished, and the model answers.",
    )
    barge_in: BargeInField = Field(
        default=BargeInSettings(),
        description="What happens when the user speaks while the agent does: the name"
        " of a preset, or a block.",
    )
    greeting: str | None = Field(
        default=None,
        min_length=1,
        description="What the model is told to say first; else it waits for the user.",
    )
    vad: Use = Field(
        default=Use(use=AUTO),
        description="What hears where the user speaks, where the runner has to know.",
    )
    tools: tuple[Use, ...] = Field(
        default=(), description="What the model may call: plugins and Python files."
    )
    handlers: tuple[Use, ...] = Field(
        default=(Use(use="console"),),
        description="What listens to the session's events: plugins and Python files.",
    )
    session: SessionSettings = Field(
        default=SessionSettings(), description="How the conversation is kept going."
    )


SINGLE_USES: dict[str, PluginKind] = {
    "provider": "provider",
    "audio": "audio",
    "video": "video",
    "vad": "vad",
}
"""The fields that hold one use, and the kind of plugin they take."""
PRESETS: tuple[str, ...] = ("barge_in",)
"""The fields that are the name of a preset, or the keys that one stands for."""
LISTED_USES: dict[str, PluginKind] = {"tools": "tools", "handlers": "handler"}
"""The fields that hold a list of uses."""
USER_FILE_SETTINGS: dict[PluginKind, type[Settings]] = {
    "tools": UserToolsSettings,
    "handler": UserHandlerSettings,
}
"""The kinds for which a file of the user's own can stand in."""
