"""Composes a located tree from the parser's events, without recursion."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from realtime_run.spec.scalars import resolve
from realtime_run.spec.source import Source, Span, SpecProblem
from realtime_run.spec.tree import (
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    describe,
)

if TYPE_CHECKING:
    from realtime_run.core.errors import Problem

MAX_NODES = 50_000
MAX_DEPTH = 64

_STANDARD = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset({"str", "int", "float", "bool", "null"})


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come."""

    span: Span
    anchor: str | None
    is_mapping: bool
    counted: int
    """How many nodes there were before it."""
    flow: bool
    items: list[Node] = field(default_factory=list[Node])
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    merged: list[tuple[Span, Node]] = field(default_factory=list[tuple[Span, Node]])
    key: ScalarNode | None = None
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class Composer:
    """Takes events one by one; `root` is the tree when they end."""

    def __init__(self, source: Source, restore: dict[int, str]) -> None:
        self.root: Node | None = None
        self.count = 0
        """How many nodes the tree has, aliases counted by what they stand for."""
        self.problems: list[Problem] = []
        """What is wrong, but does not end the reading."""
        self._source = source
        self._restore = restore
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        """None: the anchor's node has not ended."""
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Go on by one event.

        Raises:
            SpecProblem: If a limit is passed, or what is written has no meaning here.
        """
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                self._end(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    hint = "write it into a file of its own"
                    raise self._refuse(event, "a second document begins here", hint)
            case _:
                pass

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._add_to_count(event, 1)
        span = self._span(event, event.value)
        tag = self._tag(event, span)
        if tag not in _SCALAR_TAGS and tag is not None:
            raise SpecProblem(span.problem(f"a single value cannot be '!!{tag}'"))
        text = event.value.translate(self._restore) if self._restore else event.value
        is_plain = not event.style and event.tag != "!"
        node = ScalarNode(span, text, is_plain if tag is None else tag != "str", tag)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, 1, 0)
        self._put(node, 0)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._add_to_count(event, 1)
        if len(self._stack) >= MAX_DEPTH:
            raise self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        span = self._span(event)
        tag = self._tag(event, span)
        if tag not in {None, "map" if is_mapping else "seq"}:
            kind = "mapping" if is_mapping else "list"
            raise SpecProblem(span.problem(f"a {kind} cannot be '!!{tag}'"))
        if event.anchor:
            self._anchors[event.anchor] = None
        flow = bool(event.flow_style)
        if self._stack and self._stack[-1].is_mapping and self._stack[-1].key is None:
            hint = "keys are text"
            raise SpecProblem(span.problem("a list or mapping cannot be a key", hint))
        opened = _Open(span, event.anchor, is_mapping, self.count - 1, flow)
        self._stack.append(opened)

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        opened = self._stack.pop()
        end = max(_index(event.end_mark), opened.span.start)
        if not opened.flow:  # libyaml ends a block where the next thing begins
            end = self._last_end(opened)
        span = Span(self._source, opened.span.start, end)
        node: Node
        if opened.is_mapping:
            node = MappingNode(span, MappingProxyType(self._merge(opened)))
        else:
            node = SequenceNode(span, tuple(opened.items))
        if opened.anchor:
            size = self.count - opened.counted
            self._anchors[opened.anchor] = _Anchored(node, size, opened.height)
        self._put(node, opened.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = str(event.anchor)
        if name not in self._anchors:
            import difflib  # noqa: PLC0415 - needed for mistakes only

            near = difflib.get_close_matches(name, self._anchors, 1)
            hint = (
                f"did you mean '*{near[0]}'?" if near else "write the anchor above it"
            )
            raise self._refuse(event, f"there is no anchor '&{name}' above", hint)
        anchored = self._anchors[name]
        if anchored is None:
            raise self._refuse(event, f"'*{name}' stands inside of '&{name}' itself")
        self._add_to_count(event, anchored.size)
        if len(self._stack) + anchored.height > MAX_DEPTH:
            raise self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        # Problems of the value as a whole stand at the alias, others within the anchor.
        node = replace(anchored.node, span=self._span(event))
        self._put(node, anchored.height)

    def _put(self, node: Node, height: int) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.height = max(parent.height, height + 1)
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self._as_key(node)
            self._check_quirk(parent, node.span, "?")
        else:
            key, parent.key = parent.key, None
            if key.plain and parent.flow:
                self._check_quirk(parent, node.span, ":")
            self._enter(parent, key, node)

    @staticmethod
    def _as_key(node: Node) -> ScalarNode:
        if not isinstance(node, ScalarNode):
            hint = "keys are text"
            message = f"{describe(node)} cannot be a key"
            raise SpecProblem(node.span.problem(message, hint))
        return node

    def _enter(self, parent: _Open, key: ScalarNode, value: Node) -> None:
        if key.text == "<<" and key.plain:
            parent.merged.append((key.span, value))
        elif key.plain and not isinstance(_resolved(key.text), str):
            hint = f'put it in quotes: "{key.text}"' if key.text else None
            what = f"'{key.text}'" if key.text else "an empty key"
            self.problems.append(
                key.span.problem(f"{what} is no text, so no key", hint)
            )
        elif key.text in parent.entries:
            first = parent.entries[key.text].key
            line, column = first.source.position(first.start)
            message = f"key '{key.text}' is given twice"
            problem = key.span.problem(message, f"first given at {line}:{column}")
            self.problems.append(problem)
        else:
            parent.entries[key.text] = Entry(key.span, value)

    def _merge(self, opened: _Open) -> dict[str, Entry]:
        """Return a mapping's own entries, and those of `<<` that it has not itself."""
        entries = opened.entries
        for place, value in opened.merged:
            for part in value.items if isinstance(value, SequenceNode) else (value,):
                if not isinstance(part, MappingNode):
                    message = f"'<<' takes a mapping, not {describe(part)}"
                    raise SpecProblem(place.problem(message, "write '<<: *anchor'"))
                for name, entry in part.entries.items():
                    entries.setdefault(name, entry)
        return entries

    def _check_quirk(self, parent: _Open, span: Span, sign: str) -> None:
        """Refuse `?x` and `:x`, which libyaml reads otherwise than YAML 1.2 says."""
        start, text = span.start, self._source.text
        if parent.flow and 0 < start < len(text) and text[start - 1] == sign:
            place = Span(self._source, start - 1, span.end)
            hint = f"put a blank after '{sign}', or quotes around the text"
            raise SpecProblem(
                place.problem(f"'{sign}' directly before a text is ambiguous", hint)
            )

    def _add_to_count(self, event: yaml.Event, nodes: int) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            raise self._refuse(
                event, f"more than {MAX_NODES} values, aliases counted out"
            )

    def _tag(
        self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span
    ) -> str | None:
        tag: str | None = event.tag
        if tag is None or tag == "!":
            return None
        short = tag.removeprefix(_STANDARD)
        if short != tag and short in _SCALAR_TAGS | {"map", "seq"}:
            return short
        shown = f"!!{short}" if short != tag else tag
        raise SpecProblem(
            span.problem(f"tag '{shown}' is not allowed", "a spec is plain data")
        )

    def _last_end(self, opened: _Open) -> int:
        ends = [opened.span.start + 1]
        if opened.items:
            ends.append(opened.items[-1].span.end)
        if opened.entries:
            last = next(reversed(opened.entries.values()))
            ends.extend((last.key.end, last.value.span.end))
        return min(max(ends), len(self._source.text))

    def _span(self, event: yaml.Event, value: str | None = None) -> Span:
        start, end = _index(event.start_mark), _index(event.end_mark)
        if value is not None and start < end:
            # Marks of a node with a tag or anchor begin there; those of a block of text
            # end after the blank lines that follow.
            end = start + len(self._source.text[start:end].rstrip())
        return Span(self._source, start, max(start, end))

    def _refuse(
        self, event: yaml.Event, message: str, hint: str | None = None
    ) -> SpecProblem:
        return SpecProblem(self._span(event).problem(message, hint))


def _index(mark: Any) -> int:
    """Return a mark's place; the stubs take it for optional, the parser sets it."""
    index: int = mark.index
    return index


def _resolved(text: str) -> object:
    try:
        return resolve(text)
    except ValueError:
        return None
