"""Speech to text by pocketsphinx, decoding while the user speaks."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from realtime_run.core.errors import ProviderError
from realtime_run_local.settings import PocketsphinxSettings

if TYPE_CHECKING:
    from pathlib import Path

_SEARCH = "realtime_run"
_PIECE = 1024
"""Bytes, 32 ms. The decoder keeps Python's lock while it works on a piece."""
_OPTIONS = {
    "samprate": 16_000,
    "loglevel": "FATAL",
    # The second pass takes 60 ms at the end of a turn, with all threads waiting; on the
    # recorded commands it changed no word.
    "fwdflat": False,
    # At most 20 ms a piece, where noise took up to 90 ms with the default of 30 000.
    "maxhmmpf": 3000,
    # Where the running mean of the cepstrum begins: what it comes to after some speech
    # into a near microphone. The model's own makes the first turn misheard more often.
    "cmninit": "48,-4.5,0,4,-1",
}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NO_WORD = re.compile(r"<[^>]*>|\{[^}]*\}|/[\d.]+/|\"")


class PocketsphinxRecognizer:
    """The decoder that comes with its model in the package."""

    def __init__(self, settings: PocketsphinxSettings) -> None:
        grammar = _grammar(settings)
        options: dict[str, Any] = dict(_OPTIONS)
        if grammar is not None:
            options["lm"] = None  # the model of free speech takes 0.3 s to load
        self._decoder: Any = import_module("pocketsphinx").Decoder(**options)
        self._open = False
        for word, phones in settings.dictionary.items():
            _teach(self._decoder, word.lower(), phones)
        if grammar is not None:
            _restrict(self._decoder, grammar, _place(settings))

    def begin(self) -> None:
        """Begin an utterance, and forget one that was not ended."""
        if self._open:
            self._decoder.end_utt()
        self._decoder.start_utt()
        self._open = True

    def feed(self, pcm: bytes) -> str:
        """Take the next samples; return what is understood so far."""
        for at in range(0, len(pcm), _PIECE):
            piece = pcm[at : at + _PIECE]
            self._decoder.process_raw(piece, no_search=False, full_utt=False)
        return self._text()

    def end(self) -> str:
        """End the utterance; return what was said."""
        self._decoder.end_utt()
        self._open = False
        return self._text()

    def close(self) -> None:
        """Free the decoder."""
        self._decoder = None

    def _text(self) -> str:
        hypothesis = self._decoder.hyp()
        return "" if hypothesis is None else str(hypothesis.hypstr).strip()


def phrase_grammar(phrases: tuple[str, ...]) -> str:
    """Return the JSGF grammar of just these phrases."""
    ways = " | ".join(" ".join(phrase.lower().split()) for phrase in phrases)
    return f"#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = {ways};\n"


def grammar_words(grammar: str) -> tuple[str, ...]:
    """Return the words that a JSGF grammar recognises, each once."""
    return tuple(dict.fromkeys(_words(grammar)))


def _words(grammar: str) -> Iterator[str]:
    body = _COMMENT.sub(" ", grammar).partition(";")[2]
    for statement in body.split(";"):
        _, equals, right = statement.partition("=")
        if equals:
            yield from re.findall(r"[^\s|()\[\]*+;=]+", _NO_WORD.sub(" ", right))


def _grammar(settings: PocketsphinxSettings) -> str | None:
    if settings.phrases is not None:
        return phrase_grammar(settings.phrases)
    if settings.grammar is not None:
        return _read(settings.grammar)
    return settings.grammar_text


def _read(path: "Path") -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the grammar '{path}' cannot be read: {error}"
        raise ProviderError(message, is_recoverable=False) from error


def _place(settings: PocketsphinxSettings) -> str:
    if settings.grammar is not None:
        return f"the grammar '{settings.grammar}'"
    return "'grammar_text'" if settings.phrases is None else "'phrases'"


def _teach(decoder: Any, word: str, phones: str) -> None:
    try:
        # `update` makes the decoder rebuild its search, so that it can find the word.
        decoder.add_word(word, phones.upper(), update=True)
    except RuntimeError as error:
        message = f"'dictionary': '{phones}' is no pronunciation of '{word}'"
        raise ProviderError(message, is_recoverable=False) from error


def _restrict(decoder: Any, grammar: str, place: str) -> None:
    unknown = [w for w in grammar_words(grammar) if decoder.lookup_word(w) is None]
    if unknown:
        message = (
            f"{place} has words without a pronunciation: {', '.join(unknown)}; "
            "write them in small letters, or add them to 'dictionary'"
        )
        raise ProviderError(message, is_recoverable=False)
    try:
        decoder.add_jsgf_string(_SEARCH, grammar)
        decoder.activate_search(_SEARCH)
    except (ValueError, RuntimeError, KeyError) as error:
        message = f"{place} is no JSGF grammar with a public rule: {error}"
        raise ProviderError(message, is_recoverable=False) from error
