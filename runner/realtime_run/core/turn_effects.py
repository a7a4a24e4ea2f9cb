"""What must be done after something happened to the turns of a conversation."""

from typing import Literal, TypeAlias

from msgspec import Struct

from realtime_run.core.commands import Command
from realtime_run.core.events import Event

Source: TypeAlias = Literal["provider", "local", "api"]
"""Who: the provider, the runner's own ear or a key, or a call."""
Silenced: TypeAlias = Literal["flush", "pause", "duck"]
"""How the agent fell silent, or lower."""
Stopped: TypeAlias = Literal["done", "cancelled"]
"""How the provider stopped: it had said all of it, or said no more."""


class Cause(Struct, frozen=True, kw_only=True):
    """Why the agent is interrupted, and since when."""

    source: Source
    """Who says that it is an interruption."""
    onset_source: Source
    """Who noticed the user first."""
    onset_ns: int
    """When the user's sound began, as far as who noticed it can tell."""
    silenced: Silenced = "flush"
    silence_ns: int | None = None
    """When the agent fell silent, or lower; None: it falls silent now."""
    stopped: Stopped = "done"
    """How the provider had stopped, if it generates nothing any more."""


class Play(Struct, frozen=True, kw_only=True):
    """Queue samples for the output device."""

    response_id: str
    pcm: bytes


class FinishPlayback(Struct, frozen=True, kw_only=True):
    """No more samples of this response will come: report when the last was pulled."""

    response_id: str


class Flush(Struct, frozen=True, kw_only=True):
    """Drop all unplayed audio now, and report `Flushed` with what was played."""

    cause: Cause


class Pause(Struct, frozen=True):
    """Let the speaker fall silent now, and keep what was not heard."""


class Duck(Struct, frozen=True):
    """Let the speaker go on 20 dB lower."""


class Resume(Struct, frozen=True):
    """Let the speaker go on where it paused, as loud as before."""


class HoldInput(Struct, frozen=True, kw_only=True):
    """Keep the microphone's audio from the provider from now on."""

    silence: bool
    """Send silence in its place."""


class ReleaseInput(Struct, frozen=True, kw_only=True):
    """Give the provider the microphone's audio again."""

    since_ms: int | None = None
    """From where on what was held is sent first; None: from now on only."""


class Send(Struct, frozen=True):
    """Ask the connection for something."""

    command: Command


class Emit(Struct, frozen=True):
    """Tell the handlers. The session stamps who, when and where."""

    event: Event


Effect: TypeAlias = (
    Play
    | FinishPlayback
    | Flush
    | Pause
    | Duck
    | Resume
    | HoldInput
    | ReleaseInput
    | Send
    | Emit
)
