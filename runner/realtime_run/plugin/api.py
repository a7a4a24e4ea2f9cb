"""The contracts between the session and what plugins bring.

Objects are made without side effects; what opens something is a context manager, and
leaving it closes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import Command
from realtime_run.core.events import Event, Participant
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import ProviderEvent, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDefinition:
    """A tool as the model sees it."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON Schema (2020-12) of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """Something said before this connection."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new connection starts with."""

    instructions: str = ""
    tools: tuple[ToolDefinition, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    """What an earlier connection of the same session held, oldest first."""
    interruptible: bool = True
    """`barge_in`: False, and the provider goes on speaking while the user speaks; what
    the user says meanwhile is answered afterwards."""


class Connection(Protocol):
    """A live conversation with a model.

    `send` and `receive` are each called by one task, at the same time as the other.
    """

    @property
    def session_config(self) -> Mapping[str, object]:
        """What the provider acknowledged, without secrets."""
        ...

    async def send(self, command: Command) -> None:
        """Do what is asked; returns when the bytes are on their way.

        Raises:
            ProviderError: If the provider refuses it; the connection goes on.
            ConnectionClosedError: If the connection has ended.
        """

    async def receive(self) -> ProviderEvent:
        """Return what the model reports next.

        Cancelling this loses no event.

        Raises:
            ConnectionClosedError: When the connection ends, whoever ended it.
        """
        ...


class Provider(Protocol):
    """Opens connections. Making one has no side effects."""

    @property
    def capabilities(self) -> Capabilities:
        """What the chosen model can do."""
        ...

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        """Open a connection, ready to be used; leaving the context closes it.

        Raises:
            ProviderError: If the provider cannot be reached, or refuses.
        """
        ...


class Playback(Protocol):
    """What the agent still has to say, as an output device sees it."""

    @property
    def rate_hz(self) -> int:
        """Frames a second, mono."""
        ...

    @property
    def pending_frames(self) -> int:
        """How many frames wait to be played."""
        ...

    def pull(self, frames: int) -> bytes:
        """Return exactly `frames` frames of s16le, silence where nothing waits.

        Call it when the device needs them, not earlier: what was pulled counts as
        heard. May be called from any thread, never waits.
        """
        ...


class Microphone(Protocol):
    """An open source of the user's speech."""

    @property
    def rate_hz(self) -> int:
        """Frames a second of what `read` returns; stays the same."""
        ...

    @property
    def used_up(self) -> bool:
        """True when only silence will follow, as after the end of a file."""
        ...

    @property
    def patient(self) -> bool:
        """True if nothing is lost by reading later, as of a file that is read fast.

        Otherwise the newest sound matters more than the oldest: when the connection
        does not take it, the oldest is dropped.
        """
        ...

    async def read(self) -> Pcm:
        """Return the next samples, 20 ms as a rule, mono, at `rate_hz`.

        Waits as long as a microphone would. Never ends: a source that is used up goes
        on with silence, since providers need it to notice the end of a turn. What was
        heard before the first call is not in it.

        Raises:
            AudioError: If the source is lost.
        """
        ...


class AudioEdge(Protocol):
    """Where the user is heard and hears. Making one has no side effects."""

    @property
    def output_hz(self) -> int | None:
        """The rate at which it pulls; None takes the provider's."""
        ...

    def open(
        self, playback: Playback
    ) -> AbstractAsyncContextManager[Microphone | None]:
        """Begin to pull from `playback`, and give the microphone, if there is one.

        Leaving stops pulling and closes files and devices.

        Raises:
            AudioError: If a file or device cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture, compressed."""

    jpeg: bytes
    width: int
    height: int


class VideoSource(Protocol):
    """A camera, a screen, a film."""

    def open(self) -> AbstractAsyncContextManager["OpenVideo"]:
        """Open it; leaving the context closes it."""
        ...


class OpenVideo(Protocol):
    """A source that gives pictures."""

    async def read(self) -> Image | None:
        """Return the next picture as soon as there is one; None at the end."""
        ...


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
