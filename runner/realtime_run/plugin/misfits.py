"""Settings that are right one by one, and do not fit together."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from realtime_run.plugin.settings import value_error


@dataclass(frozen=True, slots=True)
class Misfit:
    """A setting that does not fit the others."""

    place: tuple[str | int, ...]
    """Where it stands, below the model that found it."""
    message: str
    hint: str | None = None


def raised(found: Iterable[Misfit]) -> ValidationError:
    """Return the error by which a validator reports misfits, each at its own place."""
    return ValidationError.from_exception_data(
        "settings",
        [
            InitErrorDetails(
                type=value_error(message="{got}", hint=one.hint, got=one.message),
                loc=one.place,
                input=None,
            )
            for one in found
        ],
    )
