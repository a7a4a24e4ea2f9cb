"""`${…}`: values that come from the environment or from files of secrets.

* `${VAR}`: the environment variable, which must be set
* `${VAR:-default}`: the default if the variable is unset or empty
* `${VAR:?message}`: the message is the error if the variable is unset or empty
* `${file:PATH}`: the text of a file, without the line break at its end
* `$$`: a dollar sign
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from realtime_run.spec.files import why_unreadable

MAX_SECRET_BYTES = 1 << 16
MAX_EXPANDED = 1 << 20

_SUGGESTIONS = 100
"""So often the nearest variable is looked for: that takes its time."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORMS = (
    "write ${VAR}, ${VAR:-default}, ${VAR:?message} or ${file:PATH}; $$ is a dollar"
)


class BadReferenceError(Exception):
    """A reference leads nowhere; `at` says which, as an index into the scalar."""

    def __init__(self, message: str, hint: str | None, at: int, written: str) -> None:
        self.message = message
        self.hint = hint
        self.at = at
        self.written = written
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${…}` in a scalar."""

    at: int
    written: str
    kind: str
    """`variable` or `file`."""
    name: str
    operator: str = ""
    argument: str = ""


Piece: TypeAlias = str | Reference


def split(text: str) -> Iterator[Piece]:
    """Part a scalar into text and references.

    Raises:
        BadReferenceError: If a `${` has no end or holds no reference.
    """
    start = 0
    while (at := text.find("$", start)) >= 0:
        follows = text[at + 1 : at + 2]
        if follows == "$":
            yield text[start : at + 1]
            start = at + 2
        elif follows == "{":
            if at > start:
                yield text[start:at]
            end = text.find("}", at)
            if end < 0:
                written = text[at:].split("\n", 1)[0]
                message = "'${' has no '}'"
                raise BadReferenceError(message, _FORMS, at, written)
            yield _parse(text[at : end + 1], at)
            start = end + 1
        else:
            yield text[start : at + 1]
            start = at + 1
    if start < len(text):
        yield text[start:]


def _parse(written: str, at: int) -> Reference:
    inner = written[2:-1]
    if "${" in inner:
        message = f"{_short(written)}: references cannot be nested"
        raise BadReferenceError(message, _FORMS, at, written)
    if inner.startswith("file:") and len(inner) > len("file:"):
        return Reference(at, written, "file", inner.removeprefix("file:"))
    name = _NAME.match(inner)
    rest = inner[name.end() :] if name else inner
    if name is None or (rest and rest[:2] not in {":-", ":?"}):
        message = f"{_short(written)} is no reference"
        raise BadReferenceError(message, _FORMS, at, written)
    return Reference(at, written, "variable", name[0], rest[:2], rest[2:])


@dataclass(slots=True)
class References:
    """Looks references up."""

    environ: Mapping[str, str]
    read_file: Callable[[Path], bytes]
    """Gives a file's bytes, or raises OSError."""
    secrets: set[str] = field(default_factory=set[str])
    """Everything that came from the environment or a file."""
    _expanded: int = 0
    _suggested: int = 0

    def expand(self, text: str, folder: Path) -> tuple[str, frozenset[str], bool]:
        """Return the text, the secrets in it, and whether it was references only.

        Raises:
            BadReferenceError: If a reference is malformed or leads nowhere.
        """
        found: set[str] = set()
        parts: list[str] = []
        references_only = True
        for piece in split(text):
            if isinstance(piece, str):
                references_only = False
                parts.append(piece)
                continue
            value, is_secret = self._value(piece, folder)
            self._expanded += len(value)
            if self._expanded > MAX_EXPANDED:
                message = f"references come to more than {MAX_EXPANDED} characters"
                raise BadReferenceError(message, None, piece.at, piece.written)
            parts.append(value)
            if is_secret and value:
                found.add(value)
        self.secrets |= found
        return "".join(parts), frozenset(found), references_only

    def _value(self, reference: Reference, folder: Path) -> tuple[str, bool]:
        if reference.kind == "file":
            return self._file(reference, folder), True
        name, value = reference.name, self.environ.get(reference.name)
        if value is not None and (value or not reference.operator):
            return value, True
        if reference.operator == ":-":
            return reference.argument, False
        state = "is not set" if value is None else "is empty"
        message = f"environment variable {name} {state}"
        if reference.operator == ":?" and reference.argument:
            message = f"{message}: {reference.argument}"
            raise self._error(reference, message, self._nearest(name))
        default = f"give a default: ${{{name}:-value}}"
        near = self._nearest(name)
        raise self._error(
            reference, message, f"{near} or {default}" if near else default
        )

    def _nearest(self, name: str) -> str | None:
        self._suggested += 1
        if name in self.environ or self._suggested > _SUGGESTIONS:
            return None
        import difflib  # noqa: PLC0415 - needed for mistakes only

        near = difflib.get_close_matches(name, self.environ, 1)
        return f"did you mean ${{{near[0]}}}?" if near else None

    def _file(self, reference: Reference, folder: Path) -> str:
        try:
            path = folder / Path(reference.name).expanduser()
            raw = self.read_file(path)
        except (OSError, RuntimeError, ValueError) as error:
            message = f"'{_short(reference.name)}': {why_unreadable(error)}"
            raise self._error(reference, message, None) from None
        if len(raw) > MAX_SECRET_BYTES:
            message = f"'{reference.name}' is longer than {MAX_SECRET_BYTES} bytes"
            raise self._error(reference, message, None)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            message = f"'{reference.name}' is not UTF-8"
            raise self._error(reference, message, None) from None
        return text.removesuffix("\n").removesuffix("\r")

    @staticmethod
    def _error(
        reference: Reference, message: str, hint: str | None
    ) -> BadReferenceError:
        return BadReferenceError(message, hint, reference.at, reference.written)


def _short(text: str) -> str:
    flat = text.replace("\n", "\\n")
    return flat if len(flat) <= 60 else f"{flat[:57]}..."  # noqa: PLR2004 - a line
