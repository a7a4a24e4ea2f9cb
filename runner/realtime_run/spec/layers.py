"""Files of a spec: `extends` lays it over others, `include` fills parts in.

Both reach only into the folder of the spec that is loaded, links followed; the sum of
all files has the limits of one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from realtime_run.core.errors import Problem
from realtime_run.spec.composer import MAX_DEPTH, MAX_NODES
from realtime_run.spec.files import nearest_file, read_bounded, why_unreadable
from realtime_run.spec.reader import MAX_BYTES, decode, read_tree
from realtime_run.spec.resolution import Resolution
from realtime_run.spec.shape import with_long_uses
from realtime_run.spec.source import Source, Span, SpecProblem
from realtime_run.spec.tree import (
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    describe,
    overlay,
)

MAX_FILES = 16
"""How deep files may include or extend one another."""
MAX_FILE_USES = 256
"""How often files may be named in all, the same ones again counted too."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One file on the way from the spec to the file being read."""

    real: Path
    name: str


@dataclass(frozen=True, slots=True)
class _Read:
    node: Node | None
    count: int


@dataclass(slots=True)
class Layers:
    """Reads a spec's files, each once, and collects what is wrong with them."""

    root: Path
    """The folder that `include` and `extends` must stay in, links followed."""
    resolution: Resolution
    """Fills in references in the names of files."""
    problems: list[Problem] = field(default_factory=list[Problem])
    files: list[Path] = field(default_factory=list[Path])
    """Every file that was read."""
    sources: list[Source] = field(default_factory=list[Source])
    _known: dict[Path, _Read] = field(default_factory=dict[Path, _Read])
    _count: int = 0
    _uses: int = 0

    def spec(self, source: Source, raw: bytes, real: Path) -> Node | None:
        """Return the tree of a spec, bases and parts filled in; None if it has none."""
        self.files.append(real)
        read = self._parse(source, raw)
        self._known[real] = read
        if read.node is None:
            return None
        self._count += read.count
        return self._with_bases(read.node, (_Link(real, source.name),))

    def filled(self, node: Node, level: int = 0) -> Node:
        """Return a tree that comes from no file, with its parts filled in."""
        return self._filled(node, (), level)

    def _with_bases(self, node: Node, chain: tuple[_Link, ...]) -> Node:
        if not isinstance(node, MappingNode):
            return node
        entries = dict(node.entries)
        extends = entries.pop("extends", None)
        own = MappingNode(node.span, MappingProxyType(entries))
        result = with_long_uses(self._filled(own, chain, 0, is_root=True))
        if extends is None:
            return result
        below: Node | None = None
        for place, target, link in self._targets(extends.value, "extends", chain):
            base = self._with_bases(target, (*chain, link))
            if not isinstance(base, MappingNode):
                message = f"'{link.name}' holds {describe(base)}, so it is no spec"
                self.problems.append(place.problem(message))
            else:
                below = base if below is None else overlay(below, base)
        return result if below is None else overlay(below, result)

    def _filled(
        self,
        node: Node,
        chain: tuple[_Link, ...],
        level: int,
        *,
        is_root: bool = False,
    ) -> Node:
        if level > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise SpecProblem(node.span.problem(message))
        match node:
            case ScalarNode():
                return node
            case SequenceNode():
                items = [self._filled(item, chain, level + 1) for item in node.items]
                same = all(
                    new is old for new, old in zip(items, node.items, strict=True)
                )
                return node if same else SequenceNode(node.span, tuple(items))
            case MappingNode():
                return self._filled_mapping(node, chain, level, is_root=is_root)

    def _filled_mapping(
        self,
        node: MappingNode,
        chain: tuple[_Link, ...],
        level: int,
        *,
        is_root: bool,
    ) -> Node:
        entries = {
            key: Entry(entry.key, self._filled(entry.value, chain, level + 1))
            for key, entry in node.entries.items()
            if key != "include"
        }
        include = node.entries.get("include")
        if include is None:
            if all(
                entries[key].value is old.value for key, old in node.entries.items()
            ):
                return node
            return MappingNode(node.span, MappingProxyType(entries))
        below: Node = MappingNode(node.span, MappingProxyType({}))
        for place, target, link in self._targets(include.value, "include", chain):
            if not isinstance(target, MappingNode):
                message = f"'{link.name}' holds {describe(target)}, not keys"
                self.problems.append(place.problem(message))
                continue
            part = self._filled(target, (*chain, link), level, is_root=is_root)
            below = overlay(below, with_long_uses(part) if is_root else part)
        own: Node = MappingNode(node.span, MappingProxyType(entries))
        return overlay(below, with_long_uses(own) if is_root else own)

    def _targets(
        self, value: Node, key: str, chain: tuple[_Link, ...]
    ) -> Iterator[tuple[Span, Node, _Link]]:
        """Yield the trees of the files that an `include` or `extends` names."""
        for item in value.items if isinstance(value, SequenceNode) else (value,):
            written = None
            if isinstance(item, ScalarNode):
                known = len(self.resolution.problems)
                written = self.resolution.value(item)
                if len(self.resolution.problems) > known:
                    continue
            if not isinstance(written, str) or not written or "\0" in written:
                message = f"'{key}' takes the name of a file, or a list of names"
                self.problems.append(item.span.problem(message))
                continue
            found = self._target(item.span, written, key, chain)
            if found is not None and found[0] is not None:
                yield item.span, found[0], found[1]

    def _target(
        self, place: Span, written: str, key: str, chain: tuple[_Link, ...]
    ) -> tuple[Node | None, _Link] | None:
        self._uses += 1
        if self._uses > MAX_FILE_USES:
            message = f"more than {MAX_FILE_USES} uses of files"
            raise SpecProblem(place.problem(message))
        path = place.source.folder / written
        real = Path(os.path.realpath(path))
        shown = written
        if place.source.is_file:
            shown = str(Path(place.source.name).parent / written)
        link = _Link(real, shown)
        refusal, hint = self._refusal(link, written, key, chain)
        if refusal is not None:
            self.problems.append(place.problem(refusal, hint))
            return None
        if real not in self._known:
            try:
                raw = read_bounded(real, MAX_BYTES)
            except (OSError, ValueError) as error:
                why = why_unreadable(error)
                near = nearest_file(path) if isinstance(error, OSError) else None
                meant = f"did you mean '{near}'?" if near and "no such" in why else None
                self.problems.append(place.problem(f"'{written}': {why}", meant))
                self._known[real] = _Read(None, 0)
                return None
            self.files.append(real)
            source = Source(link.name, path.parent.absolute(), "")
            self._known[real] = self._parse(source, raw)
        read = self._known[real]
        self._count += read.count
        if self._count > MAX_NODES:
            message = f"more than {MAX_NODES} values in all files together"
            raise SpecProblem(place.problem(message))
        return read.node, link

    def _refusal(
        self, link: _Link, written: str, key: str, chain: tuple[_Link, ...]
    ) -> tuple[str | None, str | None]:
        if not link.real.is_relative_to(self.root):
            hint = "put the file beside the spec, or below"
            return f"'{written}' is outside of the spec's folder", hint
        if any(link.real == before.real for before in chain):
            first = [before.real for before in chain].index(link.real)
            names = [before.name for before in chain[first:]]
            circle = " -> ".join((*names, names[0]))
            return f"'{key}' goes in a circle: {circle}", None
        if len(chain) > MAX_FILES:
            return f"files are named more than {MAX_FILES} deep by one another", None
        return None, None

    def _parse(self, source: Source, raw: bytes) -> _Read:
        self.sources.append(source)
        try:
            node, count, problems = read_tree(decode(raw, source))
        except SpecProblem as error:
            self.problems.append(error.problem)
            return _Read(None, 0)
        self.problems.extend(problems)
        return _Read(node, count)
