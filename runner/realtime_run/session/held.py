"""One connection of a conversation, and what has become of it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from realtime_run.core.commands import AppendAudio
from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Connection

REPLAYED = 25
"""So many microphone frames (0.5 s) are sent once more to a connection that takes over:
of a word that had just begun, the one before has told nothing yet."""


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
    """It was good for something."""
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
    """What the user said last to the one before."""
    spoken: deque[AppendAudio] = field(default_factory=lambda: deque(maxlen=REPLAYED))
    """What the user said last to it."""

    @property
    def is_new(self) -> bool:
        """It took over, and nothing has come of it yet."""
        return self.took_over and not self.used

    def abandon(self) -> None:
        """Close it, wherever it is."""
        if self.task is not None:
            self.task.cancel()
