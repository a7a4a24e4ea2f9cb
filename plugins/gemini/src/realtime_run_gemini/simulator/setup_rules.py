"""What a model takes in its setup: each rule returns what the service would say."""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from realtime_run_gemini.models import FAMILIES, GONE, UNKNOWN, Family, family_of
from realtime_run_gemini.simulator.content_shapes import Tool
from realtime_run_gemini.simulator.place import Place
from realtime_run_gemini.simulator.requests import POLICY, Refusal
from realtime_run_gemini.simulator.setup_shapes import GenerationConfig, Setup
from realtime_run_gemini.voices import VOICES

Rule: TypeAlias = Callable[[Setup, Family, Place], str | None]

_VOICES = frozenset(voice.lower() for voice in VOICES)
_NOT_LIVE = (
    "stop_sequences",
    "response_mime_type",
    "response_schema",
    "response_json_schema",
    "response_logprobs",
    "logprobs",
    "routing_config",
    "audio_timestamp",
)
_ON_VERTEX = re.compile(
    r"(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/([^/]+)"
)
_VERTEX_ONLY = ("gemini-live-2.5-flash",)
_API_ONLY = tuple(
    family.prefix
    for family in FAMILIES
    if family.prefix not in (*_VERTEX_ONLY, "gemini-3.8-live")
)
"""Where models are served (ai.google.dev and docs.cloud.google.com)."""


def family_here(model: str, place: Place, extra: Iterable[str]) -> Family | Refusal:
    """Return what is known of the model that a setup names, or why there is none.

    Args:
        model: As the setup writes it.
        place: Where it was asked for.
        extra: Further models that exist.
    """
    name = model_id(model, place)
    if name is None:
        return Refusal(reason=f"Invalid resource name: '{model}'")
    if name in extra:
        return family_of(name) or UNKNOWN
    family = family_of(name)
    elsewhere = _API_ONLY if place.on_vertex else _VERTEX_ONLY
    if family is None or family.prefix in elsewhere or name.startswith(GONE):
        return Refusal(code=POLICY, reason=_not_found(model, place))
    return family


def model_id(model: str, place: Place) -> str | None:
    """Return the id in a model's resource name; None: it is no such name."""
    if not place.on_vertex:
        kind, _, name = model.partition("/")
        return name if kind == "models" and name else None
    found = _ON_VERTEX.fullmatch(model)
    return None if found is None else found[1]


def _not_found(model: str, place: Place) -> str:
    if place.on_vertex:
        return f"Publisher Model `{model}` was not found."
    return (
        f"{model} is not found for API version {place.version}, or is not supported for"
        " bidiGenerateContent. Call ListModels to see the list of available models."
    )


def refused_setup(setup: Setup, family: Family, place: Place) -> Refusal | None:
    """Return why a model does not take a setup; None: it does."""
    found = (rule(setup, family, place) for rule in _RULES)
    reason = next((one for one in found if one is not None), None)
    return None if reason is None else Refusal(reason=reason)


def refused_tools(tools: Iterable[Tool], family: Family) -> str | None:
    """Return why a model does not take these tools; None: it does."""
    for tool in tools:
        if not family.behaviors:
            return "Tool use is not supported for this model."
        for one in tool.function_declarations:
            if not one.name:
                return "Function declaration has no name."
            if one.parameters is not None and one.parameters_json_schema is not None:
                return "parameters and parameters_json_schema exclude each other."
            known = (*family.behaviors, "UNSPECIFIED")
            if one.behavior not in known:
                return f"Function calling behavior {one.behavior} is not supported."
    return None


def _tools(setup: Setup, family: Family, _: Place) -> str | None:
    return refused_tools(setup.tools, family)


def _modalities(setup: Setup, _family: Family, _: Place) -> str | None:
    asked = setup.generation_config.response_modalities
    if len(asked) > 1:
        return "At most one response modality can be specified."
    if asked and asked[0] != "AUDIO":
        return f"Response modality {asked[0]} is not supported for this model."
    return None


def _voice(setup: Setup, _family: Family, _: Place) -> str | None:
    speech = setup.generation_config.speech_config
    voice = speech and speech.voice_config and speech.voice_config.prebuilt_voice_config
    if voice and voice.voice_name.lower() not in _VOICES:
        return (
            f"Requested voice api_name '{voice.voice_name}' is not available for model"
            f" {setup.model}"
        )
    return None


def _not_live(setup: Setup, _family: Family, _: Place) -> str | None:
    config: GenerationConfig = setup.generation_config
    for name in _NOT_LIVE:
        if getattr(config, name) is not None:
            return f"generation_config.{name} is not supported for Live API."
    return None


def _thinking(setup: Setup, family: Family, _: Place) -> str | None:
    config = setup.generation_config.thinking_config
    if config is None:
        return None
    if family.thinking == "none":
        return "Thinking config is not supported for this model."
    if family.thinking == "level" and config.thinking_budget is not None:
        return "Thinking budget is not supported for this model."
    if family.thinking == "budget" and config.thinking_level is not None:
        return "Thinking level is not supported for this model."
    if family.levels and config.thinking_level not in {None, *family.levels}:
        return f"Thinking level {config.thinking_level} is not supported."
    return None


def _proactive(setup: Setup, family: Family, place: Place) -> str | None:
    asked = setup.proactivity and setup.proactivity.proactive_audio
    if asked is False and family.proactive_audio == "always":
        return "Proactive audio cannot be turned off for this model."
    if asked and family.proactive_audio == "never":
        return "Proactive audio is not supported for this model."
    # Early fields are v1alpha's (ai.google.dev).
    early = family.proactive_audio == "choice" and not place.on_vertex
    if setup.proactivity is not None and early and place.version != "v1alpha":
        return _unknown("proactivity", "setup")
    return None


def _affective(setup: Setup, family: Family, place: Place) -> str | None:
    if not setup.generation_config.enable_affective_dialog:
        return None
    if not family.affective_dialog:
        return "Affective dialog is not supported for this model."
    if not place.on_vertex and place.version != "v1alpha":
        return _unknown("enableAffectiveDialog", "setup.generation_config")
    return None


def _translation(setup: Setup, family: Family, _: Place) -> str | None:
    asked = setup.generation_config.translation_config
    if asked is not None and not family.translates:
        return "Translation config is not supported for this model."
    return None


def _vertex_only(setup: Setup, _family: Family, place: Place) -> str | None:
    if place.on_vertex:
        return None
    if setup.explicit_vad_signal is not None:
        return _unknown("explicitVadSignal", "setup")
    if setup.session_resumption is not None and setup.session_resumption.transparent:
        return _unknown("transparent", "setup.session_resumption")
    return None


def _unknown(name: str, parent: str) -> str:
    return (
        f"Invalid JSON payload received. Unknown name \"{name}\" at '{parent}':"
        " Cannot find field."
    )


_RULES: tuple[Rule, ...] = (
    _vertex_only,
    _modalities,
    _not_live,
    _voice,
    _thinking,
    _proactive,
    _affective,
    _translation,
    _tools,
)
