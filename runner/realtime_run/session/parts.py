"""What a session is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from realtime_run.core.barge_in import Lowered, lower
from realtime_run.core.events import Participant
from realtime_run.core.presets import PRESETS, BargeIn
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.api import (
    AudioEdge,
    Conversation,
    Handler,
    HistoryItem,
    Opening,
    Provider,
    Resumption,
    SessionInfo,
    Tool,
    ToolDefinition,
    VideoSource,
)
from realtime_run.plugin.voice import Vad


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things may take, in seconds."""

    quiet_s: float = 1.5
    """After the input is used up: how long nothing may happen before the end."""
    answer_within_s: float = 30.0
    """How long an answer may fail to begin."""
    tools_at_end_s: float = 2.0
    """How long running tools may still take when the conversation ends."""
    handlers_at_end_s: float = 2.0
    """How long handlers may take for the events they have not seen yet."""
    connect_attempts: int = 8
    """How often in a row to try again; 0 never connects a second time."""
    rotates: bool = True
    """Move to a new connection before the provider ends the old one."""


class BindTools(Protocol):
    """Makes the tools of one conversation."""

    def __call__(self, conversation: Conversation) -> Sequence[Tool]:
        """Return the tools; some of them hold the conversation."""
        ...


def opening_of(
    lowered: Lowered,
    turn: TurnDetection,
    *,
    instructions: str,
    tools: tuple[ToolDefinition, ...],
    history: tuple[HistoryItem, ...] = (),
    resume: Resumption | None = None,
) -> Opening:
    """Return what a connection starts with.

    Args:
        lowered: How turns and interruptions are carried out on the provider.
        turn: When the user has finished.
        instructions: For the model.
        tools: As the model sees them.
        history: What was said before, oldest first.
        resume: By what to go on.
    """
    return Opening(
        instructions=instructions,
        tools=tools,
        history=history,
        resume=resume,
        interruptible=lowered.interruptible,
        answers=not lowered.policy.session_answers,
        manual_turns=lowered.policy.hearing == "manual",
        min_speech_ms=lowered.min_speech_ms,
        turn=turn,
    )


def no_tools(conversation: Conversation) -> Sequence[Tool]:
    """Return none."""
    del conversation
    return ()


def nowhere(path: str) -> str | None:
    """Return None: these parts come from no spec."""
    del path
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedHandler:
    """A handler, and what to call it in messages."""

    name: str
    handler: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a session is made of. Nothing in it is open yet."""

    provider_name: str
    provider: Provider
    audio: AudioEdge
    handlers: tuple[NamedHandler, ...] = ()
    bind_tools: BindTools = no_tools
    instructions: str = ""
    barge_in: BargeIn = PRESETS["eager"]
    limits: Limits = field(default_factory=Limits)
    info: SessionInfo
    user: Participant = field(default_factory=lambda: Participant(id="user"))
    agent: Participant = field(default_factory=lambda: Participant(id="agent"))
    video: VideoSource | None = None
    """What the model is shown from the beginning."""
    fps: float = 1.0
    """How many pictures a second it is sent, at most."""
    turn: TurnDetection = field(default_factory=TurnDetection)
    greeting: str | None = None
    """What the agent is told to say first; None: it waits for the user."""
    vad: Vad | None = None
    """Hears where the user speaks, where the runner itself must know."""
    locate: Callable[[str], str | None] = field(default=nowhere, repr=False)
    """Given a path such as `provider.voice`, returns where it stands in the spec."""
    secrets: frozenset[str] = field(default=frozenset[str](), repr=False)
    """What no event but the conversation itself may show."""

    def opening(
        self,
        tools: Sequence[Tool],
        history: tuple[HistoryItem, ...],
        resume: Resumption | None = None,
    ) -> Opening:
        """Return what a new connection starts with."""
        return opening_of(
            self.lowered(),
            self.turn,
            instructions=self.instructions,
            tools=tuple(tool.definition for tool in tools),
            history=history,
            resume=resume,
        )

    def lowered(self) -> Lowered:
        """Return how turns and interruptions are carried out on the provider."""
        able = self.provider.capabilities
        return lower(self.barge_in, self.turn, able, self.provider_name)

    def with_handler(self, named: NamedHandler) -> "Parts":
        """Return these parts and one more handler."""
        return replace(self, handlers=(*self.handlers, named))
