"""The state of a conversation's turns.

What can happen stands in `turn_inputs`, what must then be done in `turn_effects`, and
the rules that connect the three in `turns`.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from realtime_run.core.transcript import Transcript
from realtime_run.core.turn_effects import Cause, Effect, Source
from realtime_run.core.turn_inputs import VoiceHeard

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
    """Some of it was heard."""
    sounding_ns: int = 0
    """Since when."""
    greeting: bool = False
    """It opens the conversation."""
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


class Alarm(Struct, frozen=True, kw_only=True):
    """The user makes a sound while the agent speaks: an interruption, or not."""

    source: Source
    """Who noticed."""
    onset_ns: int
    reacted_ns: int
    """When the speaker paused or went lower."""
    since_ms: int | None = None
    """Where in the microphone's audio the sound began, as the runner's ear hears it."""
    speech_ms: int = 0
    """The longest sound so far, as the runner's ear hears it."""
    over_ns: int | None = None
    """Since when nothing more is heard; None: the user goes on."""


Verdict: TypeAlias = Literal["open", "counts", "ignored"]
"""Whether a turn of the user is to be answered."""


class UserTurn(Struct, frozen=True, kw_only=True):
    """What the user says, as a provider reports it that leaves the answers to us."""

    item_id: str | None = None
    verdict: Verdict = "open"
    ended_ns: int | None = None
    """When the provider took it for finished; None: it goes on."""
    speech_ms: int = 0
    """The longest sound in it, as the runner's ear hears it; 0: it hears none."""
    text: str = ""
    silenced: bool = False
    """The rest of an answer was given up for it, though it may be a false alarm."""

    @property
    def ended(self) -> bool:
        """True when the provider has taken it for finished."""
        return self.ended_ns is not None


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
    tools_running: bool = False
    """The model waits for tools of this process."""
    alarm: Alarm | None = None
    voice: VoiceHeard | None = None
    """What the runner's ear heard last."""
    noise_ms: int | None = None
    """Where the sound began that goes on, and was taken for a false alarm."""
    said: UserTurn | None = None
    """The user's turn that the provider hears, or heard last, where we answer it."""
    owed: bool = False
    """Something that the user said counts, and no answer was asked for yet."""
    unnoticed_ns: int | None = None
    """Since when the user may wait for an answer: the provider has not noticed what
    interrupted the agent, or has told of a turn and not what was said in it."""
    flushing: bool = False
    """The agent was interrupted, and it is not known yet what was heard."""
    interrupted_ns: int | None = None
    """When the agent was interrupted last."""
    unsettled: Cause | None = None
    """Why it was; None: the provider has stopped."""
    held: bool = False
    """The provider gets silence in place of the microphone, or nothing."""
    held_from_ms: int | None = None
    """From where in the microphone's audio on the provider must still hear it."""
    local_turn: bool = False
    """`StartTurn` was sent, and not `EndTurn`."""
    local_turn_ms: int | None = None
    """Where in the microphone's audio that turn began."""
    down: bool = False
    """The connection was lost, and there is no new one yet."""
    talking: bool = False
    """The user has taken the floor by a key."""
    greeting: bool = False
    """The next response opens the conversation."""
    quiet_ns: int | None = None
    """Since when nobody has said anything."""
    nudged: bool = False
    """The model was asked to speak since the user last did."""

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
        speaks = self.local_turn or self.talking or self.alarm or self.live
        return not (speaks or self.users or self.approvals)

    @property
    def voiced(self) -> bool:
        """True while the runner's ear hears the user."""
        return self.voice is not None and self.voice.voice

    @property
    def users(self) -> bool:
        """True while the user speaks, or is about to be answered."""
        unanswered = self.owed or self.awaiting or self.unnoticed_ns is not None
        return self.user_speaking or unanswered

    @property
    def unended(self) -> bool:
        """True while the provider hears the user, and the runner's ear hears nobody."""
        if self.voice is None or self.voiced or self.live:
            return False
        return self.user_speaking and not self.local_turn

    @property
    def attentive(self) -> bool:
        """True while the runner's silence matters as much as the user's speech."""
        return self.voiced or self.local_turn or self.alarm is not None


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
