"""The words in which `responses` decides: a state, what happens to it, what to do."""

from enum import Enum, auto
from typing import TypeAlias, assert_never

from msgspec import Struct

CREATE_TIMEOUT_S = 10.0
"""How long `response.created` may take after `response.create`."""
CANCEL_TIMEOUT_S = 5.0
"""How long `response.done` may take after `response.cancel`: some servers of this
protocol never send it for a cancelled response."""

STOPPED_S = 0.1
"""How long it may take after the end of the output of one of theirs."""
MUTE_S = 1.0
"""How long a response of theirs may take to stop that had no output yet: then nothing
tells of it."""


class Phase(Enum):
    """What the server is doing."""

    FREE = auto()
    REQUESTED = auto()
    """`response.create` was sent."""
    ACTIVE = auto()
    CANCELLING = auto()
    """`response.cancel` was sent."""


class Wish(Struct, frozen=True, kw_only=True):
    """A response that somebody waits for."""

    item_id: str | None = None
    """What shall be answered; None: the conversation as it stands."""
    seen: bool = False
    """The server has the item: a response that begins from now on answers it, whoever
    asked for that one."""
    optional: bool = False
    """Not needed if the server begins one by itself."""
    not_before_s: float = 0.0
    since_s: float = 0.0
    """When the item was sent."""
    instructions: str | None = None
    """What this response alone shall do: no other can stand for it."""


class Responses(Struct, frozen=True, kw_only=True):
    """The state of a connection's responses."""

    phase: Phase = Phase.FREE
    since_s: float = 0.0
    """When the phase began."""
    response_id: str | None = None
    """The response that is being made."""
    request: int = 0
    """The number of the last `response.create`."""
    asked: Wish | None = None
    """What the last `response.create` was for, until it is clear that it was taken."""
    wish: Wish | None = None
    """What to ask for when it is possible."""
    listening: bool = False
    """The user speaks."""
    sounding: bool = False
    """What was made is still being spoken: the next response would cut it short."""
    owed_until_s: float | None = None
    """A response is due that nobody need ask for."""
    cancel_next: bool = False
    """What begins next is not wanted any more."""
    forget_next: bool = False
    """Nobody needs to be told of it: something else has been asked for since."""
    refusals: int = 0

    @property
    def deadline(self) -> float | None:
        """When `Ticked` is due; None: not at all."""
        match self.phase:
            case Phase.REQUESTED:
                return self.since_s + CREATE_TIMEOUT_S
            case Phase.CANCELLING:
                return self.since_s + CANCEL_TIMEOUT_S
            case Phase.ACTIVE:
                return None
            case Phase.FREE:
                if self.wish is None:
                    return self.owed_until_s if self.cancel_next else None
                if self.listening or self.sounding:
                    return None
                return max(self.wish.not_before_s, self.owed_until_s or 0.0)
            case _:
                assert_never(self.phase)


class Wanted(Struct, frozen=True):
    """A response is wanted."""

    item_id: str | None = None
    optional: bool = False
    instructions: str | None = None


class Withdrawn(Struct, frozen=True):
    """An item that was to be answered has not come to be."""

    item_id: str


class Unwanted(Struct, frozen=True):
    """What the server may begin by itself now is not wanted."""


class ItemSeen(Struct, frozen=True):
    """The server has an item."""

    item_id: str


class SpeechOpened(Struct, frozen=True):
    """The user began to speak."""

    stops: bool = False
    """The server stops its response, and may never say that it is done."""


class SpeechClosed(Struct, frozen=True):
    """The user stopped."""

    answered: bool
    """The server answers by itself."""


class Sounds(Struct, frozen=True):
    """The server goes on to speak what it has made, or has spoken it."""

    still: bool


class Began(Struct, frozen=True):
    """A response began."""

    response_id: str
    knows_all: bool = False
    """If nobody asked for it, it answers all that was sent some time before: the server
    does not say which items it has."""


class Stopped(Struct, frozen=True):
    """A response that was to be stopped has, or will have in time."""

    response_id: str
    within_s: float = STOPPED_S


class Ended(Struct, frozen=True):
    """A response is done."""

    response_id: str


class Refused(Struct, frozen=True):
    """The server refused a `response.create`."""

    request: int | None
    """Which; None: it did not say."""
    busy: bool
    """Because it is making one already."""


class CancelAsked(Struct, frozen=True):
    """A response, or what was asked for and has not begun (None), is not wanted."""

    response_id: str | None


class Ticked(Struct, frozen=True):
    """Time has passed."""


Happening: TypeAlias = (
    Wanted
    | Withdrawn
    | Unwanted
    | ItemSeen
    | SpeechOpened
    | SpeechClosed
    | Sounds
    | Began
    | Stopped
    | Ended
    | Refused
    | CancelAsked
    | Ticked
)


class Create(Struct, frozen=True):
    """Send `response.create`."""

    request: int
    instructions: str | None = None


class Cancel(Struct, frozen=True):
    """Send `response.cancel`."""

    response_id: str


class Disregard(Struct, frozen=True):
    """Tell nobody of a response."""

    response_id: str


class NeverBegan(Struct, frozen=True):
    """The response that was asked for did not begin in time."""


class NeverEnded(Struct, frozen=True):
    """No end of a response was reported, and none will be waited for."""

    response_id: str
    cancelled: bool


class GivenUp(Struct, frozen=True):
    """The server has said too often that it is busy."""


Effect: TypeAlias = Create | Cancel | Disregard | NeverBegan | NeverEnded | GivenUp
Step: TypeAlias = tuple[Responses, tuple[Effect, ...]]
