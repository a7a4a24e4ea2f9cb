"""The contract between the session and a provider."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import Command
from realtime_run.core.provider_events import ProviderEvent, Role
from realtime_run.core.turn_detection import TurnDetection


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
class Resumption:
    """Where an earlier connection of the same session left off."""

    handle: str
    """Of the last `ResumptionOffered`, and not too old."""
    later: tuple[HistoryItem, ...] = ()
    """What was said since then, oldest first: the handle does not bring it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new connection starts with."""

    instructions: str = ""
    tools: tuple[ToolDefinition, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    """What an earlier connection of the same session held, oldest first. It was told
    then: the connection reports none of it again."""
    resume: Resumption | None = None
    """By what to go on, only with `Capabilities.resume`. It stands for `history`, which
    is given all the same: if the handle is refused, the connection begins with that."""
    interruptible: bool = True
    """`barge_in`: False, and the provider goes on speaking while the user speaks; what
    the user says meanwhile is answered afterwards."""
    answers: bool = True
    """False, only with `Capabilities.manual_responses` and `interruptible` False: the
    provider reports the user's turns and transcripts, and begins no response to them by
    itself; the session sends `CreateResponse` for those that count."""
    manual_turns: bool = False
    """True, only with `Capabilities.manual_turns`: the provider looks for no turns in
    the audio and reports none; `StartTurn` and `EndTurn` say where they are."""
    min_speech_ms: int | None = None
    """How long the user must speak before that counts, only with
    `Capabilities.min_speech`; None: as the provider does by default."""
    turn: TurnDetection = field(default_factory=TurnDetection)
    """`turn`: when the user has finished. Checked against `Capabilities.turn`."""


class Connection(Protocol):
    """A live conversation with a model.

    `send` and `receive` are each called by one task, at the same time as the other.
    Several connections of one provider may be open at a time: a session opens the next
    before it leaves one that is about to expire.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something odd in what a provider is asked for."""

    message: str
    """Lower case, no full stop, quoting what the user wrote."""
    setting: str
    """Where in the spec, as a path such as `provider.model`."""
    hint: str | None = None
    severity: Literal["warning", "error"] = "warning"
    """error: it cannot be run so."""


@runtime_checkable
class Advisor(Protocol):
    """A provider that has something to say before it is used."""

    def advice(self, opening: Opening) -> Sequence[Advice]:
        """Return what is odd about opening a connection so. Connects to nothing.

        Called once, when a spec is run. Warnings are shown; with an error, nothing is
        run.
        """
        ...


@runtime_checkable
class AdaptsToAudio(Protocol):
    """A provider that works otherwise with a live person than with a file."""

    def adapted(self, *, live: bool) -> Provider:
        """Return the provider to use with an audio edge, as `AudioEdge.live` says.

        Called once, before anything else is asked of the provider.
        """
        ...
