"""The words in which `responses` decides: a state, what happens to it, what to do."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias, assert_never

CREATE_TIMEOUT_S = 10.0
"""How long `response.created` may take after `response.create`."""
CANCEL_TIMEOUT_S = 5.0
"""How long `response.done` may take after `response.cancel`: some servers of this
protocol never send it for a cancelled response."""


class Phase(Enum):
    """What the server is doing."""

    FREE = auto()
    REQUESTED = auto()
    """`response.create` was sent."""
    ACTIVE = auto()
    CANCELLING = auto()
    """`response.cancel` was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A response that somebody waits for."""

    item_id: str | None = None
    """What shall be answered; None: the conversation as it stands."""
    seen: bool = False
    """The server has the item: a response that begins from now on answers it, whoever
    asked for that one."""
    optional: bool = False
    """Not needed if the server begins one by itself."""
    not_before_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A response is wanted."""

    item_id: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """The server has an item."""

    item_id: str


@dataclass(frozen=True, slots=True)
class SpeechOpened:
    """The user began to speak."""


@dataclass(frozen=True, slots=True)
class SpeechClosed:
    """The user stopped."""

    answered: bool
    """The server answers by itself."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """The server goes on to speak what it has made, or has spoken it."""

    still: bool


@dataclass(frozen=True, slots=True)
class Began:
    """A response began."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A response is done."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused a `response.create`."""

    request: int | None
    """Which; None: it did not say."""
    busy: bool
    """Because it is making one already."""


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """A response, or what was asked for and has not begun (None), is not wanted."""

    response_id: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


Happening: TypeAlias = (
    Wanted
    | ItemSeen
    | SpeechOpened
    | SpeechClosed
    | Sounds
    | Began
    | Ended
    | Refused
    | CancelAsked
    | Ticked
)


@dataclass(frozen=True, slots=True)
class Create:
    """Send `response.create`."""

    request: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Send `response.cancel`."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Disregard:
    """Tell nobody of a response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class NeverBegan:
    """The response that was asked for did not begin in time."""


@dataclass(frozen=True, slots=True)
class NeverEnded:
    """No end of a response was reported, and none will be waited for."""

    response_id: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The server has said too often that it is busy."""


Effect: TypeAlias = Create | Cancel | Disregard | NeverBegan | NeverEnded | GivenUp
Step: TypeAlias = tuple[Responses, tuple[Effect, ...]]
