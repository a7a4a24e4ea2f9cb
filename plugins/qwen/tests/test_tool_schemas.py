"""Tools as the server takes them: one type each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.plugin.provider_api import ToolDefinition
from realtime_run_qwen.tool_schemas import function, without_unions

TYPES = ["string", "integer", "object", "null"]
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES))}
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.lists(st.sampled_from(TYPES)),
            "properties": st.dictionaries(st.sampled_from(["type", "a"]), inner),
            "items": inner,
            "anyOf": st.lists(inner),
        },
    ),
    max_leaves=8,
)


def unions(schema: dict[str, Any]) -> list[object]:
    """Return every `type` of a schema that is a list."""
    found = [schema["type"]] if isinstance(schema.get("type"), list) else []
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema["items"]] if "items" in schema else []
    return found + [union for one in inner for union in unions(one)]


def test_a_tool_is_nested_one_level_deeper() -> None:
    tool = ToolDefinition(name="stop", description="", parameters={"type": "object"})

    assert function(tool) == {
        "type": "function",
        "function": {"name": "stop", "parameters": {"type": "object"}},
    }


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"type": ["string", "null"], "default": None}, {"type": "string"}),
        (
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        ),
        (
            {"type": ["string", "null"], "enum": ["a", None]},
            {"type": "string", "enum": ["a"]},
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "N"},
            {"type": "integer", "title": "N"},
        ),
        (
            {"properties": {"type": {"type": ["string", "null"]}}},
            {"properties": {"type": {"type": "string"}}},
        ),
        (
            {"type": "array", "items": {"type": ["number", "null"]}},
            {"type": "array", "items": {"type": "number"}},
        ),
        (
            {"allOf": [{"type": ["number", "null"]}]},
            {"allOf": [{"type": "number"}]},
        ),
        ({"type": "string", "enum": ["string", "null"]}, None),
        ({"type": "string", "default": None}, None),
        ({"enum": [{"type": ["a", "null"]}]}, None),
    ],
)
def test_a_type_is_one(schema: dict[str, Any], plain: dict[str, Any] | None) -> None:
    assert without_unions(schema) == (schema if plain is None else plain)


@given(SCHEMAS)
def test_no_union_is_left(schema: dict[str, Any]) -> None:
    assert unions(without_unions(schema)) == []
