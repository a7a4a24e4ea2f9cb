"""What several models of settings use."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias, cast

from pydantic import AfterValidator, Field

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
