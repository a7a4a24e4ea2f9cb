"""What can happen to the turns of a conversation."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field

from realtime_run.core.provider_events import ProviderEvent
from realtime_run.core.turn_effects import Cause, Source


class VoiceHeard(Struct, frozen=True, kw_only=True):
    """What the runner itself hears in the microphone, at the end of a window."""

    voice: bool
    """Somebody speaks, or spoke until a moment ago."""
    since_ms: int
    """Where in the microphone's audio this speech, or this silence, began."""
    lasting_ms: int
    """How long it has lasted."""


class TalkStarted(Struct, frozen=True, kw_only=True):
    """The user takes the floor by a key: push to talk."""

    at_ms: int
    """Where in the microphone's audio."""


class TalkEnded(Struct, frozen=True):
    """The user gives the floor back."""


class GreetingRequested(Struct, frozen=True, kw_only=True):
    """The agent shall open the conversation."""

    text: str
    """What it is told to say."""


class ToolsRunning(Struct, frozen=True, kw_only=True):
    """Whether the model waits for tools."""

    running: bool


class Ticked(Struct, frozen=True):
    """Time has passed."""


class InterruptRequested(Struct, frozen=True, kw_only=True):
    """Somebody wants the agent to be silent."""

    source: Source = "api"


class AnswerRequested(Struct, frozen=True):
    """The session asks the model for a response."""


class ApprovalAnswered(Struct, frozen=True, kw_only=True):
    """The provider's question whether it may call a tool was answered."""

    approval_id: str


class AnswerOverdue(Struct, frozen=True, kw_only=True):
    """The model did not begin to answer in time.

    Or the provider hears no end of what there is to answer: see `Turns.unended`.
    """

    waited_s: float


class PlaybackStarted(Struct, frozen=True, kw_only=True):
    """The output device pulled a response's first sample."""

    response_id: str


class PlaybackEnded(Struct, frozen=True, kw_only=True):
    """The output device pulled a response's last sample."""

    response_id: str
    played_ms: float


class Flushed(Struct, frozen=True, kw_only=True):
    """Unplayed audio was dropped: the answer to the effect `Flush`."""

    cause: Cause
    played_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of each response that was in the buffer, how much the device had pulled."""


class Connected(Struct, frozen=True):
    """There is a connection again."""


class Disconnected(Struct, frozen=True):
    """The connection is gone, and with it what it was doing."""


Input: TypeAlias = (
    ProviderEvent
    | VoiceHeard
    | TalkStarted
    | TalkEnded
    | GreetingRequested
    | ToolsRunning
    | Ticked
    | InterruptRequested
    | AnswerRequested
    | ApprovalAnswered
    | AnswerOverdue
    | PlaybackStarted
    | PlaybackEnded
    | Flushed
    | Connected
    | Disconnected
)
