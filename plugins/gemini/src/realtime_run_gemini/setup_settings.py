"""`setup:` of the settings: the server's own setup message, field for field.

The keys are those of Google's Python SDK. What is not written is not sent, so that the
server's defaults apply, except for transcripts and compression, which are on. What has
a portable place in a spec (instructions, tools, turns) is written there.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import Settings
from realtime_run_gemini.field_types import Text
from realtime_run_gemini.generation_settings import SPEAKS, GenerationConfig
from realtime_run_gemini.realtime_input_settings import RealtimeInputConfig

_GENERATES = "write it below 'generation_config'"
_FOREIGN = {
    # Google's SDK has these here, too.
    **dict.fromkeys(GenerationConfig.model_fields, _GENERATES),
    "response_modalities": SPEAKS,
    "model": "write it as 'model', beside 'setup'",
    "system_instruction": "write it as 'instructions', at the spec's top",
    "tools": "write functions as 'tools', at the spec's top, and google_search: true"
    " beside 'setup'",
    "session_resumption": "it is asked for by 'resume', beside 'setup'; the server's"
    " 'transparent' is not used",
    "history_config": "it is sent by itself, where a session begins with a history",
    "avatar_config": "an avatar's video cannot be shown; leave it out",
}

Label: TypeAlias = Annotated[str, StringConstraints(max_length=63)]


_STALE = {
    "language_auto": "it is so by default; leave it out",
    "language_hints": "it is out of use: write language_codes",
    "adaptation_phrases": "it is out of use: write custom_vocabulary",
    "source_text": "it has a text rewritten by voice, which is no talk; leave it out",
}
"""Keys of Google's SDK that its server does not want any more."""


class AudioTranscription(Settings):
    """How speech is turned into text."""

    foreign_keys: ClassVar[Mapping[str, str]] = _STALE

    language_codes: tuple[Text, ...] | None = Field(
        default=None, description="BCP-47: what may be spoken; null: any language"
    )
    custom_vocabulary: tuple[Text, ...] | None = Field(
        default=None, description="names and words that may be said"
    )
    word_timestamp: bool | None = Field(
        default=None, description="the server times each word"
    )
    diarization: bool | None = Field(
        default=None, description="the server tells speakers apart"
    )
    mode: Literal["VERBATIM", "SMART"] | None = Field(
        default=None, description="SMART: without slips and fillers"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "AudioTranscription":
        found = [
            Misfit((key,), f"with mode: SMART there is no '{key}'", "leave it out")
            for key in ("word_timestamp", "diarization")
            if self.mode == "SMART" and getattr(self, key)
        ]
        if found:
            raise raised(found)
        return self


class SlidingWindow(Settings):
    """The oldest turns are forgotten; the instructions are not."""

    target_tokens: int | None = Field(
        default=None, ge=1, description="how many are kept; null: half the trigger"
    )


class ContextWindowCompression(Settings):
    """What is done when the conversation is too long."""

    trigger_tokens: int | None = Field(
        default=None, ge=1, description="when; null: at 80 % of what the model takes"
    )
    sliding_window: SlidingWindow = Field(
        default_factory=SlidingWindow, description="how much is kept"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "ContextWindowCompression":
        trigger, target = self.trigger_tokens, self.sliding_window.target_tokens
        if trigger is not None and target is not None and target >= trigger:
            place = ("sliding_window", "target_tokens")
            hint = "write less, or leave it out for half of it"
            message = f"{target} is not less than trigger_tokens, {trigger}"
            raise raised([Misfit(place, message, hint)])
        return self


class Proactivity(Settings):
    """What the model does unasked."""

    proactive_audio: bool | None = Field(
        default=None, description="it is silent where nothing was asked of it"
    )
    proactive_video: bool | None = Field(
        default=None, description="it may speak of what it sees, at any picture"
    )


class SafetySetting(Settings):
    """How much of a kind is let through."""

    category: Literal[
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
        "HARM_CATEGORY_JAILBREAK",
    ] = Field(description="of what")
    threshold: Literal[
        "BLOCK_LOW_AND_ABOVE",
        "BLOCK_MEDIUM_AND_ABOVE",
        "BLOCK_ONLY_HIGH",
        "BLOCK_NONE",
        "OFF",
    ] = Field(description="from where on it is blocked")
    method: Literal["SEVERITY", "PROBABILITY"] | None = Field(
        default=None, description="Vertex: by what it is judged"
    )


class SetupSettings(Settings):
    """The setup message. See `setup` in the README."""

    foreign_keys: ClassVar[Mapping[str, str]] = _FOREIGN

    generation_config: GenerationConfig | None = Field(
        default=None, description="what the model makes, and how"
    )
    realtime_input_config: RealtimeInputConfig | None = Field(
        default=None, description="when a turn begins and ends"
    )
    input_audio_transcription: AudioTranscription | None = Field(
        default_factory=AudioTranscription,
        description="null: what the user says is not read",
    )
    output_audio_transcription: AudioTranscription | None = Field(
        default_factory=AudioTranscription,
        description="null: what the agent says is not read",
    )
    context_window_compression: ContextWindowCompression | None = Field(
        default_factory=ContextWindowCompression,
        description="null: a session ends after 15 minutes, with video after 2",
    )
    proactivity: Proactivity | None = Field(
        default=None, description="what the model does unasked"
    )
    safety_settings: tuple[SafetySetting, ...] = Field(
        default=(), description="how much of a kind is let through"
    )
    labels: dict[str, Label] = Field(
        default_factory=dict[str, Label],
        description="Gemini API: what bills can be told apart by",
    )
    explicit_vad_signal: bool | None = Field(
        default=None, description="Vertex: the server reports where speech begins"
    )
