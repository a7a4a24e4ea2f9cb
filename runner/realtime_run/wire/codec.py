"""What the connection asks of a provider's codec: the pure part, with no I/O or clock.

Time comes in with every call, as monotonic seconds.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from realtime_run.core.commands import Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderEvent


class Outcome(Struct, frozen=True):
    """What came of a message, a command or the passing of time."""

    events: tuple[ProviderEvent, ...] = ()
    """For the session, in order."""
    messages: tuple[str, ...] = ()
    """JSON texts for the server, in order."""


class Codec(Protocol):
    """Turns messages into events, and commands into messages; of one connection."""

    @property
    def acknowledged(self) -> Mapping[str, object] | None:
        """The session as the server took it, without secrets; None: not yet."""
        ...

    @property
    def failure(self) -> ProviderError | None:
        """Why the connection cannot be used any more; None if it can."""
        ...

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, in the seconds of `at_s`; None: not at all."""
        ...

    def receive(self, text: str | bytes, at_s: float) -> Outcome:
        """Take a message of the server. Never raises: garbage is an event, too."""
        ...

    def ask(self, command: Command, at_s: float) -> Outcome:
        """Do what the session asks for.

        Raises:
            ProviderError: If it cannot be done over this connection.
        """
        ...

    def tick(self, at_s: float) -> Outcome:
        """Let time pass: give up what has been waited for too long."""
        ...

    def closed(self, why: ConnectionClosedError, at_s: float) -> Outcome:
        """Report what was held back: nothing more will come.

        A codec that knows better what the end means says so as its `failure`.
        """
        ...
