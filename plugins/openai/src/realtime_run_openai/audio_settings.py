"""`session: {audio: …}` of the settings: turns, transcripts and voices."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from realtime_run.plugin.settings import Settings, value_error
from realtime_run_openai.field_types import Text, type_of


class CustomVoice(Settings):
    """A voice made from recordings, by its id."""

    id: Text = Field(description="such as voice_1234")


Voice: TypeAlias = Text | CustomVoice


def _only_pcm(value: object) -> object:
    kind = type_of(value)
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
        default=24000, description="the only rate that the server takes"
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
        default=None,
        description="instead of the spec's `turn`; null: the runner finds the turns",
    )


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
