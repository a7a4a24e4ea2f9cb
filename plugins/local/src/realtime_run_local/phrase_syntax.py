"""Reads phrase patterns, and brings what the user said into the same form."""

import re
from dataclasses import dataclass
from typing import TypeAlias

LONGEST_PATTERN = 300
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Word:
    """Exactly this word."""

    text: str


@dataclass(frozen=True, slots=True)
class Wild:
    """`*`: any words, also none."""


@dataclass(frozen=True, slots=True)
class Slot:
    """`{name}`: one word or more, kept under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """`(a|b)`: one of these; `[a]` is a choice between `a` and nothing."""

    ways: "tuple[tuple[Node, ...], ...]"


Node: TypeAlias = Word | Wild | Slot | Choice

_TOKEN = re.compile(
    r"\s*(?:(?P<slot>\{[^{}]*\})|(?P<sign>[()\[\]|*])|(?P<word>[^\s()\[\]|*{}]+)|(?P<bad>\S))"
)
_WORD = re.compile(r"[^\W_]+(?:[.'\u2019:,-][^\W_]+)*|[+*/]|-(?=\s)|-?\d+(?:\.\d+)?")
_CLOSING = {"(": ")", "[": "]"}


def normalised(text: str) -> tuple[str, ...]:
    """Return the words of `text`: small letters, without punctuation around them."""
    return tuple(
        word.replace("\u2019", "'")
        for word in _WORD.findall(text.lower().replace("\u00d7", " x "))
    )


def parse(pattern: str) -> tuple[Node, ...]:
    """Return the parts of a phrase pattern.

    Raises:
        ValueError: If a bracket is left open, or a name is none.
    """
    if len(pattern) > LONGEST_PATTERN:
        message = f"a pattern has at most {LONGEST_PATTERN} characters"
        raise ValueError(message)
    reader = _Reader(pattern)
    ways = reader.ways(closing=None, depth=0)
    nodes = ways[0] if len(ways) == 1 else (Choice(ways),)
    if not nodes:
        message = "an empty pattern matches nothing; '*' matches everything"
        raise ValueError(message)
    return nodes


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens = list(_TOKEN.finditer(pattern.rstrip()))
        self._at = 0

    def ways(self, closing: str | None, depth: int) -> tuple[tuple[Node, ...], ...]:
        if depth > _DEEPEST:
            message = f"brackets in '{self._pattern}' are too deep"
            raise ValueError(message)
        done = list[tuple[Node, ...]]()
        nodes = list[Node]()
        while (token := self._next()) is not None:
            text = token[0].strip()
            if text == "|":
                done.append(tuple(nodes))
                nodes = []
            elif text == closing:
                return (*done, tuple(nodes))
            else:
                nodes += self._nodes(token, text, depth)
        if closing is not None:
            message = f"'{closing}' is missing in '{self._pattern}'"
            raise ValueError(message)
        return (*done, tuple(nodes))

    def _next(self) -> "re.Match[str] | None":
        if self._at == len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _nodes(self, token: "re.Match[str]", text: str, depth: int) -> tuple[Node, ...]:
        if token["word"]:
            return tuple(Word(word) for word in normalised(text))
        if token["slot"]:
            return (Slot(_name(text)),)
        if text == "*":
            return (Wild(),)
        if text in _CLOSING:
            ways = self.ways(_CLOSING[text], depth + 1)
            return (Choice((*ways, ()) if text == "[" else ways),)
        message = (
            f"'{text}' at character {token.end()} of '{self._pattern}' is too much"
        )
        raise ValueError(message)


def _name(slot: str) -> str:
    name = slot[1:-1].strip()
    if not name.isidentifier():
        message = f"'{slot}' is no name; write '{{meters}}'"
        raise ValueError(message)
    return name
