"""What is legal and odd in the settings, told before connecting."""

from collections.abc import Iterator
from difflib import get_close_matches

from msgspec.structs import replace

from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.provider_api import Advice, Opening
from realtime_run_gemini.endpoints import key_headers
from realtime_run_gemini.models import (
    AS_OF,
    GONE,
    SHUTDOWNS,
    SUCCESSOR,
    UNKNOWN,
    family_of,
)
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.setup import realtime_input
from realtime_run_gemini.setup_settings import SetupSettings
from realtime_run_gemini.tool_rules import is_non_blocking
from realtime_run_gemini.vertex_library import is_installed, missing_library
from realtime_run_gemini.voices import VOICES

_SETUP = "provider.setup"
_TURNS = f"{_SETUP}.realtime_input_config"
_DETECTION = f"{_TURNS}.automatic_activity_detection"
_NEVER = "NO_INTERRUPTION"
_SPEECH = f"{_SETUP}.generation_config.speech_config"


def advice(settings: GeminiSettings, opening: Opening) -> tuple[Advice, ...]:
    """Return what the writer of a spec should know of these settings.

    Args:
        settings: What is written beside `use: gemini`.
        opening: What the portable keys of the spec say.
    """
    return (
        *_library(settings),
        *_model(settings),
        *_voice(settings),
        *_fights(settings, opening),
        *_functions(settings, opening),
        *_idle(settings),
    )


def _library(settings: GeminiSettings) -> Iterator[Advice]:
    if key_headers(settings) is None and not is_installed():
        yield Advice(
            message=missing_library().message,
            setting="provider.vertex",
            severity="error",
        )


def _model(settings: GeminiSettings) -> Iterator[Advice]:
    model, setting = settings.model, "provider.model"
    successor = f"write {SUCCESSOR}"
    if model in SHUTDOWNS:
        on = SHUTDOWNS[model]
        when = "was to be" if on <= AS_OF else "is to be"
        yield Advice(
            message=f"'{model}' {when} shut down on {on}",
            setting=setting,
            hint=successor,
        )
    elif model.startswith(GONE):
        yield Advice(
            message=f"'{model}' has been shut down", setting=setting, hint=successor
        )
    elif family_of(model) is None:
        yield Advice(
            message=f"nothing is known of model '{model}': what it can do is not"
            " checked, and what it costs is not told",
            setting=setting,
        )


def _voice(settings: GeminiSettings) -> Iterator[Advice]:
    speech = settings.setup.generation_config and (
        settings.setup.generation_config.speech_config
    )
    voice, setting = settings.voice, "provider.voice"
    if speech and speech.voice_config:
        prebuilt = speech.voice_config.prebuilt_voice_config
        if "voice" in settings.model_fields_set:
            yield _twice(f"{_SPEECH}.voice_config", "voice")
        if prebuilt is None:
            return
        place = "voice_config.prebuilt_voice_config.voice_name"
        voice, setting = prebuilt.voice_name, f"{_SPEECH}.{place}"
    if speech and speech.language_code and settings.language is not None:
        yield _twice(f"{_SPEECH}.language_code", "language")
    if voice not in VOICES:
        near = get_close_matches(voice.capitalize(), VOICES, 1)
        yield Advice(
            message=f"'{voice}' is none of the voices that are known",
            setting=setting,
            hint=f"did you mean '{near[0]}'?" if near else "such as Puck, or Kore",
        )


def _fights(settings: GeminiSettings, opening: Opening) -> Iterator[Advice]:
    """Yield what is said twice."""
    config = settings.setup.realtime_input_config
    if config is None:
        return
    detection = config.automatic_activity_detection
    if detection is not None and opening.manual_turns:
        yield Advice(
            message="'automatic_activity_detection' has no effect: with 'turn.end:"
            f" {opening.turn.end}' the server looks for no turns",
            setting=_DETECTION,
            hint="leave it out",
        )
    elif detection is not None:
        written = detection.model_fields_set
        turn = replace(opening.turn, nudge_after_ms=None, end="auto")
        ends = {"end_of_speech_sensitivity", "silence_duration_ms"} & written
        if turn != TurnDetection() and ends:
            yield _twice(f"{_DETECTION}.{min(ends)}", "turn")
        if opening.min_speech_ms is not None and "prefix_padding_ms" in written:
            yield _twice(f"{_DETECTION}.prefix_padding_ms", "barge_in.min_speech")
    usual = realtime_input(_without_setup(settings), opening).get("activityHandling")
    actual = realtime_input(settings, opening).get("activityHandling")
    if (actual == _NEVER) != (usual == _NEVER):
        yield _twice(f"{_TURNS}.activity_handling", "barge_in")


def _without_setup(settings: GeminiSettings) -> GeminiSettings:
    return settings.model_copy(update={"setup": SetupSettings()})


def _functions(settings: GeminiSettings, opening: Opening) -> Iterator[Advice]:
    tools, known = settings.tools, [tool.name for tool in opening.tools]
    for name, own in tools.functions.items():
        setting = f"provider.tools.functions.{name}"
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else "leave it out"
            yield Advice(
                message=f"there is no tool '{name}'", setting=setting, hint=hint
            )
        elif own.scheduling and not is_non_blocking(tools, name, settings.model):
            yield _no_scheduling(f"{setting}.scheduling", settings.model)
    if "scheduling" in tools.model_fields_set and known:
        waits = [not is_non_blocking(tools, name, settings.model) for name in known]
        if all(waits):
            yield _no_scheduling("provider.tools.scheduling", settings.model)


def _idle(settings: GeminiSettings) -> Iterator[Advice]:
    """Yield what was written and has nothing to act on."""
    setup, family = settings.setup, family_of(settings.model) or UNKNOWN
    if setup.input_audio_transcription is None and (
        family.input_transcription == "always"
    ):
        yield Advice(
            message=f"'{settings.model}' writes down what the user says in any case",
            setting=f"{_SETUP}.input_audio_transcription",
            hint="leave it out",
        )
    generation, proactivity = setup.generation_config, setup.proactivity
    early = {
        f"{_SETUP}.generation_config.enable_affective_dialog": (
            generation is not None and generation.enable_affective_dialog
        ),
        f"{_SETUP}.proactivity.proactive_audio": (
            proactivity is not None
            and proactivity.proactive_audio
            and family.proactive_audio == "choice"
        ),
    }
    if settings.version != "v1beta":
        return
    for setting, asked in early.items():
        if asked:
            yield Advice(
                message=f"'{setting.rpartition('.')[2]}' is known to v1alpha only",
                setting=setting,
                hint="write api_version: v1alpha",
            )


def _twice(setting: str, portable: str) -> Advice:
    key = setting.removeprefix("provider.")
    return Advice(
        message=f"'{key}' takes the place of '{portable}'",
        setting=setting,
        hint="keep one of them",
    )


def _no_scheduling(setting: str, model: str) -> Advice:
    return Advice(
        message=f"'scheduling' has no effect: '{model}' waits for the result",
        setting=setting,
        hint="write behavior: non_blocking beside it, where the model knows it",
    )
