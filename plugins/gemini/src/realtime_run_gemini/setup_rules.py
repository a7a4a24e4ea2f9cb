"""Which fields of the setup message a model and a service take.

The server refuses a whole setup for one field that it does not take: what it would
refuse is found here, before connecting. Nothing is said of unknown models.
"""

from collections.abc import Iterator

from realtime_run.plugin.misfits import Misfit
from realtime_run_gemini.generation_settings import GenerationConfig, ThinkingConfig
from realtime_run_gemini.models import Family, family_of
from realtime_run_gemini.setup_settings import SetupSettings

_GENERATION = ("setup", "generation_config")
_THINKING = (*_GENERATION, "thinking_config")
_REPLICATED = (
    *_GENERATION,
    "speech_config",
    "voice_config",
    "replicated_voice_config",
)
_PROACTIVITY = ("setup", "proactivity")
_LEAVE_OUT = "leave it out"


def setup_misfits(
    setup: SetupSettings, model: str, *, on_vertex: bool, searches: bool
) -> Iterator[Misfit]:
    """Yield what the server would refuse, at places below `use: gemini`.

    Args:
        setup: What is written.
        model: Which model it is for.
        on_vertex: Whether it goes to Vertex.
        searches: Whether the model may search the web.
    """
    yield from _of_service(setup, on_vertex=on_vertex)
    if setup.proactivity is not None:
        yield from _of_proactivity(setup)
    if (family := family_of(model)) is None:
        return
    yield from _of_generation(setup.generation_config, family, model)
    if setup.proactivity is not None:
        yield from _of_known_proactivity(setup, family, model)
    if family.translates and searches:
        yield Misfit(
            ("google_search",),
            f"'{model}' interprets, and searches nothing",
            _LEAVE_OUT,
        )


def _of_service(setup: SetupSettings, *, on_vertex: bool) -> Iterator[Misfit]:
    if on_vertex and setup.labels:
        yield Misfit(("setup", "labels"), "Vertex knows no 'labels' here", _LEAVE_OUT)
    if on_vertex:
        yield from _of_consent(setup)
        return
    if setup.explicit_vad_signal is not None:
        message = "'explicit_vad_signal' is Vertex's alone"
        yield Misfit(("setup", "explicit_vad_signal"), message, _LEAVE_OUT)
    for index, one in enumerate(setup.safety_settings):
        if one.method is not None:
            place = ("setup", "safety_settings", index, "method")
            yield Misfit(place, "'method' is Vertex's alone", _LEAVE_OUT)


def _of_consent(setup: SetupSettings) -> Iterator[Misfit]:
    generation = setup.generation_config
    speech = generation.speech_config if generation else None
    voice = (
        speech.voice_config.replicated_voice_config
        if (speech and speech.voice_config)
        else None
    )
    for key in ("consent_audio", "voice_consent_signature"):
        if voice is not None and getattr(voice, key) is not None:
            message = f"Vertex knows no '{key}'"  # Google's SDK refuses it
            yield Misfit((*_REPLICATED, key), message, _LEAVE_OUT)


def _of_proactivity(setup: SetupSettings) -> Iterator[Misfit]:
    proactivity = setup.proactivity
    if proactivity and proactivity.proactive_video and not proactivity.proactive_audio:
        yield Misfit(
            (*_PROACTIVITY, "proactive_video"),
            "'proactive_video' needs 'proactive_audio'",
            "write proactive_audio: true beside it",
        )


def _of_known_proactivity(
    setup: SetupSettings, family: Family, model: str
) -> Iterator[Misfit]:
    asked = setup.proactivity.proactive_audio if setup.proactivity else None
    place = (*_PROACTIVITY, "proactive_audio")
    if family.proactive_audio == "always" and asked is False:
        message = f"'{model}' is always proactive, and refuses to be told otherwise"
        yield Misfit(place, message, _LEAVE_OUT)
    if family.proactive_audio == "never" and asked:
        yield Misfit(
            place, f"'{model}' cannot be proactive", "write model: gemini-3.8-live"
        )


def _of_generation(
    generation: GenerationConfig | None, family: Family, model: str
) -> Iterator[Misfit]:
    translation = generation.translation_config if generation else None
    if family.translates and translation is None:
        yield Misfit(
            ("model",),
            f"'{model}' interprets, and is not told into which language",
            "write setup: {generation_config: {translation_config:"
            " {target_language_code: de-DE}}}",
        )
    if generation is None:
        return
    if translation is not None and not family.translates:
        yield Misfit(
            (*_GENERATION, "translation_config"),
            f"'{model}' is no interpreter",
            "leave it out, or write model: gemini-3.5-live-translate-preview",
        )
    if generation.enable_affective_dialog is not None and not family.affective_dialog:
        yield Misfit(
            (*_GENERATION, "enable_affective_dialog"),
            f"'{model}' has no such switch",
            _LEAVE_OUT,
        )
    if generation.thinking_config is not None:
        yield from _of_thinking(generation.thinking_config, family, model)


def _of_thinking(
    thinking: ThinkingConfig, family: Family, model: str
) -> Iterator[Misfit]:
    if family.thinking == "none":
        yield Misfit(
            _THINKING,
            f"'{model}' thinks as it sees fit, and refuses to be told how",
            "leave it out, or write model: gemini-3.8-live-extended-thinking",
        )
    elif family.thinking == "level" and thinking.thinking_budget is not None:
        yield Misfit(
            (*_THINKING, "thinking_budget"),
            f"'{model}' has no budget for thinking",
            "write thinking_level: LOW, MEDIUM or HIGH",
        )
    elif family.levels and thinking.thinking_level not in (None, *family.levels):
        yield Misfit(
            (*_THINKING, "thinking_level"),
            f"'{model}' has no level {thinking.thinking_level} of thinking",
            f"one of {', '.join(family.levels)}",
        )
    elif family.thinking == "budget" and thinking.thinking_level is not None:
        yield Misfit(
            (*_THINKING, "thinking_level"),
            f"'{model}' has no levels of thinking",
            "write thinking_budget, in tokens",
        )
