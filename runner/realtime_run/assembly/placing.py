"""Where in the spec stands what somebody complains of."""

from realtime_run.core.errors import Problem
from realtime_run.plugin.api import Advice
from realtime_run.spec.loaded import LoadedSpec
from realtime_run.spec.overrides import parse_path
from realtime_run.spec.tree import Node, lookup


def place_of(loaded: LoadedSpec, path: str) -> str | None:
    """Return the place of a value, or of the nearest that the spec writes.

    Args:
        loaded: The spec.
        path: Such as `provider.voice`; one that nobody wrote stands where its owner
            does.

    Returns:
        Such as `agent.yaml:3:10` or `--set provider.voice`; None if not even the first
        step of the path is written.
    """
    node = _nearest(loaded, path)
    return None if node is None else node.span.origin


def problem_at(
    loaded: LoadedSpec,
    path: str,
    message: str,
    hint: str | None = None,
    *,
    severity: str = "error",
) -> Problem:
    """Return a problem that stands where `place_of` says; else, in the whole file."""
    node = _nearest(loaded, path)
    if node is not None:
        return node.span.problem(message, hint, severity=severity)
    return Problem(message=message, file=str(loaded.file), hint=hint, severity=severity)


def advised(loaded: LoadedSpec, advice: Advice) -> Problem:
    """Return what a provider finds odd as a problem in its place."""
    return problem_at(
        loaded, advice.setting, advice.message, advice.hint, severity=advice.severity
    )


def _nearest(loaded: LoadedSpec, path: str) -> Node | None:
    steps = parse_path(path) or ()
    for length in range(len(steps), 0, -1):
        node = lookup(loaded.root, steps[:length])
        if node is not None and node.span.origin != "default":
            return node
    return None
