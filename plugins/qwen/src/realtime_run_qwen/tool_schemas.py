"""Tools as the server takes them.

Its reader of JSON Schema has been seen to break at a `type` that is a list, such as
["string", "null"]. What may be left out is left out by not being required, so that the
null is not missed.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from realtime_run.plugin.provider_api import ToolDefinition

_OF_SCHEMAS = frozenset({"properties", "$defs", "definitions", "patternProperties"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_ONE = frozenset({"items", "additionalProperties", "not", "contains"})
_NULL: Mapping[str, object] = {"type": "null"}


def function(tool: ToolDefinition) -> dict[str, object]:
    """Return a tool as the session object holds it: one level deeper than OpenAI's."""
    described = {"description": tool.description} if tool.description else {}
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            **described,
            "parameters": without_unions(tool.parameters),
        },
    }


def without_unions(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a JSON Schema in which each `type` is one.

    A null among the types is left out; of several others, each becomes a schema below
    `anyOf`.
    """
    plain = {key: _within(key, value) for key, value in schema.items()}
    nullable = False
    if isinstance(types := plain.get("type"), list):
        kept = [kind for kind in cast("list[object]", types) if kind != "null"]
        nullable = len(kept) < len(cast("list[object]", types))
        del plain["type"]
        if len(kept) == 1:
            plain["type"] = kept[0]
        elif kept:
            plain.setdefault("anyOf", [{"type": kind} for kind in kept])
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := plain.get(key), list) and _NULL in choices:
            nullable = True
            plain = _chosen(plain, key, cast("list[object]", choices))
    return _without_null(plain) if nullable else plain


def _within(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, object]", value)
        if key in _OF_SCHEMAS:
            return {name: _plain(schema) for name, schema in inner.items()}
        return without_unions(inner) if key in _ONE else inner
    if isinstance(value, list | tuple):
        several = cast("Sequence[object]", value)
        return [_plain(schema) for schema in several] if key in _LISTS else [*several]
    return value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return without_unions(cast("Mapping[str, object]", value))
    return value


def _chosen(
    schema: Mapping[str, object], key: str, choices: Sequence[object]
) -> dict[str, object]:
    rest = {name: value for name, value in schema.items() if name != key}
    kept = [choice for choice in choices if choice != _NULL]
    only = kept[0] if len(kept) == 1 else None
    if isinstance(only, Mapping):
        return {**cast("Mapping[str, object]", only), **rest}
    return {**rest, key: kept} if kept else rest


def _without_null(schema: Mapping[str, object]) -> dict[str, object]:
    kept = dict(schema)
    if kept.get("default", ...) is None:
        del kept["default"]
    if isinstance(values := kept.get("enum"), list):
        kept["enum"] = [v for v in cast("list[object]", values) if v is not None]
    return kept
