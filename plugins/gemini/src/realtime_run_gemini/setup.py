"""The setup message: the first of a connection, and the only one of its kind.

Pure. What the spec does not say is left out, so that the server's defaults stand; what
`setup:` says wins over what the portable keys come to.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from realtime_run.core.turn_detection import EAGER_SILENCE_MS, TurnDetection
from realtime_run.plugin.provider_api import Opening, ToolDefinition
from realtime_run.plugin.settings import Settings
from realtime_run_gemini.models import UNKNOWN, Family, family_of
from realtime_run_gemini.settings import GeminiSettings
from realtime_run_gemini.tool_rules import declared_behavior

_LOWERED = frozenset({"generation_config", "realtime_input_config"})
"""What portable keys have a part in."""
_COMPRESSION = "context_window_compression"
_ON_BY_DEFAULT = frozenset(
    {_COMPRESSION, "input_audio_transcription", "output_audio_transcription"}
)


def setup_object(settings: GeminiSettings, opening: Opening) -> dict[str, object]:
    """Return what `setup` holds, its keys in camelCase.

    Args:
        settings: What stands beside `use: gemini`.
        opening: What the portable keys of the spec say.
    """
    family = family_of(settings.model) or UNKNOWN
    return {
        "model": model_path(settings),
        "generationConfig": _generation(settings),
        **_conversation(settings, opening, family),
        **_some("realtimeInputConfig", realtime_input(settings, opening)),
        **_rest(settings, family),
    }


def model_path(settings: GeminiSettings) -> str:
    """Return the model as the service that is asked calls it."""
    model, vertex = settings.model, settings.vertex
    if vertex is None:
        return f"models/{model}"
    published = f"publishers/google/models/{model}"
    if vertex.project is None:  # a key of Vertex's belongs to a project by itself
        return published
    return f"projects/{vertex.project}/locations/{vertex.location}/{published}"


def realtime_input(settings: GeminiSettings, opening: Opening) -> dict[str, object]:
    """Return the `realtimeInputConfig`; empty: all of it as by default."""
    config = settings.setup.realtime_input_config
    written = _object(_camel(config))
    own = _object(written.pop("automaticActivityDetection", None))
    detection: dict[str, object] = {"disabled": True}
    if not opening.manual_turns:
        detection = {**_detection(opening.turn, opening.min_speech_ms), **own}
    # A turn that the session marks comes after a response, or after that was cancelled:
    # then it shall stop the server, which takes no word of a cancel.
    stops = opening.interruptible or opening.manual_turns
    handling = {} if stops else {"activityHandling": "NO_INTERRUPTION"}
    return {**_some("automaticActivityDetection", detection), **handling, **written}


def _conversation(
    settings: GeminiSettings, opening: Opening, family: Family
) -> dict[str, object]:
    """Return what it is about, and what went before."""
    told = {"parts": [{"text": opening.instructions}]} if opening.instructions else {}
    # Without it such a model takes no history; with it and none, it waits for one.
    seeds = opening.resume is None and len(opening.history) > 0
    begins = seeds and not family.content_at_any_time
    history = {"initialHistoryInClientContent": True} if begins else {}
    found = {
        **_some("systemInstruction", told),
        **_some("tools", _tools(settings, opening.tools)),
        **_some("historyConfig", history),
    }
    if settings.resume:  # asks for handles, without one
        resume = opening.resume
        found["sessionResumption"] = {} if resume is None else {"handle": resume.handle}
    return found


def _rest(settings: GeminiSettings, family: Family) -> dict[str, object]:
    """Return what nothing but `setup:` says, and what is on unless it says so."""
    written = settings.setup
    left_out = set(_LOWERED)
    # Of a model that interprets, nothing says that it has a window to compress.
    if family.translates and _COMPRESSION not in written.model_fields_set:
        left_out.add(_COMPRESSION)
    return {
        _camel_word(key): _camel(value)
        for key in type(written).model_fields
        if key not in left_out
        and (value := getattr(written, key)) is not None
        and (key in written.model_fields_set or key in _ON_BY_DEFAULT)
    }


def _detection(turn: TurnDetection, min_speech_ms: int | None) -> dict[str, object]:
    found: dict[str, object] = {}
    if turn.eagerness is not None:
        low = turn.eagerness == "low"
        found["endOfSpeechSensitivity"] = f"END_SENSITIVITY_{'LOW' if low else 'HIGH'}"
        found["silenceDurationMs"] = EAGER_SILENCE_MS[turn.eagerness]
    if turn.silence_ms is not None:
        found["silenceDurationMs"] = turn.silence_ms
    if min_speech_ms is not None:
        # Speech that is needed before it counts. At OpenAI the field of this name is
        # sound that is kept from before the speech.
        found["prefixPaddingMs"] = min_speech_ms
    return found


def _generation(settings: GeminiSettings) -> dict[str, object]:
    written = _object(_camel(settings.setup.generation_config))
    speech: dict[str, object] = {
        "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": settings.voice}}
    }
    if settings.language is not None:
        speech["languageCode"] = settings.language
    own = _object(written.get("speechConfig"))
    return {
        **written,
        # Google's SDK sends it to Vertex even if nobody asked for it.
        "responseModalities": ["AUDIO"],
        "speechConfig": {**speech, **own},
    }


def _tools(
    settings: GeminiSettings, tools: Sequence[ToolDefinition]
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if tools:
        functions = [_function(settings, tool) for tool in tools]
        found.append({"functionDeclarations": functions})
    if settings.google_search:
        found.append({"googleSearch": {}})
    return found


def _function(settings: GeminiSettings, tool: ToolDefinition) -> dict[str, object]:
    described = {"description": tool.description} if tool.description else {}
    behavior = declared_behavior(settings.tools, tool.name, settings.model)
    return {
        "name": tool.name,
        **described,
        "parametersJsonSchema": dict(tool.parameters),
        **({"behavior": behavior} if behavior is not None else {}),
    }


def _some(
    key: str, value: Mapping[str, object] | list[dict[str, object]]
) -> dict[str, object]:
    """Return a field, unless there is nothing in it."""
    return {key: value} if value else {}


def _camel(value: object) -> object:
    """Return some settings as the wire has them, without what is null."""
    match value:
        case Settings():
            given = {key: getattr(value, key) for key in type(value).model_fields}
            return {
                _camel_word(key): _camel(inner)
                for key, inner in given.items()
                if inner is not None
            }
        case Mapping():  # of names that the user chose
            entries = cast("Mapping[str, object]", value)
            return {key: _camel(inner) for key, inner in entries.items()}
        case tuple() | list():
            return [_camel(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value


def _camel_word(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
