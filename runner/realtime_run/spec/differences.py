"""Warns of scalars that readers of YAML 1.1 take for something else."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from realtime_run.core.errors import Problem
from realtime_run.spec.scalars import difference, resolve, show
from realtime_run.spec.schema import legal_values
from realtime_run.spec.tree import MappingNode, Node, NodePath, ScalarNode, SequenceNode
from realtime_run.spec.values import Settings


def reading_warnings(
    root: Node,
    model: type[Settings],
    models: Mapping[NodePath, type[Settings]],
    *,
    skip: AbstractSet[NodePath],
) -> list[Problem]:
    """Return a warning for every plain scalar that is read in another way by YAML 1.1.

    Args:
        root: The whole tree.
        model: What it is read as.
        models: The plugins' models, and where they apply.
        skip: Places that have a problem already.
    """
    found: list[Problem] = []
    for path, node in _plain_scalars(root, ()):
        meaning = difference(node.text)
        if meaning is None or path in skip or not node.span.source.is_file:
            continue
        section = next((place for place in models if path[: len(place)] == place), ())
        owner = models.get(section, model)
        if node.text in legal_values(owner, path[len(section) :]):
            continue
        here = show(resolve(node.text))
        message = (
            f"'{node.text}' is {here} here (YAML 1.2), {meaning} to YAML 1.1 tools"
        )
        hint = f'if it is text, put it in quotes: "{node.text}"'
        found.append(node.span.problem(message, hint, severity="warning"))
    return found


def _plain_scalars(node: Node, path: NodePath) -> Iterator[tuple[NodePath, ScalarNode]]:
    match node:
        case ScalarNode():
            if node.plain and node.tag is None:
                yield path, node
        case SequenceNode():
            for index, item in enumerate(node.items):
                yield from _plain_scalars(item, (*path, index))
        case MappingNode():
            for key, entry in node.entries.items():
                yield from _plain_scalars(entry.value, (*path, key))
