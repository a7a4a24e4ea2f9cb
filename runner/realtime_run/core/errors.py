"""The errors a user may see.

* `RealtimeRunError`: shown without a traceback
    * `SpecError`: the spec is wrong; names file, line and column of every problem
    * `PluginError`: a plugin is missing, broken, ambiguous or of another kind
    * `AudioError`: a sound file or device cannot be used
    * `VideoError`: a camera, screen or film cannot be used
    * `CapabilityError`: the provider cannot do what was asked of it
    * `UserCodeError`: a user's own handler or tool file does not load
    * `NotConnectedError`: asked of a conversation that is not running
    * `ProviderError`: the provider refused the connection, or a request
        * `ConnectionClosedError`: the connection ended
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class RealtimeRunError(Exception):
    """Base of every error that is shown without a traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a spec, and where it stands."""

    message: str
    """Lower case, no full stop, quoting what the user wrote."""
    file: str
    """The file as the user named it, or where else the value came from (`--set`)."""
    line: int | None = None
    """1-based; None where there is no line, such as a missing file."""
    column: int | None = None
    """1-based, counted in characters."""
    width: int = 1
    """How many characters the caret line marks."""
    source: str | None = None
    """The line of text in which the problem stands."""
    hint: str | None = None
    """What to do about it: `did you mean 'voice'?`."""
    severity: str = "error"
    """`error` or `warning`."""

    def __str__(self) -> str:
        place = ":".join(
            str(part) for part in (self.file, self.line, self.column) if part
        )
        head = f"{place}: {self.severity}: {self.message}"
        if self.source is None or self.line is None or self.column is None:
            return f"{head}\n  hint: {self.hint}" if self.hint else head
        margin = " " * len(str(self.line))
        # A tab before the caret is repeated, so that the caret stands below its text.
        lead = "".join(c if c == "\t" else " " for c in self.source[: self.column - 1])
        marks = f"{margin} | {lead}{'^' * max(1, self.width)}"
        return "\n".join(
            (
                head,
                f"{self.line} | {self.source}",
                f"{marks} {self.hint}" if self.hint else marks,
            )
        )


class SpecError(RealtimeRunError):
    """The spec is wrong."""

    def __init__(self, problems: "Sequence[Problem]") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class PluginError(RealtimeRunError):
    """A plugin is missing, broken, ambiguous or of another kind."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}" if hint else message)


class AudioError(RealtimeRunError):
    """A sound file or device cannot be used."""


class VideoError(RealtimeRunError):
    """A camera, screen or film cannot be used."""


class CapabilityError(RealtimeRunError):
    """The provider cannot do what was asked of it."""


class UserCodeError(RealtimeRunError):
    """A user's own handler or tool file does not load."""


class NotConnectedError(RealtimeRunError):
    """Something was asked of a conversation that is not running."""


class ProviderError(RealtimeRunError):
    """The provider refused the connection, or a request.

    Raised out of `Provider.connect` and `Connection.send`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        is_recoverable: bool = True,
        setting: str | None = None,
    ) -> None:
        self.message = message
        self.code = code
        """The provider's own code, such as `invalid_api_key`."""
        self.is_recoverable = is_recoverable
        """False: trying again cannot help, so the session ends."""
        self.setting = setting
        """What in the spec is at fault, as a path such as `provider.voice`."""
        super().__init__(message)


class ConnectionClosedError(ProviderError):
    """The connection ended; raised out of `Connection.receive` and `send`."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        was_clean: bool = False,
        is_recoverable: bool = True,
        reason: str = "",
    ) -> None:
        self.was_clean = was_clean
        """True if both ends agreed to close."""
        self.reason = reason
        """The far end's own words, if it closed; empty: it gave none."""
        super().__init__(message, code=code, is_recoverable=is_recoverable)
