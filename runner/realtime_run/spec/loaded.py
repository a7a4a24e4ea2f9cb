"""A spec that was read: its model, and where every value in it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, SecretStr

from realtime_run.core.errors import Problem
from realtime_run.spec.barge_in import shown
from realtime_run.spec.masking import MASK, mask
from realtime_run.spec.model import PRESETS, AgentSpec, Use
from realtime_run.spec.overrides import parse_path
from realtime_run.spec.plain import is_list, is_mapping
from realtime_run.spec.schema import env_field_at
from realtime_run.spec.tree import NAMED, Node, NodePath, lookup, show_path

_COLLECTIONS = frozenset({list, tuple, set, frozenset})


@dataclass(frozen=True)
class LoadedSpec:
    """A spec without problems."""

    spec: AgentSpec = field(repr=False)
    file: Path
    """As the user named it."""
    warnings: tuple[Problem, ...]
    """What works, but may not mean what the writer thinks."""
    files: tuple[Path, ...]
    """Every file that had a part in it: specs, secrets, the user's Python files."""
    references: frozenset[str] = field(repr=False)
    """What `${…}` stood for."""
    root: Node = field(repr=False)
    """The located tree of all layers."""
    placed: Mapping[NodePath, frozenset[str]] = field(repr=False)
    """Where what `${…}` stood for was written."""
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Everything secret: whatever came from `${…}`, and every `Secret` field."""
        return self.references | frozenset(filter(None, _secret_fields(self.spec)))

    def effective(self) -> dict[str, Any]:
        """Return the whole spec as it applies, defaults included, secrets masked."""
        plain = self.spec.model_dump(mode="json", fallback=str)
        placed = {**self.placed, (): self.secrets}
        masked: dict[str, Any] = self._masked(plain, (), placed)
        return masked

    def origin(self, path: str) -> str:
        """Return where a value came from.

        Args:
            path: Such as `provider.model` or `handlers[0].path`.

        Returns:
            `agent.yaml:3:7`, `--set provider.model`, `environment RT__provider__model`,
            `environment PARROT_API_KEY`, `preset polite` or `default`.

        Raises:
            KeyError: If the spec has no such value.
        """
        steps = parse_path(path)
        if steps is None:
            raise KeyError(path)
        return self.origin_at(steps)

    def origin_at(self, steps: NodePath) -> str:
        """Return where a value came from, as `origin` does.

        Raises:
            KeyError: If the spec has no such value.
        """
        path = show_path(steps)
        node = lookup(self.root, steps)
        if node is not None:
            return node.span.origin
        if steps[0] in PRESETS and len(steps) > 1:
            return self._preset(steps, path)
        owner, inner = self.owner(steps)
        variable = (
            env_field_at(type(owner), inner[:-1], str(inner[-1])) if inner else None
        )
        if variable is not None and self.environ.get(variable):
            return f"environment {variable}"
        _value_at(owner, inner, path)
        return "default"

    def _preset(self, steps: NodePath, path: str) -> str:
        block = self.spec.barge_in
        _value_at(shown(block.lowered()), steps[1:], path)
        return f"preset {block.preset_of(steps[1:])}"

    def owner(self, steps: NodePath) -> tuple[BaseModel, NodePath]:
        """Return the settings that a path leads into, and what of the path is left."""
        found: object = self.spec
        for index, step in enumerate(steps):
            if isinstance(found, Use):
                return found.settings or self.spec, steps[index:]
            if isinstance(found, tuple) and isinstance(step, int):
                entries = cast("tuple[object, ...]", found)
                found = entries[step] if step < len(entries) else None
            elif isinstance(found, AgentSpec) and isinstance(step, str):
                found = getattr(found, step, None)
            else:
                break
        return self.spec, steps

    def _masked(
        self, value: Any, path: NodePath, placed: Mapping[NodePath, frozenset[str]]
    ) -> Any:
        if is_mapping(value):
            return {
                key: self._masked(inner, (*path, key), placed)
                for key, inner in value.items()
            }
        if is_list(value):
            return [
                self._masked(inner, (*path, index), placed)
                for index, inner in enumerate(value)
            ]
        is_placed = path in self.placed or (*path, NAMED) in self.placed
        if isinstance(value, str):
            masked = mask(value, placed, path)
            return MASK if is_placed and masked == value else masked
        return MASK if is_placed else value


def _secret_fields(value: object) -> list[str]:
    """Return what all `Secret` fields below a value hold."""
    found: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        part: Any = waiting.pop()
        if isinstance(part, SecretStr):
            found.append(part.get_secret_value())
        elif isinstance(part, BaseModel):
            waiting.extend(getattr(part, name) for name in type(part).model_fields)
        elif isinstance(part, Use):
            waiting.append(part.settings)
        elif is_mapping(part):
            waiting.extend(part.values())
        elif type(part) in _COLLECTIONS:
            waiting.extend(part)
    return found


def _value_at(found: object, steps: NodePath, path: str) -> None:
    for step in steps:
        if isinstance(found, BaseModel) and isinstance(step, str):
            if step not in type(found).model_fields:
                raise KeyError(path)
            found = getattr(found, step)
        elif isinstance(found, Mapping | tuple | list):
            try:
                found = found[step]  # type: ignore[index]  # either raises
            except (KeyError, IndexError, TypeError):
                raise KeyError(path) from None
        else:
            raise KeyError(path)
