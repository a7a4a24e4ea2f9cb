"""An event as the rules see it: the same for a live event and a line of a recording."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import asdict

from realtime_run.core.events import RealtimeEvent
from realtime_run.core.pcm import Pcm


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a stream of events broke, and where."""

    rule: str
    """The rule's name, such as `one-final`."""
    message: str
    """What is wrong, in one sentence."""
    index: int
    """Which event showed it, from 0."""

    def __str__(self) -> str:
        return f"event {self.index}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a stream."""

    index: int
    """Which it is, from 0."""
    type: str
    fields: Mapping[str, object]
    event: RealtimeEvent | None = None
    """The event itself, unless the stream was read from a file."""

    def text(self, name: str) -> str:
        """Return a field that holds text; "" if it holds none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int:
        """Return a field that holds a whole number; 0 if it holds none."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else 0

    def flag(self, name: str) -> bool:
        """Return whether a field holds True."""
        return self.fields.get(name) is True

    def audio_ms(self) -> float:
        """Return the length of the audio it carries, in milliseconds."""
        match self.fields.get("data"):
            case Pcm() as pcm:
                return pcm.duration_ms
            case {"ms": int() | float() as length}:
                return float(length)
            case _:
                return 0.0

    def breaks(self, rule: str, message: str) -> Violation:
        """Return the violation that this event shows."""
        return Violation(rule=rule, message=f"{self.type}: {message}", index=self.index)


def record_of(index: int, event: RealtimeEvent | Mapping[str, object]) -> Record:
    """Return an event, or a line that the `jsonl` handler wrote, as a record."""
    if isinstance(event, RealtimeEvent):
        values = asdict(event)
        return Record(index, event.type, values, event)
    kind = event.get("type")
    return Record(index, kind if isinstance(kind, str) else "", event)
