import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.simulation.samples import sample, sample_arguments


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "enum": ["forward", "backward"]}, "forward"),
        ({"type": "integer"}, 1),
        ({"type": "number", "minimum": 3}, 3),
        ({"type": "number", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "maximum": 0}, 0),
        ({"type": "string", "description": "a city"}, "a city"),
        ({"type": "string"}, "x"),
        ({"type": "string", "maxLength": 2, "description": "long"}, "lo"),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["string", "null"]}, "x"),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"const": 7}, 7),
        ({"default": "blue", "type": "string"}, "blue"),
    ],
)
def test_a_value_fits_its_schema(schema: dict[str, Any], expected: object) -> None:
    assert sample(schema) == expected


def test_only_required_arguments_are_given() -> None:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "which city"},
            "days": {"type": "integer"},
            "unit": {"enum": ["c", "f"]},
        },
        "required": ["city", "unit"],
    }

    assert sample_arguments(schema) == {"city": "which city", "unit": "c"}


def test_a_tool_without_a_schema_takes_nothing() -> None:
    assert sample_arguments(None) == {}
    assert sample_arguments({"type": "string"}) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["type", "properties", "required", "items", "enum", "anyOf", "minItems",
             "minimum", "maximum", "maxLength", "minLength", "description", "a"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_whatever_the_schema_there_are_arguments(schema: object) -> None:
    json.dumps(sample_arguments(schema))
