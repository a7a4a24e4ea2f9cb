"""What a client may say of a session, as strict models.

What a field may be on all models stands here; what only some models take is told by
`session`.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from realtime_run_openai.simulator.shapes import Shape


def _text_alone_or_with_audio(given: list[str]) -> list[str]:
    if sorted(given) not in (["text"], ["audio", "text"]):
        message = "supported are ['text'] and ['text', 'audio']"
        raise ValueError(message)
    return given


Modalities: TypeAlias = Annotated[
    list[Literal["text", "audio"]], AfterValidator(_text_alone_or_with_audio)
]
"""Text, or text and audio: audio alone is refused."""
Format: TypeAlias = Literal["pcm", "pcm16", "pcm24"]
"""Names of mono s16le."""


class TurnDetection(Shape):
    """How the server finds turns."""

    type: Literal["server_vad", "semantic_vad", "smart_turn"]
    threshold: float = Field(0.5, ge=-1, le=1)
    prefix_padding_ms: int = Field(300, ge=0, le=60_000)
    silence_duration_ms: int = Field(800, ge=200, le=6_000)
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = Field(None, ge=5_000, le=30_000)


class Transcription(Shape):
    """How the user's speech is written down."""

    model: str | None = None
    language: str | None = None


class Function(Shape):
    """A function that the client runs."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(Shape):
    """A tool: unlike OpenAI's, its function is an object of its own."""

    type: Literal["function"]
    function: Function


class SearchOptions(Shape):
    """How the web is searched."""

    enable_source: bool = False


class InputFormat(Shape):
    """What the client sends."""

    type: Literal["pcm"]
    sample_rate: Literal[16_000] = 16_000


class OutputFormat(Shape):
    """What the client wants to hear."""

    type: Literal["pcm"]
    sample_rate: Literal[24_000] = 24_000


class AudioInput(Shape):
    """`audio.input`."""

    format: InputFormat


class AudioOutput(Shape):
    """`audio.output`."""

    format: OutputFormat


class Audio(Shape):
    """The formats, as Alibaba's SDK 2 writes them."""

    input: AudioInput | None = None
    output: AudioOutput | None = None


class VideoInput(Shape):
    """`video.input`."""

    representation_compact: str


class Video(Shape):
    """`video`."""

    input: VideoInput


class SessionShape(Shape):
    """The object that `session.update` carries."""

    modalities: Modalities = Field(default=["text", "audio"])
    voice: str | None = None
    instructions: str = ""
    input_audio_format: Format = "pcm"
    output_audio_format: Format = "pcm"
    audio: Audio = Audio()
    video: Video | None = None
    input_audio_transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None
    smooth_output: bool | None = None
    tools: list[Tool] = Field(default=[])
    tool_choice: Literal["auto", "none", "required"] = "auto"
    enable_search: bool = False
    search_options: SearchOptions = SearchOptions()
    temperature: float = Field(0.9, ge=0, lt=2)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(50, ge=0)
    max_tokens: int = Field(2048, ge=1)
    repetition_penalty: float = Field(1.05, gt=0)
    presence_penalty: float = Field(0.0, ge=-2, le=2)
    seed: int = Field(-1, ge=-1, le=2**31 - 1)
    max_history_turns: int = Field(20, ge=1, le=50)


SAMPLING = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "max_tokens",
        "repetition_penalty",
        "presence_penalty",
        "seed",
    }
)
"""What a model of which sampling is fixed does not take."""
