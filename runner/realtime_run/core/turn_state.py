"""The state of a conversation's turns, what can happen, and what must then be done.

The rules that connect the three are in `turns.py`.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from realtime_run.core.commands import Command
from realtime_run.core.events import Event
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.core.transcript import Transcript

Source: TypeAlias = Literal["provider", "local", "api"]

REMEMBERED_RESPONSES = 64
"""How many ended responses are remembered, to know their late audio as stale."""
UNFINISHED_RESPONSES = 8
"""How many interrupted responses may wait for the provider's word that they ended."""


class Response(Struct, frozen=True, kw_only=True):
    """One response that is being generated, or still sounds, or was interrupted."""

    response_id: str
    epoch: int
    item_id: str | None = None
    generating: bool = True
    interrupted: bool = False
    closed: bool = False
    """Its end was announced: nothing more will be heard of it."""
    sounding: bool = False
    """The output device has pulled some of it."""
    received_ms: float = 0.0
    transcript: Transcript = field(default_factory=Transcript)
    """What it says."""
    written: str = ""
    """What it writes and does not say."""


class RemoteCall(Struct, frozen=True, kw_only=True):
    """A tool that the provider is calling by itself."""

    call_id: str
    name: str
    arguments: Mapping[str, object]
    began_ns: int


class Turns(Struct, frozen=True, kw_only=True):
    """The state of the conversation's turns."""

    epoch: int = 0
    user_speaking: bool = False
    awaiting: bool = False
    """An answer was asked for and has not begun."""
    discard_next: bool = False
    """The answer that was asked for was interrupted before it began."""
    responses: tuple[Response, ...] = ()
    ended: tuple[str, ...] = ()
    """The ids of the responses that ended, the newest last."""
    remote_calls: tuple[RemoteCall, ...] = ()
    """What the provider is calling by itself, the newest last."""
    approvals: tuple[str, ...] = ()
    """The provider's questions for approval that nobody has answered yet."""

    @property
    def live(self) -> tuple[Response, ...]:
        """The responses that can still be heard."""
        return tuple(r for r in self.responses if not r.interrupted)

    @property
    def generating(self) -> bool:
        """True while the provider works on a response that was not interrupted."""
        return any(r.generating for r in self.live)

    @property
    def idle(self) -> bool:
        """True if nobody speaks and nothing is expected."""
        expects = self.awaiting or self.approvals
        return not (self.user_speaking or expects or self.live)


class VoiceHeard(Struct, frozen=True, kw_only=True):
    """What the runner itself hears in the microphone, at the end of a window."""

    voice: bool
    """Somebody speaks, or spoke until a moment ago."""
    since_ms: int
    """Where in the microphone's audio this speech, or this silence, began."""
    lasting_ms: int
    """How long it has lasted."""


class TalkStarted(Struct, frozen=True):
    """The user takes the floor by a key: push to talk."""


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
    """The model did not begin to answer in time."""

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

    source: Source
    onset_ns: int
    played_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of each response that was in the buffer, how much the device had pulled."""


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
    | Disconnected
)


class Play(Struct, frozen=True, kw_only=True):
    """Queue samples for the output device."""

    response_id: str
    pcm: bytes


class FinishPlayback(Struct, frozen=True, kw_only=True):
    """No more samples of this response will come: report when the last was pulled."""

    response_id: str


class Flush(Struct, frozen=True, kw_only=True):
    """Drop all unplayed audio now, and report `Flushed` with what was played."""

    source: Source
    onset_ns: int


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
Step: TypeAlias = tuple[Turns, tuple[Effect, ...]]
"""The state after, and the effects in the order in which to perform them."""


def with_response(turns: Turns, response: Response) -> Turns:
    """Return `turns` with a response added, or replaced by its newer self."""
    others = tuple(
        response if r.response_id == response.response_id else r
        for r in turns.responses
    )
    if response not in others:
        others = (*others, response)
    return replace(turns, responses=others)


def without_response(turns: Turns, response_id: str) -> Turns:
    """Return `turns` after a response ended for good."""
    return replace(
        turns,
        responses=tuple(r for r in turns.responses if r.response_id != response_id),
        ended=(*turns.ended, response_id)[-REMEMBERED_RESPONSES:],
    )


def find(turns: Turns, response_id: str) -> Response | None:
    """Return the response of that id, unless it ended."""
    for response in turns.responses:
        if response.response_id == response_id:
            return response
    return None
