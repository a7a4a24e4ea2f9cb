"""What a codec is told when it is made, and what it answers."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from realtime_run_openai.codec.verdicts import Verdict, verdict
from realtime_run_openai.traits import Traits


class Names(Protocol):
    """The part of a dialect that matters here."""

    @property
    def canonical(self) -> Mapping[str, str]:
        """Server events by this server's names, and what OpenAI calls them."""
        ...

    @property
    def traits(self) -> Traits:
        """In what else the server differs."""
        ...


class CodecOptions(Struct, frozen=True, kw_only=True):
    """What does not change while a connection is open."""

    dialect: Names
    transport: Literal["websocket", "webrtc"]
    creates_responses: bool
    """The server answers at the end of a turn by itself. False: the codec asks it to,
    after each turn that was committed."""
    interrupts: bool = False
    """The server stops its response by itself when the user speaks. Of interest only
    where it does not say that a stopped response is done."""
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
    verdict: Callable[[str, str], Verdict] = verdict
    """What an error means, by its code and its message."""
    keep_alive_s: float | None = None
    """How long nothing may be sent before a little silence is; None: forever."""
    rewritten: Callable[[str], str] = str
    """What the result of a tool, or the instructions of one response, are sent as."""
    image_detail: Literal["auto", "low", "high"] = "auto"
    append_ms: int = 20
    """How much audio one append carries at least."""
    input_hz: int = 24_000
    output_hz: int = 24_000
    unix_offset: float = 0.0
    """Unix time minus the clock of `at_s`: `session.expires_at` is in Unix time."""
