"""The session object: what `session.update`, calls and ephemeral keys carry.

Pure. What the spec does not say is left out, so that the server's defaults stand; null
is sent where it means something, and was written.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import SecretStr

from realtime_run.plugin.provider_api import Opening, ToolDefinition
from realtime_run.plugin.settings import Settings
from realtime_run_openai.audio_settings import Transcription
from realtime_run_openai.dialect import Dialect
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.turn_detection import nobody_ends_turns, turn_detection

PCM: Mapping[str, object] = {"type": "audio/pcm", "rate": 24_000}
_NULL_MEANS_OFF = frozenset({"idle_timeout_ms", "noise_reduction", "tracing"})


def session_object(
    settings: OpenAISettings, opening: Opening, dialect: Dialect
) -> dict[str, object]:
    """Return the session of a `session.update`: without the model, which never changes.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    session = {"type": "realtime", **_written(settings.session)}
    if instructions := instructions_of(settings, opening):
        session["instructions"] = instructions
    tools = [
        *map(_function, opening.tools),
        *map(_written, settings.session.tools),
    ]
    session.pop("tools", None)
    if tools:
        session["tools"] = tools
    session["audio"] = {
        "input": _input(settings, opening, dialect),
        "output": _output(settings),
    }
    return session if dialect.is_nested else _flat(session)


def instructions_of(settings: OpenAISettings, opening: Opening) -> str:
    """Return what the model is told for the whole session; empty: nothing."""
    return settings.session.instructions or opening.instructions


def call_session(
    settings: OpenAISettings, opening: Opening, dialect: Dialect
) -> dict[str, object]:
    """Return the session that a call or an ephemeral key is made with.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    return {**session_object(settings, opening, dialect), "model": settings.model}


def turn_detection_of(
    settings: OpenAISettings, opening: Opening, dialect: Dialect
) -> dict[str, object] | None:
    """Return the session's `turn_detection`, wherever in it the dialect puts it.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    heard = settings.session.audio.input
    turns = heard.turn_detection
    switched_off = turns is None and "turn_detection" in heard.model_fields_set
    if switched_off and not opening.manual_turns:
        raise nobody_ends_turns()
    written = None if turns is None else _written(turns)
    return turn_detection(written, opening, dialect)


def _input(
    settings: OpenAISettings, opening: Opening, dialect: Dialect
) -> dict[str, object]:
    audio = settings.session.audio.input
    return {
        **_written(audio),
        "format": dict(PCM),
        "transcription": _transcription(audio.transcription, dialect),
        "turn_detection": turn_detection_of(settings, opening, dialect),
    }


def _output(settings: OpenAISettings) -> dict[str, object]:
    audio = settings.session.audio.output
    voice = settings.voice if audio.voice is None else audio.voice
    return {**_written(audio), "format": dict(PCM), "voice": _plain(voice)}


def _transcription(
    settings: Transcription | None, dialect: Dialect
) -> dict[str, object] | None:
    if settings is None:
        return None
    return {"model": dialect.transcriber, **_written(settings)}


def _function(tool: ToolDefinition) -> dict[str, object]:
    described = {"description": tool.description} if tool.description else {}
    return {
        "type": "function",
        "name": tool.name,
        **described,
        "parameters": dict(tool.parameters),
    }


def _flat(session: Mapping[str, object]) -> dict[str, object]:
    """Return a session as xAI takes it: `voice` and `turn_detection` at its top."""
    audio = cast("dict[str, dict[str, object]]", session["audio"])
    heard, spoken = dict(audio["input"]), dict(audio["output"])
    turns, voice = heard.pop("turn_detection"), spoken.pop("voice")
    if isinstance(voice, dict):
        voice = cast("dict[str, object]", voice)["id"]
    rest = {key: value for key, value in session.items() if key != "type"}
    return {
        **rest,
        "voice": voice,
        "turn_detection": turns,
        "audio": {"input": heard, "output": spoken},
    }


def _written(settings: Settings) -> dict[str, object]:
    """Return what was written of some settings, secrets in clear."""
    found: dict[str, object] = {}
    for key in type(settings).model_fields:
        value = getattr(settings, key)
        if key not in settings.model_fields_set:
            continue
        if value is not None or key in _NULL_MEANS_OFF:
            found[key] = _plain(value)
    return found


def _plain(value: object) -> object:
    match value:
        case Settings():
            return _written(value)
        case SecretStr():
            return value.get_secret_value()
        case Mapping():
            entries = cast("Mapping[str, object]", value)
            return {key: _plain(inner) for key, inner in entries.items()}
        case tuple() | list():
            return [_plain(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value
