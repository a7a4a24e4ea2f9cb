"""`session:` of the settings: the server's own session object, key for key.

What is not written is not sent, so that the server's defaults apply; the defaults shown
here are the server's. What has a portable place in a spec (instructions, functions as
tools, turns, voice) is better written there.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue

from realtime_run.plugin.settings import Settings, value_error
from realtime_run_openai.audio_settings import Audio
from realtime_run_openai.field_types import Text
from realtime_run_openai.mcp_settings import Tool

MAX_OUTPUT_TOKENS = 4096
_CHOICES = ("auto", "none", "required")


class FunctionChoice(Settings):
    """One function, always."""

    type: Literal["function"] = Field(description="one of the spec's `tools`")
    name: Text = Field(description="which one")


class McpChoice(Settings):
    """Tools of one MCP server, always."""

    type: Literal["mcp"] = Field(description="one of an MCP server's")
    server_label: Text = Field(description="the server")
    name: Text | None = Field(default=None, description="which one; null: any")


def _choice(value: object) -> object:
    if isinstance(value, str) and value not in _CHOICES:
        raise value_error(
            message="{got} is not one of: {known}",
            hint="write {type: function, name: ...} for one function",
            got=f"'{value}'",
            known=", ".join(_CHOICES),
        )
    return value


ToolChoice: TypeAlias = Annotated[
    Literal["auto", "none", "required"]
    | Annotated[FunctionChoice | McpChoice, Field(discriminator="type")],
    BeforeValidator(_choice),
]


class Reasoning(Settings):
    """How long the model thinks."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] = Field(
        description="more is slower; none is xAI's alone"
    )


class Prompt(Settings):
    """A prompt that is stored with the provider."""

    id: Text = Field(description="such as pmpt_123")
    version: Text | None = Field(default=None, description="null: the newest")
    variables: dict[str, str] | None = Field(
        default=None, description="texts for its placeholders"
    )


class Tracing(Settings):
    """How a session is called among the provider's traces."""

    workflow_name: Text | None = Field(default=None, description="the trace's name")
    group_id: Text | None = Field(default=None, description="groups several traces")
    metadata: dict[str, JsonValue] | None = Field(
        default=None, description="what traces can be searched by"
    )


class TokenLimits(Settings):
    """How long the conversation may grow."""

    post_instructions: int = Field(ge=1, description="tokens after the instructions")


class RetentionRatio(Settings):
    """How much is kept when the conversation is too long."""

    type: Literal["retention_ratio"] = Field(description="by share")
    retention_ratio: float = Field(ge=0, le=1, description="0.8 keeps 80 %")
    token_limits: TokenLimits | None = Field(
        default=None, description="null: the model's own"
    )


class SessionSettings(Settings):
    """The session object. See `session:` in the README."""

    instructions: Text | None = Field(
        default=None, description="instead of the spec's `instructions`"
    )
    output_modalities: tuple[Literal["audio", "text"], ...] = Field(
        default=("audio",), min_length=1, max_length=1, description="never both"
    )
    max_output_tokens: (
        Annotated[int, Field(ge=1, le=MAX_OUTPUT_TOKENS)] | Literal["inf"]
    ) = Field(default="inf", description="the longest response")
    tools: tuple[Tool, ...] = Field(
        default=(), description="MCP servers; functions stand in the spec's `tools`"
    )
    tool_choice: ToolChoice = Field(
        default="auto", description="whether and which tools are called"
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="several calls in one response"
    )
    reasoning: Reasoning | None = Field(
        default=None, description="for models that reason"
    )
    prompt: Prompt | None = Field(default=None, description="a stored prompt")
    include: tuple[Literal["item.input_audio_transcription.logprobs"], ...] = Field(
        default=(), description="further fields of the server's messages"
    )
    tracing: Literal["auto"] | Tracing | None = Field(
        default=None, description="null: no traces"
    )
    truncation: Literal["auto", "disabled"] | RetentionRatio = Field(
        default="auto", description="what is forgotten when the context is full"
    )
    audio: Audio = Field(default_factory=Audio, description="audio in and out")
