"""Tells where in a person's own files an error came up."""

import traceback
from pathlib import Path


def place_of(error: BaseException, folder: Path) -> str | None:
    """Return `file:line` of the deepest frame in a folder; None if there is none.

    A syntax error is where the parser met it. Installed packages do not count, even if
    their environment lies in the folder. The file is named relative to the folder.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        place = _place(error.filename, error.lineno, folder)
        if place is not None:
            return place
    places = [
        place
        for frame in traceback.extract_tb(error.__traceback__)
        if (place := _place(frame.filename, frame.lineno or 0, folder)) is not None
    ]
    return places[-1] if places else None


def said_by(error: BaseException) -> str:
    """Return an exception in one line: `NameError: name 'x' is not defined`."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    lines = text.strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])


def _place(filename: str, line: int, folder: Path) -> str | None:
    file = Path(filename)
    if not file.is_relative_to(folder) or "site-packages" in file.parts:
        return None
    return f"{file.relative_to(folder).as_posix()}:{line}"
