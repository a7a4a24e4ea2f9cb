"""`session:` of the settings: the server's own session object, key for key.

What is not written is not sent, so that the server's defaults apply; the defaults shown
here are the server's. What has a portable place in a spec (instructions, tools, turns,
voice) is better written there.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from realtime_run.plugin.settings import Settings, value_error
from realtime_run_openai.field_types import Text

SILENCE_MS = (200, 6000)
"""The least and the most silence that may end a turn."""
_NO_SEED = -1


class Transcription(Settings):
    """How what the user says is turned into text: beside the model, which hears it."""

    model: Text | None = Field(
        default=None, description="the model that transcribes; null: the family's"
    )
    language: Text | None = Field(default=None, description="ISO 639-1, such as en")


class _Vad(Settings):
    threshold: float = Field(
        default=0.5, ge=-1, le=1, description="higher needs louder speech"
    )
    prefix_padding_ms: int = Field(
        default=300, ge=0, description="audio kept from before the speech"
    )
    silence_duration_ms: int = Field(
        default=800,
        ge=SILENCE_MS[0],
        le=SILENCE_MS[1],
        description="silence that ends a turn",
    )
    create_response: bool = Field(
        default=True, description="the server answers a turn by itself"
    )
    interrupt_response: bool = Field(
        default=True, description="the server stops its response when the user speaks"
    )


class ServerVad(_Vad):
    """Turns end after silence."""

    type: Literal["server_vad"] = Field(description="by silence")
    idle_timeout_ms: int | None = Field(
        default=None,
        ge=5000,
        le=30_000,
        description="silence after which the model speaks by itself",
    )


class SemanticVad(_Vad):
    """Turns end when what was said sounds complete."""

    type: Literal["semantic_vad"] = Field(description="by what was said")


class SmartTurn(_Vad):
    """Turns end when what was said sounds complete, to models of Qwen-Audio."""

    type: Literal["smart_turn"] = Field(description="by what was said")


TurnDetection: TypeAlias = Annotated[
    ServerVad | SemanticVad | SmartTurn, Field(discriminator="type")
]


class SearchOptions(Settings):
    """What a search on the web reports."""

    enable_source: bool = Field(default=False, description="where it was found")


class VideoInput(Settings):
    """What the server does with pictures."""

    representation_compact: Text | None = Field(
        default=None, description="how pictures are aggregated"
    )


class Video(Settings):
    """Pictures in."""

    input: VideoInput = Field(default_factory=VideoInput, description="of the user")


def _speakable(modalities: tuple[str, ...]) -> tuple[str, ...]:
    if set(modalities) not in ({"text"}, {"text", "audio"}):
        raise value_error(
            message="the server takes [text, audio], or [text] alone",
            hint="leave it out: [text, audio] is the default",
        )
    return modalities


def _a_seed(seed: int | None) -> int | None:
    if seed is None or seed == _NO_SEED or seed >= 0:
        return seed
    raise value_error(message="a seed is not negative; -1 stands for none")


class SessionSettings(Settings):
    """The session object. See `session:` in the README."""

    instructions: Text | None = Field(
        default=None, description="instead of the spec's `instructions`"
    )
    modalities: Annotated[
        tuple[Literal["text", "audio"], ...], AfterValidator(_speakable)
    ] = Field(default=("text", "audio"), description="or [text]: it is not heard")
    voice: Text | None = Field(
        default=None, description="instead of `voice` beside `session`"
    )
    input_audio_format: Literal["pcm", "pcm16"] | None = Field(
        default=None, description="16 kHz; its name goes by the model"
    )
    output_audio_format: Literal["pcm", "pcm16", "pcm24"] | None = Field(
        default=None, description="24 kHz; its name goes by the model"
    )
    input_audio_transcription: Transcription | None = Field(
        default_factory=Transcription,
        description="null: what the user says is not read",
    )
    turn_detection: TurnDetection | None = Field(
        default=None,
        description="instead of the spec's `turn`; null: the runner finds the turns",
    )
    smooth_output: bool | None = Field(
        default=True, description="true: colloquial; false: formal; null: either"
    )
    tool_choice: Literal["auto", "none", "required"] = Field(
        default="auto", description="whether tools are called"
    )
    enable_search: bool | None = Field(
        default=None, description="instead of `search` beside `session`"
    )
    search_options: SearchOptions | None = Field(
        default=None, description="instead of `search` beside `session`"
    )
    temperature: float | None = Field(
        default=None, ge=0, lt=2, description="higher is more varied"
    )
    top_p: float | None = Field(
        default=None, gt=0, le=1, description="instead of `temperature`"
    )
    top_k: int | None = Field(default=None, ge=0, description="how many words to weigh")
    max_tokens: int | None = Field(default=None, ge=1, description="of one response")
    repetition_penalty: float | None = Field(
        default=None, gt=0, description="above 1 repeats less"
    )
    presence_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="higher repeats less"
    )
    seed: Annotated[int | None, AfterValidator(_a_seed)] = Field(
        default=None, le=2**31 - 1, description="the same gives the same; -1: none"
    )
    max_history_turns: int | None = Field(
        default=None, ge=1, le=50, description="turns that the model remembers"
    )
    video: Video = Field(default_factory=Video, description="pictures in")
