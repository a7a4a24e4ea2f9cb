"""What the parts of the simulated service share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime_run.simulation.agenda import Agenda
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Close, Message, Output
from realtime_run_gemini.simulator.conversation import Conversation, Entry
from realtime_run_gemini.simulator.faults import Faults
from realtime_run_gemini.simulator.requests import Refusal
from realtime_run_gemini.simulator.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the service behaves."""

    speed: float = 5.0
    """How many times faster than real time speech is made."""
    playback: float | None = None
    """How many times faster than real time it is taken to be played; None: so many
    times as `speed` says."""
    latency_s: float = 0.05
    """How long the model thinks before it says anything."""
    interim: bool = False
    session_id: bool = False
    lifetime_s: float = 600.0
    go_away_s: float = 10.0
    models: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)


@dataclass(slots=True)
class Desk:
    """One session: its state, its time, and what it is about to send."""

    options: Options
    session: Session
    mind: Mind
    new_id: Callable[[str], str]
    now_s: float
    conversation: Conversation = field(default_factory=Conversation)
    agenda: Agenda = field(default_factory=Agenda)
    outputs: list[Output] = field(default_factory=list[Output])

    def send(self, event: Mapping[str, Any]) -> None:
        """Send a message."""
        self.outputs.append(Message(event))

    def send_content(self, **fields: Any) -> None:
        """Send a `serverContent`."""
        self.send({"serverContent": fields})

    def put(self, output: Output) -> None:
        """Add anything else."""
        self.outputs.append(output)

    def refuse(self, refusal: Refusal) -> None:
        """End the connection."""
        self.put(Close(refusal.code, refusal.reason))

    def take(self) -> Iterable[Output]:
        """Return what was collected, and forget it."""
        taken, self.outputs = self.outputs, []
        return taken

    def add(self, entry: Entry) -> None:
        """Remember something that was said."""
        self.conversation = self.conversation.with_entry(entry)
