"""One connection of a conversation, and what has become of it."""

import asyncio
from dataclasses import dataclass, field

from realtime_run.core.commands import AppendAudio
from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Connection
from realtime_run.session.spoken import Spoken


@dataclass(slots=True, eq=False)
class Held:
    """A connection, which lives in a task of its own."""

    attempt: int
    """How often in a row it was tried to connect, this time included."""
    task: "asyncio.Task[None] | None" = None
    connection: Connection | None = None
    """None: it is not open yet, or could not be opened."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """It is open, or has failed."""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    """It may have the conversation."""
    talking: bool = False
    """It has, or had, the conversation."""
    used: bool = False
    """It was good for something: an answer was made over it, or it lasted."""
    begun_ns: int | None = None
    """When it got the conversation."""
    took_over: bool = False
    """It has the conversation of one that was left while it could be used."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """It does not have the conversation any more, nor ever will."""
    error: ProviderError | None = None
    """Why."""
    successor: "Held | None" = None
    """What took over."""
    handed_over: asyncio.Event = field(default_factory=asyncio.Event)
    """Something did."""
    replay: tuple[AppendAudio, ...] = ()
    """What the user said last to the one before, and is said to it first."""
    spoken: Spoken = field(default_factory=Spoken)
    """What the user said last to it."""

    @property
    def is_new(self) -> bool:
        """It took over, and nothing has come of it yet."""
        return self.took_over and not self.used

    @property
    def unanswered(self) -> tuple[AppendAudio, ...]:
        """What the user said, and would be lost with it."""
        return self.spoken.unanswered if self.talking else self.replay

    def abandon(self) -> None:
        """Close it, wherever it is."""
        if self.task is not None:
            self.task.cancel()
