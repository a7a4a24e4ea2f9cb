"""What a client may say of a session: the service's rules, as strict models."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

VOICES = (
    "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin",
    "cedar",
)  # fmt: skip


class Shape(BaseModel):
    """A part of a client event in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


Modalities: TypeAlias = Annotated[
    list[Literal["text", "audio"]], Field(min_length=1, max_length=1)
]
"""Text or audio, never both."""
MaxTokens: TypeAlias = Literal["inf"] | Annotated[int, Field(ge=1, le=4096)]


class Pcm24(Shape):
    """16-bit samples at 24 kHz, the only rate there is."""

    type: Literal["audio/pcm"]
    rate: int = Field(24_000, ge=24_000, le=24_000)


class Pcmu(Shape):
    """G.711 µ-law at 8 kHz."""

    type: Literal["audio/pcmu"]


class Pcma(Shape):
    """G.711 A-law at 8 kHz."""

    type: Literal["audio/pcma"]


AudioFormat: TypeAlias = Annotated[Pcm24 | Pcmu | Pcma, Field(discriminator="type")]


class ServerVad(Shape):
    """Turns by the energy of the sound."""

    type: Literal["server_vad"]
    threshold: float = Field(0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(300, ge=0, le=5_000)
    silence_duration_ms: int = Field(200, ge=0, le=10_000)
    idle_timeout_ms: int | None = Field(None, ge=1, le=600_000)
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Shape):
    """Turns by what is said."""

    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class Transcription(Shape):
    """How the user's speech is written down."""

    model: str = "gpt-realtime-whisper"
    language: str | None = None
    languages: list[str] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class NoiseReduction(Shape):
    """What is done to the sound before it is heard."""

    type: Literal["near_field", "far_field"]
    strength: float = Field(1.0, ge=0)


class CustomVoice(Shape):
    """A voice of one's own."""

    id: str = Field(pattern="^voice_")


Voice: TypeAlias = (
    Literal[
        "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse",
        "marin", "cedar",
    ]
    | CustomVoice
)  # fmt: skip


class AudioInput(Shape):
    """`audio.input`."""

    format: AudioFormat = Pcm24(type="audio/pcm", rate=24_000)
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: (
        Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None
    ) = None


class AudioOutput(Shape):
    """`audio.output`."""

    format: AudioFormat = Pcm24(type="audio/pcm", rate=24_000)
    voice: Voice = "alloy"
    speed: float = Field(1.0, ge=0.25, le=1.5)


class Audio(Shape):
    """`audio`."""

    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput(speed=1.0)


class FunctionTool(Shape):
    """A tool that the client runs."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolNames(Shape):
    """Some of a server's tools."""

    tool_names: list[str] | None = None
    read_only: bool | None = None


class ApprovalFilter(Shape):
    """Which calls are asked for."""

    always: ToolNames | None = None
    never: ToolNames | None = None


class McpTool(Shape):
    """A server of tools that the service calls by itself."""

    type: Literal["mcp"]
    server_label: str = Field(min_length=1)
    server_url: str | None = None
    server_description: str | None = None
    connector_id: str | None = None
    tunnel_id: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    allowed_tools: list[str] | ToolNames | None = None
    require_approval: Literal["always", "never"] | ApprovalFilter | None = None
    defer_loading: bool | None = None


Tools: TypeAlias = list[Annotated[FunctionTool | McpTool, Field(discriminator="type")]]


class ChosenFunction(Shape):
    """The model has to call this function."""

    type: Literal["function"]
    name: str


class ChosenMcp(Shape):
    """The model has to call this server."""

    type: Literal["mcp"]
    server_label: str
    name: str | None = None


ToolChoice: TypeAlias = (
    Literal["auto", "none", "required"]
    | Annotated[ChosenFunction | ChosenMcp, Field(discriminator="type")]
)


class Reasoning(Shape):
    """How hard the model thinks."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class Prompt(Shape):
    """A prompt that is kept at the service."""

    id: str
    version: str | None = None
    variables: dict[str, Any] | None = None


class Tracing(Shape):
    """How a session is traced."""

    workflow_name: str | None = None
    group_id: str | None = None
    metadata: dict[str, Any] | None = None


class TokenLimits(Shape):
    """How many tokens of the conversation are kept."""

    post_instructions: int | None = Field(None, ge=0)


class RetentionRatio(Shape):
    """How much of a conversation that is too long is kept."""

    type: Literal["retention_ratio"]
    retention_ratio: float = Field(ge=0, le=1)
    token_limits: TokenLimits | None = None


class SessionShape(Shape):
    """The object that `session.update` carries."""

    type: Literal["realtime"]
    model: str | None = None
    instructions: str = ""
    output_modalities: Modalities = ["audio"]
    max_output_tokens: MaxTokens = "inf"
    tools: Tools = []
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    prompt: Prompt | None = None
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    tracing: Literal["auto"] | Tracing | None = None
    truncation: Literal["auto", "disabled"] | RetentionRatio = "auto"
    audio: Audio = Audio()
