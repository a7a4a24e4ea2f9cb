"""What of a setup Google's SDK knows is taken here, or refused by its name."""

from typing import Any

import pytest
from pydantic import ValidationError

from realtime_run.spec.schema import foreign_key_at
from realtime_run_gemini.settings import GeminiSettings

types: Any = pytest.importorskip(
    "google.genai.types", reason="google-genai is not installed"
)

CONNECT = frozenset({"http_options"})
"""What is not of the setup."""
PLACES: dict[str, tuple[str, ...]] = {
    "LiveConnectConfig": ("setup",),
    "LiveClientSetup": ("setup",),
    "GenerationConfig": ("setup", "generation_config"),
    "ThinkingConfig": ("setup", "generation_config", "thinking_config"),
    "TranslationConfig": ("setup", "generation_config", "translation_config"),
    "SpeechConfig": ("setup", "generation_config", "speech_config"),
    "VoiceConfig": ("setup", "generation_config", "speech_config", "voice_config"),
    "RealtimeInputConfig": ("setup", "realtime_input_config"),
    "AutomaticActivityDetection": (
        "setup",
        "realtime_input_config",
        "automatic_activity_detection",
    ),
    "AudioTranscriptionConfig": ("setup", "input_audio_transcription"),
    "ContextWindowCompressionConfig": ("setup", "context_window_compression"),
    "SlidingWindow": ("setup", "context_window_compression", "sliding_window"),
    "ProactivityConfig": ("setup", "proactivity"),
    "PrebuiltVoiceConfig": (
        "setup",
        "generation_config",
        "speech_config",
        "voice_config",
        "prebuilt_voice_config",
    ),
    "ReplicatedVoiceConfig": (
        "setup",
        "generation_config",
        "speech_config",
        "voice_config",
        "replicated_voice_config",
    ),
}
"""Where in the settings the SDK's types stand."""
FIELDS = [
    pytest.param((*place, field), id=f"{name}.{field}")
    for name, place in PLACES.items()
    for field in getattr(types, name).model_fields
    if field not in CONNECT
]


def unknown(path: tuple[str, ...]) -> list[tuple[str | int, ...]]:
    """Return what is called unknown of settings in which only this is written."""
    given: Any = object()
    for key in reversed(path):
        given = {key: given}
    try:
        GeminiSettings.model_validate({"api_key": "k", **given})
    except ValidationError as error:
        places = [e["loc"] for e in error.errors() if e["type"] == "extra_forbidden"]
        return [place for place in places if not _has_another_place(place)]
    return []


def _has_another_place(place: tuple[int | str, ...]) -> bool:
    *section, key = map(str, place)
    return foreign_key_at(GeminiSettings, tuple(section), key) is not None


ENUMS: dict[str, tuple[tuple[str, ...], str]] = {
    "MediaResolution": (PLACES["GenerationConfig"], "media_resolution"),
    "ThinkingLevel": (PLACES["ThinkingConfig"], "thinking_level"),
    "TurnCoverage": (PLACES["RealtimeInputConfig"], "turn_coverage"),
    "ActivityHandling": (PLACES["RealtimeInputConfig"], "activity_handling"),
    "StartSensitivity": (
        PLACES["AutomaticActivityDetection"],
        "start_of_speech_sensitivity",
    ),
    "EndSensitivity": (
        PLACES["AutomaticActivityDetection"],
        "end_of_speech_sensitivity",
    ),
}
VALUES = [
    pytest.param((*place, field), each.value, id=each.name)
    for name, (place, field) in ENUMS.items()
    for each in getattr(types, name)
    if not each.name.endswith("_UNSPECIFIED")
]
UNKNOWN_MODEL = "gemini-9-live"
"""Of which nothing is refused."""


@pytest.mark.parametrize(("path", "value"), VALUES)
def test_a_value_that_google_knows_is_taken(path: tuple[str, ...], value: str) -> None:
    given: Any = value
    for key in reversed(path):
        given = {key: given}

    settings = GeminiSettings.model_validate(
        {"api_key": "k", "model": UNKNOWN_MODEL, **given}
    )

    assert value in str(settings.setup)


@pytest.mark.parametrize("path", FIELDS)
def test_a_field_that_google_knows_is_known(path: tuple[str, ...]) -> None:
    assert unknown(path) == []


def test_a_field_that_nobody_knows_is_told() -> None:
    assert unknown(("setup", "speed")) == [("setup", "speed")]
