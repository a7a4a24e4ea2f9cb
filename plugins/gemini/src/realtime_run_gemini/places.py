"""Where in the spec the field stands that the server complains about.

Google says it in a sentence: `Unknown name "thinkingConfig" at
'setup.generation_config'`, or only `Thinking level is not supported for this model`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from realtime_run_gemini.field_types import written
from realtime_run_gemini.settings import GeminiSettings

_QUOTED = re.compile(r"'setup\.([A-Za-z_.\[\]0-9]+)'?")
_NAMED = re.compile(r'[Uu]nknown name \\?"([A-Za-z_]+)')
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_PORTABLE: Mapping[str, str] = {
    "model": "provider.model",
    "voice_config": "provider.voice",
    "speech_config": "provider.voice",
    "language_code": "provider.language",
    "system_instruction": "instructions",
    "function_declarations": "tools",
    "google_search": "provider.google_search",
    "session_resumption": "provider.resume",
    "end_of_speech_sensitivity": "turn.eagerness",
    "silence_duration_ms": "turn.silence",
    "prefix_padding_ms": "barge_in.min_speech",
    "activity_handling": "barge_in",
    "automatic_activity_detection": "turn",
    "tools": "tools",
}
"""Keys outside `setup:` that a field was made from."""
_WORDS: Mapping[str, str] = {
    r"\bvoice": "provider.voice",
    r"\blanguage": "provider.language",
    r"\b(?:function|tool)s?\b": "tools",
    r"\bmodels?/|\bmodel\b.*\bnot found|for api version": "provider.model",
}
"""What a sentence without a field is about."""
_ALWAYS = frozenset(
    {
        "input_audio_transcription",
        "output_audio_transcription",
        "context_window_compression",
    }
)
_SPEECH = "generation_config.speech_config"
_INSTEAD: Mapping[str, str] = {
    "provider.voice": f"{_SPEECH}.voice_config",
    "provider.language": f"{_SPEECH}.language_code",
}
"""What of `setup:` takes the place of a key beside it."""
_WHO = re.compile(
    r"api[_ ]?key|credential|unauthenticated|permission|ephemeral|auth_tokens",
    re.IGNORECASE,
)


def setting_of(said: str, settings: GeminiSettings) -> str | None:
    """Return the path of the spec that the server speaks of, or None.

    Args:
        said: The server's own words, cut maybe.
        settings: What stands beside `use: gemini`.
    """
    if is_about_who(said):
        return settings.identity
    for path in _mentioned(said):
        if (found := _setting(path, settings)) is not None:
            return found
    words = _snake(said).replace("_", " ")
    return _named(words, settings) or _meant(words, settings)


def is_about_who(said: str) -> bool:
    """Return whether the server speaks of who one is, and what one may do."""
    return _WHO.search(said) is not None


def _mentioned(said: str) -> Iterator[str]:
    """Yield the fields that are named by their path, in the words of `setup:`."""
    quoted = _QUOTED.search(said)
    named = _NAMED.search(said)
    above = _snake(quoted[1]) if quoted else ""
    if named is not None:
        yield f"{above}.{_snake(named[1])}".lstrip(".")
    if above:
        yield above


def _setting(path: str, settings: GeminiSettings) -> str | None:
    """Return what of the spec a field was made from: itself, or a portable key."""
    keys = re.sub(r"\[\d+\]", "", path).split(".")
    own = tuple(written(settings.setup))
    for end in range(len(keys), 0, -1):
        here, key = ".".join(keys[:end]), keys[end - 1]
        # The server may leave out what a field is in.
        if (at := _ending(here, own) or _ending(key, own)) is not None:
            return f"provider.setup.{at}"
        if key in _PORTABLE:
            return _PORTABLE[key]
    # Transcripts and compression are asked for unless the spec says otherwise.
    return f"provider.setup.{keys[0]}" if keys[0] in _ALWAYS else None


def _ending(path: str, own: Iterable[str]) -> str | None:
    return next((at for at in own if f".{at}".endswith(f".{path}")), None)


def _named(words: str, settings: GeminiSettings) -> str | None:
    """Return the written field whose name stands in a sentence, the longest of them."""
    found = [
        path
        for path in written(settings.setup)
        if re.search(rf"\b{_name(path).replace('_', ' ')}\b", words)
    ]
    longest = max(found, key=lambda path: len(_name(path)), default=None)
    return None if longest is None else f"provider.setup.{longest}"


def _meant(words: str, settings: GeminiSettings) -> str | None:
    """Return what a sentence is about that names no field."""
    about = (where for pattern, where in _WORDS.items() if re.search(pattern, words))
    found = next(about, None)
    instead = None if found is None else _INSTEAD.get(found)
    is_written = instead is not None and instead in written(settings.setup)
    return f"provider.setup.{instead}" if is_written else found


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _snake(text: str) -> str:
    return _HUMP.sub(r"_\1", text).lower()
