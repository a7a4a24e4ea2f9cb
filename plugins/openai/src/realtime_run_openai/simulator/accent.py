"""How the servers that speak this protocol differ in what they say, as values.

The simulated service thinks in OpenAI's events. A server of another vendor is another
`Accent`, beside its own rules for what a client may send: not another simulator.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from realtime_run.simulation.hearing import TurnPolicy
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.g711 import Coding
from realtime_run_openai.simulator.plan import Plan
from realtime_run_openai.simulator.refusals import Refusal

Event: TypeAlias = Mapping[str, Any]
"""A server event, with its `type`."""
Telling: TypeAlias = Iterator[tuple[str, Mapping[str, Any]]]
"""The last parts of events' types, and their fields."""


class Session(Protocol):
    """What the client and the service have agreed on."""

    object: dict[str, Any]
    """As the server's events show it."""
    has_spoken: bool
    """Whether the model has given audio, after which its voice stays."""

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools of every response, as OpenAI's session object has them."""
        ...

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """How turns are found; None: the client commits them."""
        ...

    @property
    def transcribes(self) -> bool:
        """Whether the user's speech is written down."""
        ...

    @property
    def hears(self) -> Coding:
        """What the client's sound is coded as."""
        ...

    @property
    def speed(self) -> float:
        """How fast the model speaks; 1 as usual."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Return the object as an event carries it."""
        ...

    def update(self, given: dict[str, Any]) -> Refusal | None:
        """Change what is given, or nothing at all; returns what is wrong with it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """One vendor's way of speaking the protocol."""

    session: Callable[[str, str, int], Session]
    """Makes a session, given the model, an id, and the second since 1970 of its end."""
    plan: Callable[[Session], Plan]
    """How a response is made of which the client has said nothing."""
    spoken: Callable[[Event], Event | None]
    """An event of OpenAI's as this server sends it; None: it sends none."""
    transcript: Callable[[Entry, Session], Telling]
    """What is told, bit by bit, of the transcript of a spoken turn."""
    turns: Callable[[Mapping[str, Any]], TurnPolicy]
    """Where turns begin and end, given `turn_detection`."""
    rate_hz: int
    """The rate of the client's PCM."""
    least_ms: float
    """A shorter buffer cannot be committed; 0: an empty one can."""
    tells_silence: bool
    """A user who has been silent for long is told of, as a turn."""
    transcript_first: bool
    """At the end of speech, the transcript is whole before the audio is."""
    expired: str
    """Said of a session that has lasted for as long as it may."""
