"""Cuts text that arrives in pieces into sentences, so that speaking can begin early.

How the text was cut on the wire makes no difference to the sentences.
"""

import re

LONGEST = 240
"""Characters: what has no end of a sentence in it is cut at a space before this."""

_EARLY = 24
"""Characters: from here on the first sentence may end at a comma, to sound sooner."""

_END = re.compile(r"[.!?…]+[\"'\u201d\u2019)\]]*(?=\s)|\n")
_CLAUSE = re.compile(r"[,;:—](?=\s)")
_TITLE = re.compile(r"\b(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e)\.$", re.IGNORECASE)
_MARKUP = re.compile(r"\*\*|__|`+|^#{1,6}\s+|^\s*[-*]\s+", re.MULTILINE)


class Sentences:
    """One text on its way."""

    def __init__(self) -> None:
        self._rest = ""
        self._begun = False

    def push(self, text: str) -> tuple[str, ...]:
        """Return the sentences that `text` completes, without space around them."""
        self._rest += text
        found = list[str]()
        at = 0
        while (end := self._next_cut(at)) is not None:
            if sentence := self._rest[at : at + end].strip():
                self._begun = True
                found.append(sentence)
            at += end
        self._rest = self._rest[at:]
        return tuple(found)

    def flush(self) -> tuple[str, ...]:
        """Return what is left, and start afresh."""
        found = list(self.push("\n"))
        self._begun = False
        return tuple(found)

    def _next_cut(self, at: int) -> int | None:
        # No more than a cut depends on: to look at the whole text each time would take
        # hours for the megabytes that a tool may return.
        return _cut(self._rest[at : at + LONGEST + 1], early=not self._begun)


def split(text: str) -> tuple[str, ...]:
    """Return the sentences of a whole text."""
    return Sentences().push(text + "\n")


def speakable(sentence: str) -> str:
    """Return `sentence` without the signs of Markdown, which a voice would read out."""
    return " ".join(_MARKUP.sub("", sentence).split())


def _cut(text: str, *, early: bool) -> int | None:
    """Return where the first sentence ends, as far as that is certain already.

    Args:
        text: What is left, or no more of it than `LONGEST` and one character.
        early: Whether a comma may end it.
    """
    # A cut depends on nothing behind it but one space, so more text never moves it.
    for match in _ends(text, early=early):
        if match > LONGEST:
            break
        return match
    if len(text) <= LONGEST:
        return None
    space = text.rfind(" ", 1, LONGEST)
    return space if text[:space].strip() and space > 0 else LONGEST


def _ends(text: str, *, early: bool) -> list[int]:
    ends = [
        match.end()
        for match in _END.finditer(text)
        if not _TITLE.search(text, 0, match.end())
    ]
    if early:
        ends += [m.end() for m in _CLAUSE.finditer(text) if m.end() >= _EARLY]
    return sorted(ends)
