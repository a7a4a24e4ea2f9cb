"""What counts as a word, for `min_words`, `ignore` and `always`."""

import re
from collections.abc import Iterable, Sequence

from realtime_run.core.policy import Phrase

# A letter or digit of any script, with marks and apostrophes inside.
_WORD = re.compile(r"\w+(?:['\u2019\u02bc-]\w+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def phrase(text: str) -> Phrase:
    """Return a text's words, without case and punctuation.

    Where a script writes no spaces (Chinese, Japanese), each character is a word.
    """
    words: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        word = match.group().replace("\u2019", "'").replace("\u02bc", "'")
        if _CJK.search(word):
            words.extend(word)
        else:
            words.append(word)
    return tuple(words)


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
