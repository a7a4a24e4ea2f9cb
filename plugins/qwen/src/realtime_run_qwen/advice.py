"""What is legal and odd in the settings, told before connecting."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.addresses import is_loopback
from realtime_run.plugin.provider_api import Advice, Opening
from realtime_run_openai.turn_detection import advice_on_turns
from realtime_run_qwen.models import family_of, model_name
from realtime_run_qwen.session_object import session_object
from realtime_run_qwen.settings import DEFAULT_MODEL, QwenSettings
from realtime_run_qwen.turn_detection import SETTING as TURNS

_SESSION = "provider.session"


def advice(settings: QwenSettings, opening: Opening) -> tuple[Advice, ...]:
    """Return what the writer of a spec should know of these settings.

    Args:
        settings: What is written beside `use: qwen`.
        opening: What the portable keys of the spec say.
    """
    return (
        *_refused(settings, opening),
        *_said_twice(settings, opening),
        *advice_on_turns(settings.session.turn_detection, opening, TURNS),
        *_models(settings, opening),
        *_idle(settings),
    )


def _refused(settings: QwenSettings, opening: Opening) -> Iterator[Advice]:
    """Yield what would be refused when connecting."""
    try:
        session_object(settings, opening)
    except ProviderError as error:
        yield Advice(
            message=error.message,
            setting=error.setting or "provider",
            severity="error",
        )
    family = family_of(settings.model)
    if opening.tools and family is not None and not family.tools:
        yield Advice(
            message=f"{family.name} calls no tools",
            setting="tools",
            hint=f"leave them out, or write model: {DEFAULT_MODEL}",
            severity="error",
        )
    if settings.searches and opening.tools:
        in_session = settings.session.enable_search is not None
        yield Advice(
            message="the model either searches the web or calls tools, and the spec"
            f" has tools ({', '.join(tool.name for tool in opening.tools)})",
            setting=f"{_SESSION}.enable_search" if in_session else "provider.search",
            hint="leave out 'search', or 'tools'",
            severity="error",
        )


def _said_twice(settings: QwenSettings, opening: Opening) -> Iterator[Advice]:
    session, beside = settings.session, settings.model_fields_set
    twice = (
        ("instructions", "instructions", bool(opening.instructions)),
        ("voice", "voice", "voice" in beside),
        ("enable_search", "search", "search" in beside),
        ("search_options", "search", "search" in beside),
    )
    for key, portable, is_written in twice:
        if getattr(session, key) is not None and is_written:
            yield Advice(
                message=f"'session.{key}' takes the place of '{portable}'",
                setting=f"{_SESSION}.{key}",
                hint="keep one of them",
            )


def _models(settings: QwenSettings, opening: Opening) -> Iterator[Advice]:
    if family_of(settings.model) is None:
        yield Advice(
            message=f"nothing is known of model '{settings.model}': what it can do is "
            "not checked, and what it costs is not told",
            setting="provider.model",
        )
    transcription = settings.session.input_audio_transcription
    if transcription and transcription.language is not None:
        yield Advice(
            message="with a 'language' of the transcript, the service has been seen to"
            " end sessions",
            setting=f"{_SESSION}.input_audio_transcription.language",
            hint="leave it out: it finds the language by itself",
        )
    silent = model_name(settings.model) == "qwen3.5-omni-flash-realtime"
    if silent and opening.manual_turns and transcription:
        yield Advice(
            message=f"'{settings.model}' gives no transcripts of turns that the runner"
            " finds",
            setting="provider.model",
            hint="write model: qwen3.5-omni-plus-realtime, or turn: {end: server}",
        )


def _idle(settings: QwenSettings) -> Iterator[Advice]:
    """Yield what was written and has nothing to act on, or is not heard."""
    if "audio" not in settings.session.modalities:
        yield Advice(
            message="with modalities: [text], the agent writes and is not heard",
            setting=f"{_SESSION}.modalities",
        )
    elsewhere = settings.base_url is not None and not _is_here(settings.base_url)
    if elsewhere and "region" in settings.model_fields_set:
        yield Advice(
            message="'region' has no effect beside 'base_url'",
            setting="provider.region",
            hint="leave one of them out",
        )


def _is_here(url: str) -> bool:
    # A spec that is simulated keeps what it says of the service.
    return is_loopback(urlsplit(url).hostname or "")
