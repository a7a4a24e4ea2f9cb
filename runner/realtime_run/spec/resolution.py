"""From the located tree to Python values: references filled in, scalars resolved."""

from dataclasses import dataclass, field

from realtime_run.core.errors import Problem
from realtime_run.spec.references import BadReferenceError, References
from realtime_run.spec.scalars import resolve, show
from realtime_run.spec.source import Span
from realtime_run.spec.tree import MappingNode, Node, NodePath, ScalarNode, SequenceNode
from realtime_run.spec.values import LocatedStr

_TAG_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "null": type(None),
}


MAX_LOCATED = 1_000
"""How many problems are given a place; a tenth of them is shown."""


@dataclass(slots=True)
class Resolution:
    """Resolves a tree, and remembers what came from where."""

    references: References
    problems: list[Problem] = field(default_factory=list[Problem])
    secrets: dict[NodePath, frozenset[str]] = field(
        default_factory=dict[NodePath, frozenset[str]]
    )
    """At which places something secret stands, and what."""
    broken: set[NodePath] = field(default_factory=set[NodePath])
    """The places that have a problem already, so that none follows from it."""

    def value(self, node: Node, path: NodePath = ()) -> object:
        """Return the value of a node; of a scalar with a problem, None."""
        match node:
            case MappingNode():
                return {
                    key: self.value(entry.value, (*path, key))
                    for key, entry in node.entries.items()
                }
            case SequenceNode():
                return [
                    self.value(item, (*path, index))
                    for index, item in enumerate(node.items)
                ]
            case ScalarNode(text=text) if "$" in text and self._has_failed:
                self.broken.add(path)  # what is wrong with it would not be shown
                return None
            case ScalarNode():
                return self._scalar(node, path)

    @property
    def _has_failed(self) -> bool:
        return len(self.problems) >= MAX_LOCATED

    def _scalar(self, node: ScalarNode, path: NodePath) -> object:
        text, may_be_number = node.text, node.plain
        if "$" in text:
            try:
                expanded = self.references.expand(text, node.span.source.folder)
            except BadReferenceError as error:
                self._report(path, reference_problem(node, error))
                return None
            text, secrets, references_only = expanded
            may_be_number = node.plain and references_only
            if secrets:
                self.secrets[path] = secrets
        if not may_be_number:
            return LocatedStr(text, node.span.source.folder)
        try:
            value = resolve(text)
        except ValueError as error:
            self._report(path, node.span.problem(str(error)))
            return None
        if node.tag and not _fits_tag(value, node.tag):
            shown = "what it stands for" if path in self.secrets else show(value)
            self._report(path, node.span.problem(f"{shown} is no '!!{node.tag}'"))
            return None
        if isinstance(value, str):
            return LocatedStr(value, node.span.source.folder)
        return value

    def _report(self, path: NodePath, problem: Problem) -> None:
        self.broken.add(path)
        self.problems.append(problem)


def _fits_tag(value: object, tag: str) -> bool:
    if tag in {"int", "float"} and isinstance(value, bool):
        return False
    return isinstance(value, _TAG_TYPES[tag])


def reference_problem(node: ScalarNode, error: BadReferenceError) -> Problem:
    """Return the problem at the very reference, if it can be found in the text."""
    source, start, written = node.span.source, node.span.start, error.written
    before = node.text[: error.at].count(written)
    parts = source.text[start : node.span.end].split(written, before + 1)
    if len(parts) < before + 2:  # written with escapes, or over two lines
        return node.span.problem(error.message, error.hint)
    at = start + sum(map(len, parts[:-1])) + before * len(written)
    return Span(source, at, at + len(written)).problem(error.message, error.hint)
