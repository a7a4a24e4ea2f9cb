"""What the simulated service asks of what carries it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Message:
    """Send this event."""

    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
    """Send this, whatever it is; faults only."""

    content: str | bytes


@dataclass(frozen=True, slots=True)
class Speak:
    """Turn a text into speech, and give it to `Service.spoken`."""

    response_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Play:
    """Send these samples as RTP, in real time: mono s16le at 24 kHz."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Hush:
    """Drop all samples that are not sent yet."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """End the connection without a word, as a broken network does."""


Output: TypeAlias = Message | Raw | Speak | Play | Hush | Close | Drop


class Outbox:
    """Collects outputs, and numbers events.

    Args:
        new_id: Makes ids, given their prefix.
    """

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self.new_id = new_id
        self._outputs: list[Output] = []

    def send(self, kind: str, /, **fields: Any) -> None:
        """Send an event of a type."""
        event = {"type": kind, "event_id": self.new_id("event"), **fields}
        self._outputs.append(Message(event))

    def put(self, *outputs: Output) -> None:
        """Add anything else."""
        self._outputs.extend(outputs)

    def take(self) -> Iterable[Output]:
        """Return what was collected, and forget it."""
        taken, self._outputs = self._outputs, []
        return tuple(taken)
