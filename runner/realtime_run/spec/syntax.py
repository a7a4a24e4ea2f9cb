"""What libyaml calls a mistake, in words for the one who made it."""

from dataclasses import dataclass

from realtime_run.core.errors import Problem
from realtime_run.spec.source import Source, Span


@dataclass(frozen=True, slots=True)
class SyntaxMistake:
    """What the parser said; places are indices into the text."""

    problem: str
    at: int
    context: str | None
    began: int | None
    """Where the construct begins in which it happened."""


_OUTDENT = "keys of one mapping begin in the same column, '-' of one list too"
_WORDS: dict[str, tuple[str, str | None]] = {
    "found character that cannot start any token": (
        "a value cannot begin with '{character}'",
        'put it in quotes: "{character}…"',
    ),
    "mapping values are not allowed in this context": (
        "a ':' cannot stand here",
        "quote the text if the colon belongs to it; else check the indentation",
    ),
    "did not find expected ',' or ']'": ("expected ',' or ']'", "{opened}"),
    "did not find expected ',' or '}'": ("expected ',' or '}}'", "{opened}"),
    "did not find expected key": ("expected a key of the mapping here", _OUTDENT),
    "did not find expected '-' indicator": (
        "expected '-' for the next entry of the list",
        _OUTDENT,
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin here",
        "begin it on a line of its own",
    ),
    "did not find expected node content": (
        "expected a value here",
        "put text that begins with a sign in quotes",
    ),
    "did not find expected <document start>": (
        "nothing can follow the end of the value",
        None,
    ),
    "found unknown escape character": (
        "'{escape}' is not an escape",
        "write '\\\\' for a backslash, or use single quotes",
    ),
    "found incompatible YAML document": (
        "this version of YAML is not known",
        "leave the line out",
    ),
}
_AT_THE_BEGINNING: dict[str, tuple[str, str | None]] = {
    "could not find expected ':'": (
        "this line has no ':' after its key",
        "write 'key: value'; lines of a block of text are indented",
    ),
    "found unexpected end of stream": (
        "the quoted text that begins here has no end",
        None,
    ),
}
"""Mistakes that are noticed far behind the place where they were made."""


def syntax_problem(source: Source, mistake: SyntaxMistake) -> Problem:
    """Return the problem for a mistake of syntax."""
    at, text = mistake.at, source.text
    if mistake.problem in _AT_THE_BEGINNING and mistake.began is not None:
        at = mistake.began
        message, hint = _AT_THE_BEGINNING[mistake.problem]
    else:
        plain = f"{mistake.problem} {mistake.context or ''}".strip()
        braced = plain.replace("{", "{{").replace("}", "}}")
        message, hint = _WORDS.get(mistake.problem, (braced, None))
    if text[at : at + 1] == "\t" and "cannot start any token" in mistake.problem:
        message, hint = "a tab cannot indent YAML", "use spaces"
    words = {
        "character": text[at : at + 1],
        "escape": text[at : at + 2],
        "opened": _opened(source, mistake.began),
    }
    at = _before_the_end(text, at)
    hint = hint.format_map(words) if hint else None
    return Span(source, at, at + 1).problem(message.format_map(words), hint or None)


def _opened(source: Source, began: int | None) -> str:
    if began is None:
        return ""
    line, column = source.position(began)
    return f"the '{source.text[began : began + 1]}' stands at {line}:{column}"


def _before_the_end(text: str, index: int) -> int:
    """Return a place that can be shown, of one that may be the end of the text."""
    return index if index < len(text) else len(text.rstrip())
