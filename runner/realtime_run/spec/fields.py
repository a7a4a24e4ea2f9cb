"""Says of a field of a settings model what it means, may hold, and holds by default."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from realtime_run.spec.masking import MASK
from realtime_run.spec.model import Use
from realtime_run.spec.tree import NodePath, PathStep
from realtime_run.spec.type_words import DURATION, type_words
from realtime_run.spec.values import env_name, written_duration

_COLLECTIONS = frozenset({list, tuple, set, frozenset})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFacts:
    """What is known of a field, whatever a spec says."""

    type: str
    """In words: `a duration, from 0s, up to 5s`."""
    doc: str | None
    default: object
    """As a spec writes it; None if that is null, or if there is none."""
    required: bool
    variable: str | None
    """The environment variable that is its default."""


def facts_at(owner: BaseModel, path: NodePath) -> FieldFacts | None:
    """Return what is known of the field that a path leads to.

    Args:
        owner: Settings, as they were read.
        path: From there on.

    Returns:
        None for an entry of a list or mapping, which is no field.
    """
    found: object = owner
    facts: FieldFacts | None = None
    for step in path:
        if not isinstance(found, BaseModel) or (name := _field(found, step)) is None:
            facts, found = None, _entry(found, step)
        else:
            facts, found = _facts(type(found), name), getattr(found, name)
    return facts


def _field(owner: BaseModel, step: PathStep) -> str | None:
    """Return the name of the field that a step leads to, if it leads to one."""
    for name, field in type(owner).model_fields.items():
        if step in {name, field.alias}:
            return name
    return None


def _entry(owner: Any, step: PathStep) -> object:
    try:
        return owner[step]
    except (LookupError, TypeError):
        return None


def _facts(model: type[BaseModel], name: str) -> FieldFacts:
    field = model.model_fields[name]
    variable = env_name(field)
    required = field.is_required() and variable is None
    default: object = None
    words = type_words(model, name)
    if not field.is_required():
        default = field.get_default(call_default_factory=True)
    return FieldFacts(
        type=words,
        doc=field.description or _docstrings(model).get(name),
        default=_plain(default, is_duration=DURATION in words),
        required=required,
        variable=variable,
    )


def _plain(value: Any, *, is_duration: bool) -> object:
    """Return a default as a spec writes it."""
    if is_duration and isinstance(value, float):
        return written_duration(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", fallback=str)
    if type(value) in _COLLECTIONS:
        return [_plain(one, is_duration=is_duration) for one in value]
    if isinstance(value, SecretStr):
        return MASK
    shown = value.use if isinstance(value, Use) else value
    return str(shown) if isinstance(shown, Path) else shown


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the texts that stand below the fields of a model, in its source."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if owner is BaseModel or not issubclass(owner, BaseModel):
            continue
        try:
            source = textwrap.dedent(inspect.getsource(owner))
        except (OSError, TypeError):  # it was made in no file
            continue
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.ClassDef):
                found |= _texts_below(statement)
    return found


def _texts_below(definition: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairwise(definition.body):
        match pair:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                found[name] = " ".join(text.split())
            case _:
                pass
    return found
