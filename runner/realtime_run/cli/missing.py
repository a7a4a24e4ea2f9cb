"""Tells what to install where a package of ours does not find what it imports."""

import importlib.metadata
from types import TracebackType

_OURS = "realtime_run"


def missing_module(error: ModuleNotFoundError) -> str | None:
    """Return what is missing and what to do; None if that is our own fault.

    Args:
        error: What an import raised, with its traceback.
    """
    missing = (error.name or "").partition(".")[0]
    importer = _importer(error.__traceback__)
    if not missing or missing.startswith(_OURS) or not importer.startswith(_OURS):
        return None
    distribution = _distribution(importer)
    extra = distribution.removeprefix("realtime-run-")
    what = distribution if extra == distribution else f"'realtime-run[{extra}]'"
    return (
        f"{distribution} needs the module {missing!r}, which is not installed:"
        f" pip install {what}"
    )


def _importer(traceback: TracebackType | None) -> str:
    """Return the top-level package whose code imports; empty if there is none."""
    package = ""
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if not name.startswith(("importlib.", "_frozen_importlib")):
            package = name.partition(".")[0]
        traceback = traceback.tb_next
    return package


def _distribution(package: str) -> str:
    named = importlib.metadata.packages_distributions().get(package)
    return named[0] if named else package.replace("_", "-")
