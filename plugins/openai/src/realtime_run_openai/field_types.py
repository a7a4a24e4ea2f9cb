"""What several models of settings use."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias, cast

from pydantic import Field

Text: TypeAlias = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""


def type_of(value: object) -> object:
    """Return the `type` of a mapping that is not validated yet; else None."""
    if not isinstance(value, Mapping):
        return None
    return cast("Mapping[str, object]", value).get("type")
