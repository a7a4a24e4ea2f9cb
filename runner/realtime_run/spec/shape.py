"""Brings a tree into its long form: `audio: file` becomes `audio: {use: file}`.

Layers are laid over one another in this form, so that a setting can go below a use that
was written short, and beside a preset.
"""

from types import MappingProxyType

from realtime_run.spec.model import (
    LISTED_USES,
    PRESETS,
    SINGLE_USES,
    AgentSpec,
    Use,
)
from realtime_run.spec.scalars import resolve
from realtime_run.spec.source import Source, Span
from realtime_run.spec.tree import (
    NAMED,
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
)


def with_long_uses(node: Node) -> Node:
    """Return a spec's root with every short use and preset written out."""
    if not isinstance(node, MappingNode):
        return node
    entries = dict(node.entries)
    for key in SINGLE_USES:
        if key in entries:
            entry = entries[key]
            entries[key] = Entry(entry.key, _long(entry.value))
    for key in LISTED_USES:
        listed = entries.get(key)
        if listed is not None and isinstance(listed.value, SequenceNode):
            items = tuple(_long(item) for item in listed.value.items)
            entries[key] = Entry(listed.key, SequenceNode(listed.value.span, items))
    for key in PRESETS:
        named = entries.get(key)
        if named is not None and isinstance(named.value, ScalarNode):
            entries[key] = Entry(named.key, _below(NAMED, named.value))
    return MappingNode(node.span, MappingProxyType(entries))


def default_layer(source: Source) -> MappingNode:
    """Return the lowest layer: the uses that apply where the spec names none.

    Args:
        source: Stands for what nobody wrote.
    """
    nowhere = Span(source, 0, 0)
    entries: dict[str, Entry] = {}
    for key in (*SINGLE_USES, *LISTED_USES):
        field = AgentSpec.model_fields[key]
        if field.is_required():
            continue
        value: Node
        if isinstance(field.default, Use):
            value = ScalarNode(nowhere, field.default.use, plain=False)
        else:
            items = (ScalarNode(nowhere, one.use, plain=False) for one in field.default)
            value = SequenceNode(nowhere, tuple(items))
        entries[key] = Entry(nowhere, value)
    layer = with_long_uses(MappingNode(nowhere, MappingProxyType(entries)))
    assert isinstance(layer, MappingNode)  # noqa: S101 - tells the type checker
    return layer


def _long(node: Node) -> Node:
    if not isinstance(node, ScalarNode) or not _is_text(node):
        return node
    return _below("use", node)


def _below(key: str, node: ScalarNode) -> MappingNode:
    entries = {key: Entry(node.span, node)}
    return MappingNode(node.span, MappingProxyType(entries))


def _is_text(node: ScalarNode) -> bool:
    if not node.plain:
        return True
    try:
        return isinstance(resolve(node.text), str)
    except ValueError:
        return False
