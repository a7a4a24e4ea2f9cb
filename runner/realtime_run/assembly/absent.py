"""Loads a spec to be looked at, though secrets that running it needs are not set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from realtime_run.plugin.host import Host
from realtime_run.plugin.inspection import Kind
from realtime_run.spec.load import load
from realtime_run.spec.loaded import LoadedSpec
from realtime_run.spec.schema import secret_variables
from realtime_run.spec.values import Settings

_STAND_IN = "a-secret-that-is-not-set"


def load_without_secrets(
    file: Path, *, host: Host, overrides: Sequence[str], environ: Mapping[str, str]
) -> tuple[LoadedSpec, frozenset[str]]:
    """Read a spec, with a stand-in for every secret that no environment variable holds.

    What comes of it may be made, and asked what it can do, but not run.

    Args:
        file: The spec, as the user named it.
        host: The plugins.
        overrides: As with `--set`.
        environ: The environment.

    Returns:
        The spec, and the names of the variables that a stand-in stands for, if nothing
        else gives the secret.

    Raises:
        SpecError: If anything else is wrong with it.
    """
    filled = dict(environ)
    absent: set[str] = set()

    # A plugin's settings are looked up before they are filled in, and only then is it
    # known which variables they come from.
    def settings_of(kind: Kind, name: str) -> type[Settings]:
        model = host.settings_of(kind, name)
        missing = {one for one in secret_variables(model) if not environ.get(one)}
        filled.update(dict.fromkeys(missing, _STAND_IN))
        absent.update(missing)
        return model

    loaded = load(file, settings_of=settings_of, overrides=overrides, environ=filled)
    return loaded, frozenset(absent)
