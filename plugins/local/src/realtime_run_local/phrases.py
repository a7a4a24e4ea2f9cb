"""Phrase patterns: what a user may say, written almost as it is said.

* `go forward`: these words;  `*`: any words, also none;  `{name}`: one word or more
* `(left|right)`: one of these;  `[please]`: with it or without
* `/…/`: a regular expression, found anywhere in the text, with named groups

A phrase is matched against all of the text, without regard to case and punctuation.
The matcher walks all ways through a pattern at once, so its time grows with the length
of the pattern times that of the text, never faster.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from realtime_run_local.phrase_syntax import (
    Choice,
    Node,
    Slot,
    Wild,
    Word,
    normalised,
    parse,
)
from realtime_run_local.regex_guard import guarded

if TYPE_CHECKING:
    import re

LONGEST_TEXT = 500
"""Characters of the user's text that patterns look at."""


@dataclass(frozen=True, slots=True)
class _Eat:
    word: str | None
    """None eats any word."""


@dataclass(frozen=True, slots=True)
class _Split:
    ways: tuple[int, ...]
    """Where to go on, the preferred way first."""


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    kind: Literal["begin", "end"]


_Instruction: TypeAlias = _Eat | _Split | _Mark
_Marks: TypeAlias = tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled `when`."""

    groups: tuple[str, ...]
    """The names it captures, in order."""
    _program: tuple[_Instruction, ...] = ()
    _regex: "re.Pattern[str] | None" = None

    def match(self, text: str) -> Mapping[str, str] | None:
        """Return the captured words by name, or None if `text` does not fit.

        A name that took no part is the empty string.
        """
        text = text[:LONGEST_TEXT]
        if self._regex is not None:
            found = self._regex.search(text)
            return found and {k: v or "" for k, v in found.groupdict().items()}
        words = normalised(text)
        marks = _run(self._program, words)
        if marks is None:
            return None
        return {name: " ".join(_between(marks, name, words)) for name in self.groups}


def compiled(pattern: str) -> Pattern:
    """Return the pattern that `pattern` says.

    Raises:
        ValueError: If it is none; the message quotes the place.
    """
    if pattern.startswith("/") and pattern.endswith("/") and len(pattern) > 1:
        regex = guarded(pattern[1:-1])
        return Pattern(tuple(regex.groupindex), _regex=regex)
    nodes = parse(pattern)
    program: list[_Instruction] = []
    _emit_all(nodes, program)
    names = [i.name for i in program if isinstance(i, _Mark) and i.kind == "begin"]
    return Pattern(tuple(dict.fromkeys(names)), tuple(program))


def _emit_all(nodes: tuple[Node, ...], program: list[_Instruction]) -> None:
    for node in nodes:
        _emit(node, program)


def _emit(node: Node, program: list[_Instruction]) -> None:
    match node:
        case Word(text=text):
            program.append(_Eat(text))
        case Wild():
            at = len(program)
            # The shorter way first: what follows the wildcard gets the words.
            program += [_Split((at + 3, at + 1)), _Eat(None), _Split((at,))]
        case Slot(name=name):
            program += [_Mark(name, "begin"), _Eat(None)]
            at = len(program)
            program += [_Split((at + 3, at + 1)), _Eat(None), _Split((at,))]
            program.append(_Mark(name, "end"))
        case Choice(ways=ways):
            _emit_choice(ways, program)


def _emit_choice(
    ways: tuple[tuple[Node, ...], ...], program: list[_Instruction]
) -> None:
    head = len(program)
    program.append(_Split(()))
    starts, ends = list[int](), list[int]()
    for way in ways:
        starts.append(len(program))
        _emit_all(way, program)
        ends.append(len(program))
        program.append(_Split(()))
    program[head] = _Split(tuple(starts))
    for end in ends:
        program[end] = _Split((len(program),))


def _run(program: tuple[_Instruction, ...], words: tuple[str, ...]) -> _Marks | None:
    threads = _reach(program, [(0, ())], 0)
    for at, word in enumerate(words):
        eaten = [
            (here + 1, marks)
            for here, marks in threads
            if here < len(program) and _eats(program[here], word)
        ]
        threads = _reach(program, eaten, at + 1)
    return next((marks for here, marks in threads if here == len(program)), None)


def _reach(
    program: tuple[_Instruction, ...], starts: list[tuple[int, _Marks]], at: int
) -> list[tuple[int, _Marks]]:
    """Return where each thread stands before it must eat, the preferred ones first."""
    reached = list[tuple[int, _Marks]]()
    seen = set[int]()
    waiting = list(reversed(starts))
    while waiting:
        here, marks = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        match program[here] if here < len(program) else None:
            case _Split(ways=ways):
                waiting += [(way, marks) for way in reversed(ways)]
            case _Mark(name=name, kind=kind):
                waiting.append((here + 1, (*marks, (name, kind, at))))
            case _:
                reached.append((here, marks))
    return reached


def _eats(instruction: _Instruction, word: str) -> bool:
    return isinstance(instruction, _Eat) and instruction.word in (None, word)


def _between(marks: _Marks, name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    places = {kind: at for marked, kind, at in marks if marked == name}
    return words[places["begin"] : places["end"]] if "end" in places else ()
