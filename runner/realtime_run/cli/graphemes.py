"""Where one visible character ends and the next begins: pure.

A cursor that stops inside of an accented letter, a flag or a family shows half of it.
The rules are the common ones of Unicode's UAX 29, as far as Python's tables go.
"""

import unicodedata

_JOINER = "\u200d"
_FLAGS = range(0x1F1E6, 0x1F200)
_SKINS = range(0x1F3FB, 0x1F400)
_HANGUL_JOINING = range(0x1160, 0x1200)
"""Vowels and final consonants, which are written into the syllable before them."""
_LONGEST = 32
"""More is not looked at: a letter with a thousand accents is nobody's."""


def first_length(text: str) -> int:
    """Return how many code points the first visible character of `text` has."""
    for at in range(1, min(len(text), _LONGEST)):
        if not _joined(text, at, begin=0):
            return at
    return min(len(text), _LONGEST)


def last_length(text: str) -> int:
    """Return how many code points the last visible character of `text` has."""
    begin = max(0, len(text) - _LONGEST)
    for at in range(len(text) - 1, begin, -1):
        if not _joined(text, at, begin=begin):
            return len(text) - at
    return len(text) - begin


def _joined(text: str, at: int, *, begin: int) -> bool:
    """Return whether `text[at]` belongs to the character before it."""
    before, this = text[at - 1], text[at]
    if _JOINER in (before, this):
        return True
    if unicodedata.category(this) in {"Mn", "Me", "Mc"}:
        return True
    if ord(this) in _SKINS or ord(this) in _HANGUL_JOINING:
        return True
    if ord(this) in _FLAGS and ord(before) in _FLAGS:
        flags = 0  # two of them are one flag
        while at - flags > begin and ord(text[at - flags - 1]) in _FLAGS:
            flags += 1
        return flags % 2 == 1
    return False
