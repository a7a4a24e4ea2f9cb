"""What several models of settings use."""

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias, cast

from pydantic import Field

from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import Settings

Text: TypeAlias = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""


def refuse_foreign_keys(given: object, hints: Mapping[str, str]) -> object:
    """Return what was given, unless it has a key that is Google's and not for here.

    Args:
        given: A section of the spec that is not validated yet.
        hints: What to do instead, by key.

    Raises:
        ValidationError: Which names each such key at its place.
    """
    if isinstance(given, Mapping):
        keys = cast("Mapping[str, object]", given)
        found = [
            Misfit((key,), f"'{key}' cannot be written here", hint)
            for key, hint in hints.items()
            if key in keys
        ]
        if found:
            raise raised(found)
    return given


def written(settings: Settings, place: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the path of everything that was written, parted by full stops."""
    for key in type(settings).model_fields:
        if key not in settings.model_fields_set:
            continue
        here = (*place, key)
        yield ".".join(here)
        value = getattr(settings, key)
        if isinstance(value, Settings):
            yield from written(value, here)
