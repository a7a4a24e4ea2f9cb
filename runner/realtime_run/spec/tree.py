"""The located tree: what YAML says, with the place of every key and value.

Nodes are shared by aliases and never changed once they are read, so layers can be laid
over one another without copying.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from realtime_run.spec.source import Span

PathStep: TypeAlias = str | int
NodePath: TypeAlias = tuple[PathStep, ...]
NAMED = "="
"""The key under which the one value stands that a mapping was written as, where other
keys can be laid over it. YAML 1.1 has the same sign for the same (its type `value`)."""


@dataclass(frozen=True, slots=True, eq=False)
class ScalarNode:
    """One value, not resolved yet."""

    span: Span
    text: str
    plain: bool
    """Written without quotes or as `!!int` and the like: it may be a number."""
    tag: str | None = None
    """The short name of its tag, such as `int`."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceNode:
    """A list."""

    span: Span
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key and its value."""

    key: Span
    value: "Node"


@dataclass(frozen=True, slots=True, eq=False)
class MappingNode:
    """Keys and values, in the order of the text."""

    span: Span
    entries: Mapping[str, Entry]

    def with_entry(self, key: str, entry: Entry) -> "MappingNode":
        """Return this mapping with one entry added or replaced."""
        return MappingNode(self.span, MappingProxyType({**self.entries, key: entry}))


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


def child(node: Node, step: PathStep) -> Node | None:
    """Return what a key or index leads to, or None."""
    if isinstance(node, MappingNode) and isinstance(step, str):
        entry = node.entries.get(step)
        return entry.value if entry else None
    if (
        isinstance(node, SequenceNode)
        and isinstance(step, int)
        and 0 <= step < len(node.items)
    ):
        return node.items[step]
    return None


def lookup(node: Node, path: NodePath) -> Node | None:
    """Return what a path leads to, or None."""
    found: Node | None = node
    for step in path:
        if found is None:
            return None
        found = child(found, step)
    return found


def show_path(path: NodePath) -> str:
    """Return a path as `--set` takes it: `handlers[0].path`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def describe(node: Node) -> str:
    """Return what a node is, in words of YAML: `a list`."""
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
        case ScalarNode():
            return "a single value"


def overlay(below: Node, above: Node) -> Node:
    """Return two layers as one.

    Mappings merge key by key; anything else replaces what is below. A mapping that
    names another plugin (`use`) replaces too: settings of one plugin mean nothing to
    another. So does one that was written as a single value.
    """
    if not isinstance(below, MappingNode) or not isinstance(above, MappingNode):
        return above
    if NAMED in above.entries:
        return above
    if _use_of(above) is not None and _use_of(below) not in {None, _use_of(above)}:
        return above
    entries = dict(below.entries)
    for key, entry in above.entries.items():
        under = entries.get(key)
        if under is not None:
            merged = overlay(under.value, entry.value)
            entries[key] = Entry(entry.key, merged)
        else:
            entries[key] = entry
    return MappingNode(above.span, MappingProxyType(entries))


def _use_of(mapping: MappingNode) -> str | None:
    entry = mapping.entries.get("use")
    if entry is not None and isinstance(entry.value, ScalarNode):
        return entry.value.text
    return None
