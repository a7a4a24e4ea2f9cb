"""The setup of a session, as the service defines it."""

from typing import Literal

from pydantic import Field

from realtime_run_gemini.simulator.content_shapes import Content, Tool
from realtime_run_gemini.simulator.protobuf_json import Float, Int, Message, Shape


class PrebuiltVoice(Shape):
    """One of the service's voices."""

    voice_name: str = ""


class VoiceConfig(Shape):
    """Which voice speaks."""

    prebuilt_voice_config: PrebuiltVoice | None = None
    replicated_voice_config: Message | None = None


class SpeechConfig(Shape):
    """How it speaks."""

    voice_config: VoiceConfig | None = None
    language_code: str = ""
    multi_speaker_voice_config: Message | None = None


class ThinkingConfig(Shape):
    """How the model thinks."""

    include_thoughts: bool = False
    thinking_budget: Int | None = None
    thinking_level: (
        Literal[
            "THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"
        ]
        | None
    ) = None


class GenerationConfig(Shape):
    """How the model answers."""

    response_modalities: list[
        Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"]
    ] = Field(default=[])
    candidate_count: Int | None = None
    temperature: Float | None = None
    top_p: Float | None = None
    top_k: Float | None = None
    max_output_tokens: Int | None = None
    presence_penalty: Float | None = None
    frequency_penalty: Float | None = None
    seed: Int | None = None
    media_resolution: Literal[
        "MEDIA_RESOLUTION_UNSPECIFIED",
        "MEDIA_RESOLUTION_LOW",
        "MEDIA_RESOLUTION_MEDIUM",
        "MEDIA_RESOLUTION_HIGH",
    ] = "MEDIA_RESOLUTION_UNSPECIFIED"
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    enable_affective_dialog: bool = False
    translation_config: Message | None = None
    # What exists in a generation config, and is refused in a live one.
    stop_sequences: object = None
    response_mime_type: object = None
    response_schema: object = None
    response_json_schema: object = None
    response_logprobs: object = None
    logprobs: object = None
    routing_config: object = None
    audio_timestamp: object = None


class ActivityDetection(Shape):
    """How turns are found in the sound."""

    disabled: bool = False
    start_of_speech_sensitivity: Literal[
        "START_SENSITIVITY_UNSPECIFIED",
        "START_SENSITIVITY_HIGH",
        "START_SENSITIVITY_LOW",
    ] = "START_SENSITIVITY_UNSPECIFIED"
    end_of_speech_sensitivity: Literal[
        "END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"
    ] = "END_SENSITIVITY_UNSPECIFIED"
    prefix_padding_ms: Int | None = None
    silence_duration_ms: Int | None = None


class RealtimeInputConfig(Shape):
    """What sound and pictures mean."""

    automatic_activity_detection: ActivityDetection = ActivityDetection()
    activity_handling: Literal[
        "ACTIVITY_HANDLING_UNSPECIFIED",
        "START_OF_ACTIVITY_INTERRUPTS",
        "NO_INTERRUPTION",
    ] = "ACTIVITY_HANDLING_UNSPECIFIED"
    turn_coverage: Literal[
        "TURN_COVERAGE_UNSPECIFIED",
        "TURN_INCLUDES_ONLY_ACTIVITY",
        "TURN_INCLUDES_ALL_INPUT",
        "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
    ] = "TURN_COVERAGE_UNSPECIFIED"
    interim_transcript_timestamp_enabled: bool = False


class SessionResumption(Shape):
    """That a session can go on over another connection."""

    handle: str = ""
    transparent: bool = False


class SlidingWindow(Shape):
    """What is kept of a long conversation."""

    target_tokens: Int | None = None


class Compression(Shape):
    """When a conversation is long."""

    trigger_tokens: Int | None = None
    sliding_window: SlidingWindow | None = None


class Transcription(Shape):
    """How speech is written down."""

    language_codes: list[str] = Field(default_factory=list[str])
    language_auto: Message | None = None
    language_hints: Message | None = None
    custom_vocabulary: list[str] = Field(default_factory=list[str])
    adaptation_phrases: list[str] = Field(default_factory=list[str])
    word_timestamp: bool = False
    diarization: bool = False
    mode: Literal["MODE_UNSPECIFIED", "VERBATIM", "SMART"] = "MODE_UNSPECIFIED"
    source_text: str = ""


class Proactivity(Shape):
    """Whether the model may stay silent."""

    proactive_audio: bool | None = None
    proactive_video: bool | None = None


class HistoryConfig(Shape):
    """How the conversation begins."""

    initial_history_in_client_content: bool = False


class Setup(Shape):
    """The first message."""

    model: str = ""
    generation_config: GenerationConfig = GenerationConfig()
    system_instruction: Content = Content()
    tools: list[Tool] = Field(default_factory=list[Tool])
    realtime_input_config: RealtimeInputConfig = RealtimeInputConfig()
    session_resumption: SessionResumption | None = None
    context_window_compression: Compression | None = None
    input_audio_transcription: Transcription | None = None
    output_audio_transcription: Transcription | None = None
    proactivity: Proactivity | None = None
    history_config: HistoryConfig = HistoryConfig()
    avatar_config: Message | None = None
    safety_settings: list[Message] = Field(default_factory=list[Message])
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    explicit_vad_signal: bool | None = None
