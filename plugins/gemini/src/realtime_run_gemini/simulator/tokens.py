"""A short-lived key, and what it lays down for the sessions that begin with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from realtime_run_gemini.simulator.protobuf_json import snake
from realtime_run_gemini.simulator.setup_shapes import GenerationConfig, Setup

_CONFIG = "generation_config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A short-lived key, and what it allows."""

    uses: int
    """How many sessions may begin with it yet; negative: any number."""
    until: datetime
    begins_until: datetime
    setup: Setup | None
    mask: tuple[tuple[str, ...], ...] | None
    """Which fields of `setup` hold, whatever the client says; None: all there are."""

    def constrain(self, asked: Setup) -> Setup:
        """Return what a client sets up, as this token demands."""
        if self.setup is None:
            return asked
        if self.mask is None:
            resumption = {"session_resumption": asked.session_resumption}
            return self.setup.model_copy(update=resumption)
        values = asked.model_dump(exclude_unset=True)
        locked = self.setup.model_dump(exclude_unset=True)
        for path in self.mask:
            _copy(locked, values, path)
        return Setup.model_validate(values)


def read_mask(mask: str) -> tuple[tuple[str, ...], ...]:
    """Return the fields that a mask names: of the setup, and of its generation config.

    Raises:
        ValueError: If there is no such field.
    """
    return tuple(_field(path) for path in mask.split(","))


def _field(path: str) -> tuple[str, ...]:
    first, *rest = (snake(step) for step in path.strip().split("."))
    if first == _CONFIG and rest:
        if rest[0] not in GenerationConfig.model_fields:
            raise ValueError(path)
        return _CONFIG, rest[0]
    if first not in Setup.model_fields:
        raise ValueError(path)
    return (first,)


def _copy(
    locked: Mapping[str, Any], values: dict[str, Any], path: tuple[str, ...]
) -> None:
    """Have `values` say of one field what `locked` does, which may be nothing."""
    *parents, name = path
    for parent in parents:
        locked = locked.get(parent, {})
        values = values.setdefault(parent, {})
    if name in locked:
        values[name] = locked[name]
    else:
        values.pop(name, None)
