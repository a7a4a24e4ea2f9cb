"""Reads files whole, once, within bounds, and only if they are regular files."""

import os
import stat
from pathlib import Path


def read_bounded(path: Path, limit: int) -> bytes:
    """Return a file's bytes, at most `limit + 1` of them: one more tells it is longer.

    Raises:
        OSError: If it cannot be read, or is no regular file.
        ValueError: If the path holds a NUL.
    """
    # O_NONBLOCK: opening a pipe that nobody writes to must not wait.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            message = "is a directory"
            raise OSError(0, message)
        if not stat.S_ISREG(mode):
            message = "is not a regular file"
            raise OSError(0, message)
        parts: list[bytes] = []
        wanted = limit + 1
        while wanted and (part := os.read(descriptor, wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def why_unreadable(error: Exception) -> str:
    """Return why a file cannot be read, such as `permission denied`."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    text = (getattr(error, "strerror", None) or str(error)).lower()
    return text if text.startswith("is ") else f"cannot be read: {text}"


def missing_hint(path: Path) -> str:
    """Return what to do about a path that leads to no file."""
    near = nearest_file(path)
    if near:
        return f"did you mean '{near}'?"
    return "paths start from the folder of the file that names them"


def nearest_file(path: Path) -> str | None:
    """Return the name in a missing file's folder that is most like it, if any is."""
    import difflib  # noqa: PLC0415 - needed for mistakes only

    try:
        with os.scandir(path.parent) as entries:
            some = [entry.name for _, entry in zip(range(1000), entries, strict=False)]
    except (OSError, ValueError):
        return None
    # A link that leads nowhere has the very name.
    names = [name for name in some if name != path.name]
    near = difflib.get_close_matches(path.name, names, 1)
    return near[0] if near else None
