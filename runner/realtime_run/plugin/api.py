"""The contracts between the session and what plugins bring.

Objects are made without side effects; what opens something is a context manager, and
leaving it closes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.events import Event, Participant
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.edges import (
    AudioEdge,
    DeviceChange,
    Microphone,
    OpenVideo,
    OutputDevice,
    Playback,
    VideoSource,
)
from realtime_run.plugin.provider_api import (
    AdaptsToAudio,
    Advice,
    Advisor,
    Connection,
    HistoryItem,
    Opening,
    Provider,
    Resumption,
    ToolDefinition,
)

__all__ = [
    "AdaptsToAudio",
    "Advice",
    "Advisor",
    "AudioEdge",
    "Connection",
    "Conversation",
    "DeviceChange",
    "Handler",
    "HistoryItem",
    "Microphone",
    "OpenVideo",
    "Opening",
    "OutputDevice",
    "Playback",
    "Provider",
    "Resumption",
    "RoutedHandler",
    "SessionInfo",
    "TextProcessor",
    "Tool",
    "ToolDefinition",
    "VideoSource",
]


class Tool(Protocol):
    """Something the model may call."""

    @property
    def definition(self) -> ToolDefinition:
        """What the model is told of it."""
        ...

    @property
    def timeout_s(self) -> float:
        """How long a call may take."""
        ...

    def parse(self, arguments: str) -> Mapping[str, object]:
        """Return the call's arguments, from the JSON text the model wrote.

        Raises:
            ValueError: If they do not fit; the message goes back to the model.
        """
        ...

    async def call(self, arguments: Mapping[str, object]) -> object:
        """Run it. Returns text, or what JSON can hold; any exception is its failure."""
        ...


class Conversation(Protocol):
    """What handlers may do with the conversation they listen to."""

    @property
    def session_id(self) -> str:
        """The UUID of this session; stable across reconnects."""
        ...

    @property
    def connected(self) -> bool:
        """True between RealtimeConnectedEvent and RealtimeDisconnectedEvent."""
        ...

    @property
    def epoch(self) -> int:
        """How often the agent was interrupted."""
        ...

    async def simple_response(
        self,
        text: str,
        processors: "Sequence[TextProcessor] | None" = None,
        participant: Participant | None = None,
    ) -> None:
        """Send a text prompt; the model answers with audio."""

    async def simple_audio_response(
        self, pcm: Pcm, participant: Participant | None = None
    ) -> None:
        """Send speech, of any rate."""

    async def approve_tool(
        self, approval_id: str, *, approve: bool = True, reason: str | None = None
    ) -> None:
        """Answer a `ToolApprovalRequestedEvent`."""

    async def interrupt(self) -> None:
        """Silence the agent, and drop what it has not said yet."""

    async def close(self) -> None:
        """End the conversation."""


TextProcessor: TypeAlias = Callable[
    [str, Participant | None], "str | Awaitable[str | None] | None"
]
"""Sees a text before it is sent, and who it is from; what it returns replaces it."""

Listener: TypeAlias = Callable[[Event, Conversation], "Awaitable[None] | None"]
"""Takes one event. A plain function runs in the handler's own thread and may block; an
`async def` runs on the session's loop and may use the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """What a handler may know of the session when it opens."""

    session_id: str
    agent_name: str
    provider: str
    capabilities: Capabilities
    spec_file: Path | None = None
    effective_spec: Mapping[str, object] = field(default_factory=dict[str, object])
    """The whole spec as it applies, defaults included, secrets masked."""


class Handler(Protocol):
    """Listens to a session's events."""

    @property
    def events(self) -> frozenset[str] | None:
        """The type strings of the events it wants; None for all.

        Leave out `realtime_audio_*` unless they are needed: 50 of each come a second.
        """
        ...

    def open(self, session: SessionInfo) -> AbstractContextManager[Listener]:
        """Open what it needs, and give what takes the events.

        Entered once per session before the first event, left after the last one, both
        in the handler's own thread: it may block.
        """
        ...


@runtime_checkable
class RoutedHandler(Protocol):
    """A handler with functions of its own for each type of event.

    The session calls each of them in its right place, thread or loop, in place of the
    one listener that `Handler.open` yields.
    """

    @property
    def routes(self) -> Mapping[str, tuple[Listener, ...]]:
        """What takes the events of each type string."""
        ...
