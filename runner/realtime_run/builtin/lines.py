"""A file of JSON lines, each on the disk's side of the process when it is written."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from realtime_run.builtin.event_json import Json
from realtime_run.core.errors import RealtimeRunError


class JsonLines:
    """Writes one object a line, and each line at once: a killed process loses none."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path = path
        self._file = file
        self._torn = _is_torn(file)
        """A crash, or a full disk, cut the last line."""

    def write(self, value: Json) -> None:
        """Add a line.

        Raises:
            RealtimeRunError: If it cannot be written.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        # Lone surrogates have no UTF-8, but `\\ud800` is right in a JSON string.
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        if self._torn:
            line = b"\n" + line
        try:
            self._write_whole(line)
        except OSError as error:
            raise unwritable(self._path, error) from error

    def _write_whole(self, line: bytes) -> None:
        while line:
            line = line[self._file.write(line) :]
            # A line of which only a part finds room on the disk stays torn.
            self._torn = bool(line)


@contextmanager
def open_lines(path: Path) -> Generator[JsonLines]:
    """Open a file to add lines at its end; makes the folders it needs.

    Raises:
        RealtimeRunError: If it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab+", buffering=0)
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        yield JsonLines(path, file)


def unwritable(path: Path, error: OSError) -> RealtimeRunError:
    """Return the error that says why `path` cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return RealtimeRunError(f"cannot write '{path}': {reason}")


def _is_torn(file: FileIO) -> bool:
    size = file.seek(0, 2)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"
