"""Turns captured words into the arguments that a tool's schema asks for."""

from collections.abc import Mapping, Sequence
from typing import cast

from realtime_run_local import number_words

_TRUE = frozenset({"yes", "true", "on"})
_FALSE = frozenset({"no", "false", "off"})


def fitted(
    words: Mapping[str, object], parameters: Mapping[str, object]
) -> dict[str, object]:
    """Return `words` as the JSON Schema `parameters` wants them.

    `ten` becomes 10 where a number is wanted, `yes` becomes true where a boolean is.
    What has no such meaning stays text: the tool says what is wrong with it. A name
    that the schema does not know is left out, as is a name that captured nothing.
    """
    known = _object(parameters.get("properties"))
    return {
        name: _fitted(value, known.get(name))
        for name, value in words.items()
        if value != "" and (name in known or not known)
    }


def _fitted(value: object, schema: object) -> object:
    if not isinstance(value, str):
        return value
    wanted = _types(schema)
    if wanted & {"number", "integer"} and "string" not in wanted:
        return _number(value, whole=wanted.isdisjoint({"number"}))
    if "boolean" in wanted and value in _TRUE | _FALSE:
        return value in _TRUE
    return value


def _types(schema: object) -> frozenset[str]:
    known = _object(schema)
    kind = known.get("type")
    if isinstance(kind, str):
        return frozenset({kind})
    ways = (_types(way) for way in _array(known.get("anyOf")))
    return frozenset(str(one) for one in _array(kind)).union(*ways)


def _object(schema: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", schema) if isinstance(schema, Mapping) else {}


def _array(schema: object) -> Sequence[object]:
    is_array = isinstance(schema, list | tuple)
    return cast("Sequence[object]", schema) if is_array else ()


def _number(text: str, *, whole: bool) -> object:
    value = number_words.only(text)
    if value is None or (whole and value.denominator != 1):
        return text
    return int(value) if value.denominator == 1 else float(value)
