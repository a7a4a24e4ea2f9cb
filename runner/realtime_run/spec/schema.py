"""What a model accepts at a path, for suggestions and for what a word means there."""

import enum
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from realtime_run.spec.tree import NAMED, NodePath, PathStep
from realtime_run.spec.values import Settings, env_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def annotations_at(model: type[BaseModel], path: NodePath) -> list[Any]:
    """Return every type that the value at a path may have, unions taken apart."""
    found: list[Any] = [model]
    for step in path:
        found = [
            member
            for annotation in found
            for inner in _inner(annotation, step)
            for member in _members(inner)
        ]
    return found


def keys_at(model: type[BaseModel], path: NodePath) -> list[str]:
    """Return the keys that a mapping at a path may have."""
    return sorted(
        {
            field.alias or name
            for annotation in annotations_at(model, path)
            if _is_model(annotation)
            for name, field in annotation.model_fields.items()
            if field.alias != NAMED
        }
    )


def foreign_key_at(model: type[BaseModel], path: NodePath, key: str) -> str | None:
    """Return what to do about a key that belongs elsewhere; None of any other."""
    for annotation in annotations_at(model, path):
        if isinstance(annotation, type) and issubclass(annotation, Settings):
            hint = annotation.foreign_keys.get(key)
            if hint is not None:
                return hint
    return None


def env_field_at(model: type[BaseModel], path: NodePath, key: str) -> str | None:
    """Return the environment variable that is the default of a key below a path."""
    for annotation in annotations_at(model, path):
        if _is_model(annotation):
            fields: dict[str, FieldInfo] = annotation.model_fields
            for name, field in fields.items():
                if key in {name, field.alias}:
                    return env_name(field)
    return None


def legal_values(model: type[BaseModel], path: NodePath) -> list[object]:
    """Return the values that a path may hold, if its type lists them."""
    values: list[object] = []
    for annotation in annotations_at(model, path):
        if get_origin(annotation) is Literal:
            values.extend(get_args(annotation))
        elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            values.extend(member.value for member in annotation)
    return values


def holds_secret(model: type[BaseModel], path: NodePath) -> bool:
    """Return whether the value at a path is a `Secret`."""
    return SecretStr in annotations_at(model, path)


def secret_variables(model: type[BaseModel]) -> frozenset[str]:
    """Return the environment variables that are the defaults of `Secret` fields.

    Args:
        model: The settings; those of their sections count too.
    """
    found: set[str] = set()
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        one = waiting.pop()
        if not _is_model(one) or one in seen:
            continue
        seen.add(one)
        fields: dict[str, FieldInfo] = one.model_fields
        for field in fields.values():
            members = list(_members(field.annotation))
            variable = env_name(field)
            if variable is not None and SecretStr in members:
                found.add(variable)
            waiting += members
    return frozenset(found)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inner(annotation: Any, step: PathStep) -> Iterator[Any]:
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if step in {name, field.alias}:
                yield field.annotation
        return
    arguments = get_args(annotation)
    if isinstance(step, int):
        if get_origin(annotation) is tuple and Ellipsis not in arguments:
            yield from arguments[step : step + 1]
        elif get_origin(annotation) is not Literal:
            yield from arguments[:1]
    elif len(arguments) == 2:  # noqa: PLR2004 - the types of a mapping's keys and values
        yield arguments[1]


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation
