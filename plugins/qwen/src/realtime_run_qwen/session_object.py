"""The session object that `session.update` carries.

Pure. What the spec does not say is left out, so that the server's defaults stand; null
is sent where it means something, and was written.
"""

from realtime_run.plugin.provider_api import HistoryItem, Opening
from realtime_run.plugin.settings import Settings
from realtime_run_openai.turn_detection import nobody_ends_turns
from realtime_run_qwen.digest import parted, with_history
from realtime_run_qwen.models import Family, family_or_newest
from realtime_run_qwen.session_settings import Transcription
from realtime_run_qwen.settings import QwenSettings
from realtime_run_qwen.tool_schemas import function
from realtime_run_qwen.turn_detection import SETTING as TURNS
from realtime_run_qwen.turn_detection import turn_detection
from realtime_run_qwen.urls import without_bare_urls

_NULL_MEANS_EITHER = frozenset({"smooth_output"})


def session_object(settings: QwenSettings, opening: Opening) -> dict[str, object]:
    """Return the session of a `session.update`: flat, without the model.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    family = family_or_newest(settings.model)
    written = settings.session
    session: dict[str, object] = {
        "modalities": list(written.modalities),
        "voice": settings.spoken_voice,
        "input_audio_format": written.input_audio_format or family.input_format,
        "output_audio_format": written.output_audio_format or family.output_format,
        **_transcription(written.input_audio_transcription, family),
        "turn_detection": turn_detection_of(settings, opening),
        **_search(settings),
    }
    if instructions := instructions_of(settings, opening):
        session["instructions"] = instructions
    if opening.tools:
        session["tools"] = [function(tool) for tool in opening.tools]
    rest = _written(written)
    return session | {key: rest[key] for key in rest if key not in session}


def instructions_of(settings: QwenSettings, opening: Opening) -> str:
    """Return what the model is told for the whole session; empty: nothing.

    What was said before this connection is the end of it, but for what is unanswered
    (`unanswered_of`).
    """
    instructions = settings.session.instructions or opening.instructions
    as_texts = family_or_newest(settings.model).text_input
    answered, _ = parted(opening.history, as_texts=as_texts)
    told = with_history(instructions, answered)
    return without_bare_urls(told) if settings.sanitise_urls else told


def unanswered_of(settings: QwenSettings, opening: Opening) -> tuple[HistoryItem, ...]:
    """Return what the user said before this connection that has no answer yet.

    Each is an item of the conversation, if the model takes texts.
    """
    as_texts = family_or_newest(settings.model).text_input
    _, unanswered = parted(opening.history, as_texts=as_texts)
    return unanswered


def turn_detection_of(
    settings: QwenSettings, opening: Opening
) -> dict[str, object] | None:
    """Return the session's `turn_detection`.

    Raises:
        ProviderError: If the spec's `turn` cannot be.
    """
    turns = settings.session.turn_detection
    switched_off = turns is None and (
        "turn_detection" in settings.session.model_fields_set
    )
    if switched_off and not opening.manual_turns:
        raise nobody_ends_turns(TURNS)
    return turn_detection(None if turns is None else _written(turns), opening)


def _transcription(settings: Transcription | None, family: Family) -> dict[str, object]:
    if settings is None:
        return {"input_audio_transcription": None}
    named = {} if family.transcriber is None else {"model": family.transcriber}
    asked = {**named, **_written(settings)}
    return {"input_audio_transcription": asked} if asked else {}


def _search(settings: QwenSettings) -> dict[str, object]:
    session = settings.session
    found: dict[str, object] = {}
    if settings.searches:
        found["enable_search"] = True
        if settings.search.sources:
            found["search_options"] = {"enable_source": True}
    if session.search_options is not None:
        found["search_options"] = _written(session.search_options)
    return found


def _written(settings: Settings) -> dict[str, object]:
    """Return what was written of some settings."""
    found: dict[str, object] = {}
    for key in type(settings).model_fields:
        value: object = getattr(settings, key)
        if key not in settings.model_fields_set:
            continue
        if isinstance(value, Settings):
            found[key] = _written(value)
        elif value is not None or key in _NULL_MEANS_EITHER:
            found[key] = value
    return found
