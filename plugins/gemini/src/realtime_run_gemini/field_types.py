"""What several models of settings use."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias, cast

from pydantic import AfterValidator, Field

from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import Settings, value_error

Text: TypeAlias = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""


def shaped(pattern: str, what: str) -> AfterValidator:
    """Return what a text must pass that becomes part of an address.

    Args:
        pattern: A regular expression for all of it.
        what: What it is, with an example, as in "'x' is not {what}".
    """
    whole = re.compile(pattern)

    def checked(text: str) -> str:
        if not whole.fullmatch(text):
            message = "{got} is not {what}"
            raise value_error(message=message, got=f"'{text}'", what=what)
        return text

    return AfterValidator(checked)


def refuse_foreign_keys(given: object, hints: Mapping[str, str]) -> object:
    """Return what was given, unless it has a key that is Google's and not for here.

    Args:
        given: A section of the spec that is not validated yet.
        hints: What to do instead, by key.

    Raises:
        ValidationError: Which names each such key at its place.
    """
    keys = keys_of(given)
    found = [
        Misfit((key,), f"'{key}' cannot be written here", hint)
        for key, hint in hints.items()
        if key in keys
    ]
    if found:
        raise raised(found)
    return given


def keys_of(given: object) -> Mapping[str, object]:
    """Return a section that is not validated yet; empty if it is none."""
    return cast("Mapping[str, object]", given) if isinstance(given, Mapping) else {}


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
