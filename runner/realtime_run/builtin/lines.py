"""A file of JSON lines, each on the disk's side of the process when it is written."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from realtime_run.builtin.event_json import Json
from realtime_run.core.errors import RealtimeRunError


class JsonLines:
    """Writes one object a line, and each line at once: a killed process loses none."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def write(self, value: Json) -> None:
        """Add a line.

        Raises:
            RealtimeRunError: If it cannot be written.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        try:
            # Lone surrogates have no UTF-8, but `\\ud800` is right in a JSON string.
            self._file.write(text.encode("utf-8", "backslashreplace") + b"\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self._path, error) from error


@contextmanager
def open_lines(path: Path) -> Generator[JsonLines]:
    """Open a file to add lines at its end; makes the folders it needs.

    Raises:
        RealtimeRunError: If it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab+")
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        if _is_torn(file):
            # A crash, or a full disk, cut the last line of an earlier session.
            file.write(b"\n")
        yield JsonLines(path, file)


def unwritable(path: Path, error: OSError) -> RealtimeRunError:
    """Return the error that says why `path` cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return RealtimeRunError(f"cannot write '{path}': {reason}")


def _is_torn(file: BinaryIO) -> bool:
    size = file.seek(0, 2)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"
