"""`session:` of the settings: the server's own session object, key for key.

What is not written is not sent, so that the server's defaults apply; the defaults shown
here are the server's. What has a portable place in a spec (instructions, functions as
tools, turns, voice) is better written there.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from realtime_run.plugin.settings import NonEmptySecret, Settings, value_error
from realtime_run_openai.misfits import Misfit, raised

MAX_OUTPUT_TOKENS = 4096
_PCM_RATE_HZ = 24_000
_CHOICES = ("auto", "none", "required")
Text: TypeAlias = Annotated[str, Field(min_length=1)]


class CustomVoice(Settings):
    """A voice made from recordings, by its id."""

    id: Text = Field(description="such as voice_1234")


Voice: TypeAlias = Text | CustomVoice


def _type_of(value: object) -> object:
    if not isinstance(value, Mapping):
        return None
    return cast("Mapping[str, object]", value).get("type")


def _only_pcm(value: object) -> object:
    kind = _type_of(value)
    if kind in ("audio/pcmu", "audio/pcma"):
        raise value_error(
            message="{got} cannot be used: only audio/pcm is sent and played",
            hint="leave 'format' out: the samples are 16-bit PCM at 24000 Hz",
            got=f"'{kind}'",
        )
    return value


class PcmFormat(Settings):
    """Signed 16-bit little-endian samples, mono."""

    type: Literal["audio/pcm"] = Field(description="the only format that is played")
    rate: Literal[24000] = Field(
        default=_PCM_RATE_HZ, description="the only rate that the server takes"
    )


Format: TypeAlias = Annotated[PcmFormat, BeforeValidator(_only_pcm)]


class Transcription(Settings):
    """How what the user says is turned into text: beside the model, which hears it."""

    model: Text | None = Field(
        default=None, description="the model that transcribes; null: a current one"
    )
    language: Text | None = Field(default=None, description="ISO 639-1, such as en")
    languages: tuple[Text, ...] | None = Field(
        default=None, description="the languages that may be spoken"
    )
    prompt: Text | None = Field(default=None, description="what may be talked about")
    keywords: tuple[Text, ...] | None = Field(
        default=None, description="names and words that may be said"
    )
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = Field(
        default=None, description="how long it waits for more context"
    )


class NoiseReduction(Settings):
    """A filter before turn detection and model."""

    type: Literal["near_field", "far_field"] = Field(
        description="near_field: headset; far_field: laptop or conference room"
    )
    strength: float = Field(default=1.0, ge=0, description="more suppresses more")


class ServerVad(Settings):
    """Turns end after silence."""

    type: Literal["server_vad"] = Field(description="by silence")
    threshold: float = Field(
        default=0.5, ge=0, le=1, description="higher needs louder speech"
    )
    prefix_padding_ms: int = Field(
        default=300, ge=0, description="audio kept from before the speech"
    )
    silence_duration_ms: int = Field(
        default=500, ge=0, description="silence that ends a turn"
    )
    idle_timeout_ms: int | None = Field(
        default=None, gt=0, description="silence after which the model speaks by itself"
    )
    create_response: bool = Field(
        default=True, description="the server answers a turn by itself"
    )
    interrupt_response: bool = Field(
        default=True, description="the server stops its response when the user speaks"
    )


class SemanticVad(Settings):
    """Turns end when what was said sounds complete."""

    type: Literal["semantic_vad"] = Field(description="by what was said")
    eagerness: Literal["low", "medium", "high", "auto"] = Field(
        default="auto", description="waits up to 8, 4 or 2 s; auto is medium"
    )
    create_response: bool = Field(
        default=True, description="the server answers a turn by itself"
    )
    interrupt_response: bool = Field(
        default=True, description="the server stops its response when the user speaks"
    )


TurnDetection: TypeAlias = Annotated[
    ServerVad | SemanticVad, Field(discriminator="type")
]


class AudioInput(Settings):
    """What the server does with the user's audio."""

    format: Format | None = Field(default=None, description="PCM at 24000 Hz, always")
    transcription: Transcription | None = Field(
        default_factory=Transcription,
        description="null: what the user says is not read",
    )
    noise_reduction: NoiseReduction | None = Field(
        default=None, description="null: none"
    )
    turn_detection: TurnDetection | None = Field(
        default=None, description="instead of the spec's `turn`"
    )

    @model_validator(mode="after")
    def _somebody_ends_turns(self) -> "AudioInput":
        if self.turn_detection is None and "turn_detection" in self.model_fields_set:
            wrong = Misfit(
                ("turn_detection",),
                "null would leave nobody to end the user's turns",
                "leave it out; push to talk cannot be done",
            )
            raise raised([wrong])
        return self


class AudioOutput(Settings):
    """How the model speaks."""

    format: Format | None = Field(default=None, description="PCM at 24000 Hz, always")
    voice: Voice | None = Field(
        default=None, description="instead of `voice` beside `session`"
    )
    speed: float = Field(
        default=1.0, ge=0.25, le=1.5, description="1.0 is the voice's own"
    )


class Audio(Settings):
    """Audio in and out."""

    input: AudioInput = Field(default_factory=AudioInput, description="of the user")
    output: AudioOutput = Field(default_factory=AudioOutput, description="of the model")


class ToolFilter(Settings):
    """Some tools of a server."""

    tool_names: tuple[Text, ...] | None = Field(default=None, description="by name")
    read_only: bool | None = Field(
        default=None, description="those that change nothing, or those that do"
    )


class ApprovalFilter(Settings):
    """Which tools of a server need leave."""

    always: ToolFilter | None = Field(default=None, description="these do")
    never: ToolFilter | None = Field(default=None, description="these do not")


def _is_server_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise value_error(
            message="{got} is no http:// or https:// address", got=f"'{url}'"
        )
    return url


class McpServer(Settings):
    """Tools behind an MCP server that the provider calls by itself."""

    type: Literal["mcp"] = Field(description="function tools stand in `tools`")
    server_label: Text = Field(description="what events call it")
    server_url: Annotated[str, AfterValidator(_is_server_url)] | None = Field(
        default=None, description="its address, as the provider reaches it"
    )
    connector_id: Text | None = Field(default=None, description="a hosted connector")
    tunnel_id: Text | None = Field(default=None, description="a Secure MCP Tunnel")
    server_description: Text | None = Field(default=None, description="for the model")
    authorization: NonEmptySecret | None = Field(
        default=None, description="an OAuth access token"
    )
    headers: dict[str, NonEmptySecret] | None = Field(
        default=None, description="HTTP headers for the server"
    )
    allowed_tools: tuple[Text, ...] | ToolFilter | None = Field(
        default=None, description="the only ones that may be called"
    )
    require_approval: Literal["always", "never"] | ApprovalFilter = Field(
        default="always", description="whether handlers are asked for leave"
    )
    defer_loading: bool | None = Field(
        default=None, description="the model looks its tools up when it needs them"
    )
    allowed_callers: tuple[Literal["direct", "programmatic"], ...] | None = Field(
        default=None, description="who may call them"
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> "McpServer":
        places = ("server_url", "connector_id", "tunnel_id")
        if sum(getattr(self, place) is not None for place in places) != 1:
            raise value_error(
                message="an MCP server needs one of server_url, connector_id, tunnel_id"
            )
        return self


def _no_function(value: object) -> object:
    if _type_of(value) == "function":
        raise value_error(
            message="a function tool cannot stand here: nobody would run it",
            hint="write functions into a file, and the file into the spec's 'tools'",
        )
    return value


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
    tools: tuple[Annotated[McpServer, BeforeValidator(_no_function)], ...] = Field(
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
