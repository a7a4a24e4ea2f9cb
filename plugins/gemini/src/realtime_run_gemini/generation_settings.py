"""`setup: {generation_config: …}` of the settings: what the model makes, and how."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from realtime_run.plugin.settings import Settings, value_error
from realtime_run_gemini.field_types import Text

SPEAKS = "the agent speaks, always; its words come as a transcript"
"""Why nobody says in what the model answers."""
_NOT_LIVE = "the Live API does not know it; leave it out"
_UNKNOWN = "nothing is known of it in the Live API; leave it out"
_FOREIGN = {
    "response_modalities": SPEAKS,
    "audio_timestamp": _NOT_LIVE,
    "audio_transcription_config": "write input_audio_transcription, beside"
    " 'generation_config'",
    "candidate_count": "the agent gives one answer; leave it out",
    "enable_enhanced_civic_answers": _UNKNOWN,
    "logprobs": _NOT_LIVE,
    "model_selection_config": _UNKNOWN,
    "response_format": _UNKNOWN,
    "response_json_schema": _NOT_LIVE,
    "response_logprobs": _NOT_LIVE,
    "response_mime_type": _NOT_LIVE,
    "response_schema": _NOT_LIVE,
    "routing_config": _NOT_LIVE,
    "stop_sequences": _NOT_LIVE,
}


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise value_error(
            message="must be bytes in base64",
            hint="of a file, take what `base64 --wrap=0 FILE` prints",
        ) from None
    return text


Base64: TypeAlias = Annotated[Text, AfterValidator(_is_base64)]


class PrebuiltVoice(Settings):
    """A voice of Google's."""

    voice_name: Text = Field(description="such as Puck")


class ConsentSignature(Settings):
    """That a speaker has agreed, as Google has signed it."""

    signature: Text = Field(description="as Google gave it")


class ReplicatedVoice(Settings):
    """A voice made from a recording. Google must have allowed it for the project."""

    mime_type: Text = Field(
        default="audio/pcm;rate=24000", description="of the recording"
    )
    voice_sample_audio: Base64 = Field(description="the recording, in base64")
    consent_audio: Base64 | None = Field(
        default=None, description="the speaker agreeing, in base64"
    )
    voice_consent_signature: ConsentSignature | None = Field(
        default=None, description="instead of `consent_audio`, once Google signed it"
    )


class VoiceConfig(Settings):
    """Whose voice it is: one of the two."""

    foreign_keys: ClassVar[Mapping[str, str]] = {
        "voice": "write prebuilt_voice_config: {voice_name: ...}"
    }

    prebuilt_voice_config: PrebuiltVoice | None = Field(
        default=None, description="one of Google's"
    )
    replicated_voice_config: ReplicatedVoice | None = Field(
        default=None, description="one of your own"
    )

    @model_validator(mode="after")
    def _is_one(self) -> "VoiceConfig":
        if (self.prebuilt_voice_config is None) == (
            self.replicated_voice_config is None
        ):
            raise value_error(
                message="needs either a prebuilt_voice_config or a"
                " replicated_voice_config"
            )
        return self


class SpeechConfig(Settings):
    """How the agent sounds."""

    foreign_keys: ClassVar[Mapping[str, str]] = {
        "multi_speaker_voice_config": "the agent has one voice: write voice_config"
    }

    voice_config: VoiceConfig | None = Field(
        default=None, description="instead of `voice` beside `setup`"
    )
    language_code: Text | None = Field(
        default=None, description="instead of `language` beside `setup`"
    )


class ThinkingConfig(Settings):
    """How long the model thinks: by level or by budget, as the model takes it."""

    include_thoughts: bool | None = Field(
        default=None, description="the server sends its thoughts; they are not spoken"
    )
    thinking_budget: int | None = Field(
        default=None, ge=-1, le=32_768, description="tokens; 0: none; -1: as needed"
    )
    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] | None = Field(
        default=None, description="for models that think by level"
    )


class TranslationConfig(Settings):
    """Into what an interpreting model translates."""

    target_language_code: Text = Field(description="BCP-47, such as de-DE")
    echo_target_language: bool | None = Field(
        default=None, description="what is in that language already is said again"
    )


class GenerationConfig(Settings):
    """What the model makes, and how."""

    foreign_keys: ClassVar[Mapping[str, str]] = _FOREIGN

    temperature: float | None = Field(default=None, ge=0, le=2, description="chance")
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="of the likeliest tokens, how much"
    )
    top_k: int | None = Field(
        default=None, ge=1, description="of the likeliest tokens, how many"
    )
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="the longest response"
    )
    presence_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="against what was said at all"
    )
    frequency_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="against what was said often"
    )
    seed: int | None = Field(
        default=None, ge=-(2**31), lt=2**31, description="for answers that repeat"
    )
    media_resolution: (
        Literal[
            "MEDIA_RESOLUTION_LOW",
            "MEDIA_RESOLUTION_MEDIUM",
            "MEDIA_RESOLUTION_HIGH",
        ]
        | None
    ) = Field(default=None, description="how many tokens a picture takes")
    speech_config: SpeechConfig | None = Field(
        default=None, description="how the agent sounds"
    )
    thinking_config: ThinkingConfig | None = Field(
        default=None, description="how long the model thinks"
    )
    enable_affective_dialog: bool | None = Field(
        default=None, description="it answers a tone of voice in kind; 2.5 only"
    )
    translation_config: TranslationConfig | None = Field(
        default=None, description="for models that interpret"
    )
