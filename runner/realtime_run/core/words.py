"""What counts as a word, for `min_words`, `ignore` and `always`."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from realtime_run.core.policy import Phrase

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_JOINERS = "'-"
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def phrase(text: str) -> Phrase:
    """Return a text's words, without case and punctuation.

    Where a script writes no spaces (Chinese, Japanese), each character is a word. Thai,
    Lao, Khmer and Burmese have no spaces either: of them, what stands together is one.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    folded = folded.translate(_APOSTROPHES)
    words: list[str] = []
    for run in "".join(_parted(folded)).split():
        words.extend(run if _CJK.search(run) else (run,))
    return tuple(words)


def _parted(text: str) -> Iterable[str]:
    """Yield each character of a word, and a space for what stands between words."""
    padded = f" {text} "
    for (before, this), after in zip(pairwise(padded), padded[2:], strict=False):
        joins = this in _JOINERS and _is_letter(before) and _is_letter(after)
        yield this if joins or _is_letter(this) else " "


def _is_letter(character: str) -> bool:
    # An accent or a vowel sign is part of the letter before it (category M).
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def phrases(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """Return the words of each text, the longest first."""
    found = {phrase(text) for text in texts} - {()}
    return tuple(sorted(found, key=lambda words: (-len(words), words)))


def contains(words: Phrase, wanted: Sequence[Phrase]) -> bool:
    """Return whether one of the phrases occurs in `words`, as whole words."""
    return any(_at(words, index, wanted) for index in range(len(words)))


def without(words: Phrase, ignored: Sequence[Phrase]) -> Phrase:
    """Return `words` without the ignored phrases.

    Args:
        words: What was said.
        ignored: The longest first.
    """
    left: list[str] = []
    index = 0
    while index < len(words):
        found = _at(words, index, ignored)
        if not found:
            left.append(words[index])
        index += found or 1
    return tuple(left)


def _at(words: Phrase, index: int, wanted: Sequence[Phrase]) -> int:
    """Return the length of the phrase that begins there; 0 if none does."""
    for candidate in wanted:
        if words[index : index + len(candidate)] == candidate:
            return len(candidate)
    return 0
