"""What a codec remembers of the user: what he says, and what is sent of it."""

from msgspec import Struct, field


class Segment(Struct):
    """A piece of what the user says, as its transcript grows."""

    item_id: str
    certain: str = ""
    partial: str = ""
    """What the server thinks comes next."""
    shown: bool = False
    """What was reported last has such a part in it."""
    heard_s: float = 0.0
    """When there was a transcript last."""

    @property
    def text(self) -> str:
        """All that is known of it."""
        return self.certain + self.partial


class Speech(Struct):
    """What is known of the user's speech."""

    signalled: bool = False
    """The server says when it begins and ends; else it must be concluded."""
    open: bool = False
    """The user's speech was reported to begin, and not to end."""
    concluded: bool = False
    """That it began was not said by the server, but concluded."""
    heard_s: float = 0.0
    """When there was a sign of it last."""
    segment: Segment | None = None
    item_id: str | None = None
    """The item of the turn that goes on, or was the last."""
    answered_s: float | None = None
    """When the answer to that turn ended."""
    is_next: bool = False
    """That turn began during an answer to what was said before it."""


class Microphone(Struct):
    """What is sent of the microphone."""

    rest: bytearray = field(default_factory=bytearray)
    """Audio that is too short for a message."""
    streaming: bool = False
    """Audio was sent, and its end was not."""
    heard_s: float = 0.0
    """When there was audio last."""
    look_s: float | None = None
    """When to look whether there still is; None: it does not matter."""
    in_turn: bool = False
    """The session has said that a turn begins."""
    told: bool = False
    """So was the server."""
    held: list[str] | None = None
    """What the server shall hear of turns once its response is over; None: it can hear
    them now."""
