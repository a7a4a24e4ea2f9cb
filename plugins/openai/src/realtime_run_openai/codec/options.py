"""What a codec is told when it is made, and what it answers."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct


class Names(Protocol):
    """The part of a dialect that matters here."""

    @property
    def canonical(self) -> Mapping[str, str]:
        """Server events by this server's names, and what OpenAI calls them."""
        ...


class CodecOptions(Struct, frozen=True, kw_only=True):
    """What does not change while a connection is open."""

    dialect: Names
    transport: Literal["websocket", "webrtc"]
    creates_responses: bool
    """The server answers at the end of a turn by itself. False: the codec asks it to,
    after each turn that was committed."""
    answers: bool = True
    """Every turn is to be answered. False: the session asks for those that count."""
    manual_turns: bool = False
    """The server looks for no turns: the session says where they are."""
    instructions: str = ""
    """The session's: those of one response take their place, and so come after them."""
    images_kept: int
    """How many pictures stay in the conversation; older ones are deleted."""
    cost: Callable[[Mapping[str, object]], float | None]
    """What a response cost in US dollars, by its usage; None: not known."""
    setting_of: Callable[[str | None], str | None]
    """Where in the spec a parameter of the server's stands; None: nowhere."""
    image_detail: Literal["auto", "low", "high"] = "auto"
    append_ms: int = 20
    """How much audio one append carries at least."""
    input_hz: int = 24_000
    output_hz: int = 24_000
    unix_offset: float = 0.0
    """Unix time minus the clock of `at_s`: `session.expires_at` is in Unix time."""
