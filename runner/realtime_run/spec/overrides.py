"""Values laid over the files: `--set PATH=VALUE` and `RT__a__b=VALUE` variables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from realtime_run.core.errors import Problem
from realtime_run.spec.model import LISTED_USES, AgentSpec
from realtime_run.spec.reader import check_characters, read_tree
from realtime_run.spec.schema import keys_at
from realtime_run.spec.shape import with_long_uses
from realtime_run.spec.source import Source, Span, SpecProblem
from realtime_run.spec.tree import (
    Entry,
    MappingNode,
    Node,
    NodePath,
    PathStep,
    ScalarNode,
    SequenceNode,
    child,
    overlay,
    show_path,
)

PREFIX = "RT__"
_STEP = re.compile(r"(?:^|\.)([^.\[\]=\s]+)|\[([0-9]{1,6})\]")
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Override:
    """One value from outside of the files, and where it goes."""

    path: NodePath
    source: Source
    value: Node

    @property
    def whole(self) -> Span:
        """Return the place that stands for the whole of it."""
        return Span(self.source, 0, len(self.source.text))


def parse_path(text: str) -> NodePath | None:
    """Return the steps of `handlers[0].path`, or None if it is no such path."""
    steps: list[PathStep] = []
    at = 0
    if text.startswith("."):
        return None
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (step[1] is None and not steps):
            return None
        steps.append(int(step[2]) if step[1] is None else step[1])
        at = step.end()
    return tuple(steps) or None


def from_arguments(
    arguments: Sequence[str], folder: Path
) -> tuple[list[Override], list[Problem]]:
    """Return what `--set` arguments say, in their order, but `….use` first.

    Naming another plugin drops the settings of the one it replaces.

    Args:
        arguments: As given: `PATH=VALUE`.
        folder: What relative paths in the values start from.
    """
    overrides: list[Override] = []
    problems: list[Problem] = []
    for argument in arguments:
        name = f"--set {_one_line(argument)}"
        target, equals, text = argument.partition("=")
        path = parse_path(target.strip())
        if not equals or path is None:
            hint = "write --set PATH=VALUE, such as --set audio.input=q.wav"
            what = "has no '='" if not equals else f"'{_one_line(target)}' is no path"
            problems.append(Problem(message=what, file=name, hint=hint))
            continue
        origin = f"--set {show_path(path)}"
        source = Source(name, folder, text, origin=origin, is_file=False)
        _read_value(path, source, overrides, problems)
    overrides.sort(key=lambda one: not _names_plugin(one))
    return overrides, problems


def from_environment(
    environ: Mapping[str, str], folder: Path
) -> tuple[list[Override], list[Problem]]:
    """Return what `RT__…` variables say, those of whole sections first.

    The parts of a name are matched with keys later, without regard to case.
    """
    overrides: list[Override] = []
    problems: list[Problem] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX):
            continue
        name = f"environment {variable}"
        parts = variable.removeprefix(PREFIX).split("__")
        if not all(parts):
            hint = f"write {PREFIX}section__key, such as {PREFIX}provider__model"
            problems.append(
                Problem(message="names no key of the spec", file=name, hint=hint)
            )
            continue
        source = Source(
            name, folder, environ[variable], origin=name, is_file=False, is_shown=False
        )
        _read_value(tuple(parts), source, overrides, problems)
    overrides.sort(key=lambda one: (len(one.path), not _names_plugin(one)))
    return overrides, problems


def with_known_keys(override: Override, root: Node) -> Override:
    """Return a variable's override with the keys it means, whatever their case."""
    path: list[PathStep] = []
    node: Node | None = root
    for part in map(str, override.path):
        step: PathStep
        is_list = isinstance(node, SequenceNode) or path[-1:] in [
            [k] for k in LISTED_USES
        ]
        if is_list and part.isdecimal() and part.isascii():
            step = int(part[:6])
        else:
            step = _known_key(part, node, tuple(path))
        path.append(step)
        node = None if node is None else child(node, step)
    return Override(tuple(path), override.source, override.value)


def apply(root: Node, override: Override) -> Node:
    """Return the tree with an override laid over it.

    Raises:
        SpecProblem: If its path leads nowhere in this tree.
    """
    return with_long_uses(_put(root, override.path, override))


def _names_plugin(override: Override) -> bool:
    last = override.path[-1]
    return isinstance(last, str) and last.casefold() == "use"


def _put(node: Node | None, path: NodePath, override: Override) -> Node:
    if not path:
        above = override.value
        return above if node is None else overlay(node, above)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return _put_into_list(node, step, rest, override)
    if isinstance(node, SequenceNode):
        message = (
            f"'{show_path(_above(override, path))}' is a list, so it has no '{step}'"
        )
        hint = f"count its entries from 0: {show_path(_above(override, path))}[0]"
        raise SpecProblem(override.whole.problem(message, hint))
    entries: Mapping[str, Entry] = {}
    if isinstance(node, MappingNode) and not _is_another_use(
        node, step, rest, override
    ):
        entries = node.entries
    under = entries.get(step)
    value = _put(under.value if under else None, rest, override)
    key = override.whole if not rest or under is None else under.key
    span = node.span if isinstance(node, MappingNode) else override.whole
    merged = {**entries, step: Entry(key, value)}
    return MappingNode(span, MappingProxyType(merged))


def _put_into_list(
    node: Node | None, step: int, rest: NodePath, override: Override
) -> Node:
    length = len(node.items) if isinstance(node, SequenceNode) else 0
    if not isinstance(node, SequenceNode) or step >= length:
        above = show_path(_above(override, (step, *rest)))
        counted = f"{length} entr{'y' if length == 1 else 'ies'}"
        message = f"'{above}' has {counted}, so there is no {above}[{step}]"
        hint = f"entries count from 0; set the whole list: {above}=[…]"
        raise SpecProblem(override.whole.problem(message, hint))
    items = list(node.items)
    items[step] = _put(items[step], rest, override)
    return SequenceNode(node.span, tuple(items))


def _above(override: Override, path: NodePath) -> NodePath:
    return override.path[: len(override.path) - len(path)]


def _is_another_use(
    node: MappingNode, step: PathStep, rest: NodePath, override: Override
) -> bool:
    used = node.entries.get("use")
    return (
        step == "use"
        and not rest
        and used is not None
        and isinstance(used.value, ScalarNode)
        and isinstance(override.value, ScalarNode)
        and used.value.text != override.value.text
    )


def _read_value(
    path: NodePath, source: Source, overrides: list[Override], problems: list[Problem]
) -> None:
    try:
        check_characters(source)
        value, _, found = read_tree(source)
    except SpecProblem as error:
        problems.append(error.problem)
        return
    problems.extend(found)
    if value is None:
        value = ScalarNode(Span(source, 0, 0), "", plain=True)
    overrides.append(Override(path, source, value))


def _known_key(part: str, node: Node | None, path: NodePath) -> str:
    written = list(node.entries) if isinstance(node, MappingNode) else []
    for key in (*written, *keys_at(AgentSpec, path)):
        if key.casefold() == part.casefold():
            return key
    return part if part != part.upper() else part.lower()


def _one_line(text: str) -> str:
    flat = text.replace("\n", "\\n").replace("\r", "\\r")
    return flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 3]}..."
