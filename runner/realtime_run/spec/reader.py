"""From bytes to the located tree.

The parser's events are composed without recursion and counted as they come, aliases by
what they stand for: whatever the bytes, the answer is a tree of at most 50,000 nodes
and 64 levels, or a problem.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from realtime_run.core.errors import Problem
from realtime_run.spec.composer import Composer
from realtime_run.spec.source import Source, Span, SpecProblem
from realtime_run.spec.syntax import SyntaxMistake, syntax_problem
from realtime_run.spec.tree import Node

MAX_BYTES = 1 << 20
_DIRECTIVES = 16

_YAML: Any = yaml  # its stubs leave the loader's type open
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Events: TypeAlias = Iterator[yaml.Event]

# What is forbidden, not what is allowed: that would take 6 ms to compile.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
_OLD_BREAKS = "\x85\u2028\u2029"
"""Ends of lines to YAML 1.1 and libyaml; characters to YAML 1.2 and editors."""


def decode(raw: bytes, source: Source) -> Source:
    """Return the source with its text.

    Raises:
        SpecProblem: If it is too long, no UTF-8, or has control characters.
    """
    if len(raw) > MAX_BYTES:
        message = f"is longer than {MAX_BYTES} bytes"
        raise SpecProblem(Problem(message=message, file=source.name))
    try:
        source.text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source.text = raw.decode("utf-8-sig", "replace")
        start = raw[3:] if raw.startswith(b"\xef\xbb\xbf") else raw
        at = len(start[: error.start].decode("utf-8", "replace"))
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        problem = Span(source, at, at + 1).problem(message, "save the file as UTF-8")
        raise SpecProblem(problem) from None
    check_characters(source)
    return source


def check_characters(source: Source) -> None:
    """Refuse what YAML does not allow in a text.

    Raises:
        SpecProblem: If there is a control character.
    """
    found = _FORBIDDEN.search(source.text)
    if found:
        code = ord(found[0])
        message = f"the character U+{code:04X} is not allowed in YAML"
        hint = f'write it as "\\u{code:04x}" in double quotes'
        raise SpecProblem(Span(source, *found.span()).problem(message, hint))


def read_tree(source: Source) -> tuple[Node | None, int, tuple[Problem, ...]]:
    """Return the tree of a text, its number of nodes, and problems beside syntax.

    Raises:
        SpecProblem: At the first mistake of syntax, and where a limit is passed.
    """
    directives = [found.start() for found in re.finditer(r"(?m)^%", source.text)]
    if len(directives) > _DIRECTIVES:
        span = Span(source, directives[_DIRECTIVES], directives[_DIRECTIVES] + 1)
        message = f"more than {_DIRECTIVES} lines begin with '%'"
        raise SpecProblem(span.problem(message, "a spec needs no YAML directives"))
    text, restore = _with_new_breaks(source.text)
    composer = Composer(source, restore)
    for event in _events(text, source):
        composer.take(event)
    return composer.root, composer.count, tuple(composer.problems)


def _events(text: str, source: Source) -> _Events:
    try:
        yield from _YAML.parse(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        mistake = SyntaxMistake(
            problem=error.problem or "",
            at=mark.index if mark else 0,
            context=error.context,
            began=error.context_mark.index if error.context_mark else None,
        )
        raise SpecProblem(syntax_problem(source, mistake)) from None
    except yaml.YAMLError as error:
        message = str(error).splitlines()[0]
        raise SpecProblem(Problem(message=message, file=source.name)) from None


def _with_new_breaks(text: str) -> tuple[str, dict[int, str]]:
    """Return the text as YAML 1.2 reads it, and how to get its characters back.

    Each old line break is replaced by a character for private use that does not occur.
    """
    present = [old for old in _OLD_BREAKS if old in text]
    if not present:
        return text, {}
    used = set(text)
    free = (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in used)
    swaps = dict(zip(present, free, strict=False))
    translated = text.translate({ord(old): new for old, new in swaps.items()})
    return translated, {ord(new): old for old, new in swaps.items()}
