"""Which keys of the session object a model and a dialect take.

The server refuses a whole update for one key that it does not know, tools and all: what
it would refuse is found here, before connecting. Nothing is said of unknown models.
"""

from collections.abc import Iterator, Mapping

from realtime_run.plugin.misfits import Misfit
from realtime_run.plugin.settings import Settings
from realtime_run_openai.audio_settings import SemanticVad, Transcription
from realtime_run_openai.dialect import Dialect
from realtime_run_openai.models import family_of
from realtime_run_openai.session_settings import SessionSettings

_TRANSCRIPTION = ("session", "audio", "input", "transcription")
_LISTED = frozenset({"gpt-transcribe", "gpt-live-transcribe"})
_WHISPER = frozenset({"gpt-realtime-whisper"})
_OLD = frozenset(
    {
        "whisper-1",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
    }
)
_KNOWN = _LISTED | _WHISPER | _OLD | {"gpt-4o-transcribe-diarize"}
_TAKERS: Mapping[str, frozenset[str]] = {
    "delay": _WHISPER,
    "keywords": _LISTED,
    "languages": _LISTED,
    "prompt": _KNOWN - _WHISPER - {"gpt-4o-transcribe-diarize"},
}
"""Which of the known transcribers take a key that not all take."""


def session_misfits(
    session: SessionSettings, model: str, dialect: Dialect
) -> Iterator[Misfit]:
    """Yield what a server would refuse, at places that begin with `session`.

    Args:
        session: What is written.
        model: Which model it is for.
        dialect: Whose server it is for.
    """
    yield from _reasoning(session, model, dialect)
    yield from _absent(session, dialect)
    audio = session.audio.input
    if audio.transcription is not None:
        yield from _transcription(audio.transcription, dialect)
    if isinstance(audio.turn_detection, SemanticVad) and (
        "semantic" not in dialect.turn
    ):
        yield Misfit(
            ("session", "audio", "input", "turn_detection", "type"),
            f"{dialect.vendor} has no semantic_vad",
            "write server_vad",
        )


def _reasoning(
    session: SessionSettings, model: str, dialect: Dialect
) -> Iterator[Misfit]:
    family = family_of(model)
    for key in ("reasoning", "parallel_tool_calls"):
        if getattr(session, key) is None or family is None or family.reasons:
            continue
        yield Misfit(
            ("session", key),
            f"model '{model}' does not reason, and refuses '{key}'",
            "leave it out, or write model: gpt-realtime-2.1",
        )
    if session.reasoning and session.reasoning.effort not in dialect.efforts:
        yield Misfit(
            ("session", "reasoning", "effort"),
            f"{dialect.vendor} knows no effort '{session.reasoning.effort}'",
            "the least is minimal",
        )


def _absent(session: SessionSettings, dialect: Dialect) -> Iterator[Misfit]:
    for path in sorted(dialect.lacks):
        place = tuple(path.split("."))
        if _is_written(session, place):
            yield Misfit(
                ("session", *place),
                f"the session of {dialect.vendor} has no '{path}'",
                "leave it out",
            )


def _is_written(session: SessionSettings, place: tuple[str, ...]) -> bool:
    part: object = session
    for key in place:
        if not isinstance(part, Settings) or key not in part.model_fields_set:
            return False
        part = getattr(part, key)
    return True


def _transcription(settings: Transcription, dialect: Dialect) -> Iterator[Misfit]:
    model = settings.model or dialect.transcriber
    if model not in _KNOWN:
        return
    for key, takers in _TAKERS.items():
        if getattr(settings, key) is not None and model not in takers:
            yield Misfit(
                (*_TRANSCRIPTION, key),
                f"the transcriber '{model}' takes no '{key}'",
                f"these do: {', '.join(sorted(takers - _OLD))}",
            )
