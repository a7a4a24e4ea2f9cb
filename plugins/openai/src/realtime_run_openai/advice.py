"""What is legal and odd in the settings, told before connecting."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from realtime_run.core.errors import ProviderError
from realtime_run.plugin.provider_api import Advice, Opening
from realtime_run_openai.dialect import AZURE, OPENAI
from realtime_run_openai.models import SHUTDOWNS, family_of
from realtime_run_openai.session_object import session_object
from realtime_run_openai.settings import DEFAULT_URL, OpenAISettings, Transport
from realtime_run_openai.turn_detection import advice_on_turns

_SESSION = "provider.session"
_TRANSCRIBER = f"{_SESSION}.audio.input.transcription"


def advice(
    settings: OpenAISettings, opening: Opening, transport: Transport
) -> tuple[Advice, ...]:
    """Return what the writer of a spec should know of these settings.

    Args:
        settings: What is written beside `use: openai`.
        opening: What the portable keys of the spec say.
        transport: What the connection would go over.
    """
    return (
        *_refused(settings, opening),
        *_fights(settings, opening),
        *_models(settings),
        *_server(settings),
        *_idle(settings, transport),
    )


def _refused(settings: OpenAISettings, opening: Opening) -> Iterator[Advice]:
    """Yield what would be refused when connecting."""
    try:
        session_object(settings, opening, settings.spoken)
    except ProviderError as error:
        yield Advice(
            message=error.message,
            setting=error.setting or "provider",
            severity="error",
        )


def _fights(settings: OpenAISettings, opening: Opening) -> Iterator[Advice]:
    """Yield what is said twice."""
    session, turns = settings.session, settings.session.audio.input.turn_detection
    if session.instructions is not None and opening.instructions:
        yield Advice(
            message="'session.instructions' takes the place of 'instructions'",
            setting=f"{_SESSION}.instructions",
            hint="keep one of them",
        )
    if session.audio.output.voice is not None and "voice" in settings.model_fields_set:
        yield Advice(
            message="'session.audio.output.voice' takes the place of 'voice'",
            setting=f"{_SESSION}.audio.output.voice",
            hint="keep one of them",
        )
    yield from advice_on_turns(turns, opening)


def _models(settings: OpenAISettings) -> Iterator[Advice]:
    audio, dialect = settings.session.audio.input, settings.spoken
    transcriber = audio.transcription.model if audio.transcription else None
    if dialect is AZURE and audio.transcription and transcriber is None:
        yield Advice(
            message="Azure transcribes the user's speech with a deployment of yours, "
            f"here '{dialect.transcriber}'",
            setting=_TRANSCRIBER,
            hint="write its name as 'model', or transcription: null",
        )
    if dialect is not OPENAI:
        return
    for name, setting in (
        (settings.model, "provider.model"),
        (transcriber, f"{_TRANSCRIBER}.model"),
    ):
        if name is not None and (end := SHUTDOWNS.get(name)):
            yield Advice(
                message=f"'{name}' is to be shut down on {end.on}",
                setting=setting,
                hint=f"write {end.successor}",
            )
    if family_of(settings.model) is None and _is_vendors_own(settings):
        yield Advice(
            message=f"nothing is known of model '{settings.model}': what it can do is "
            "not checked, and what it costs is not told",
            setting="provider.model",
        )


def _server(settings: OpenAISettings) -> Iterator[Advice]:
    if settings.session.output_modalities == ("text",):
        yield Advice(
            message="with output_modalities: [text], the agent writes and is not heard",
            setting=f"{_SESSION}.output_modalities",
        )
    if settings.spoken is not AZURE:
        return
    if not urlsplit(settings.base_url).path.endswith("/openai/v1"):
        yield Advice(
            message=f"'{settings.base_url}' does not end in /openai/v1",
            setting="provider.base_url",
            hint="such as https://NAME.openai.azure.com/openai/v1",
        )
    if "api-version" in settings.query:
        yield Advice(
            message="'api-version' belongs to Azure's preview, which has other events",
            setting="provider.query",
            hint="leave it out",
        )


def _idle(settings: OpenAISettings, transport: Transport) -> Iterator[Advice]:
    """Yield what was written and has nothing to act on."""
    idle: list[tuple[str, str]] = []
    if transport == "webrtc":
        idle.append(("append_ms", "WebRTC"))
    elif settings.client_secret:
        idle.append(("client_secret", "a WebSocket"))
    for key, where in idle:
        if key in settings.model_fields_set:
            yield Advice(
                message=f"'{key}' has no effect over {where}",
                setting=f"provider.{key}",
                hint="leave it out, or name the transport",
            )
    if settings.video == "track":
        for key in ("image_detail", "images_kept"):
            if key in settings.model_fields_set:
                yield Advice(
                    message=f"'{key}' has no effect with video: track",
                    setting=f"provider.{key}",
                    hint="leave it out",
                )


def _is_vendors_own(settings: OpenAISettings) -> bool:
    host, own = (urlsplit(url).hostname for url in (settings.base_url, DEFAULT_URL))
    return host == own or (host or "").endswith(f".{own}")  # such as eu.api.openai.com
