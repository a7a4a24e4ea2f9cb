"""What the parts of the simulated service share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from realtime_run.simulation.agenda import Agenda
from realtime_run.simulation.model import Mind
from realtime_run.simulation.outputs import Outbox
from realtime_run_openai.simulator.accent import Accent, Session
from realtime_run_openai.simulator.conversation import Conversation, Entry
from realtime_run_openai.simulator.faults import Faults
from realtime_run_openai.simulator.openai_accent import OPENAI
from realtime_run_openai.simulator.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the service behaves."""

    transport: Literal["websocket", "webrtc"] = "websocket"
    speed: float = 5.0
    """How many times faster than real time speech is made."""
    latency_s: float = 0.05
    """How long the model thinks before it says anything."""
    lifetime_s: float = 3600.0
    """How long a session lasts."""
    faults: Faults = field(default_factory=Faults)
    accent: Accent = OPENAI
    """Whose server it is."""

    @property
    def expires_after_s(self) -> float:
        """How long a session lasts, faults considered."""
        expire_s = self.faults.expire_s
        return self.lifetime_s if expire_s is None else expire_s


@dataclass(slots=True)
class Desk:
    """One session: its state, its time, and what it is about to send."""

    options: Options
    session: Session
    out: Outbox
    mind: Mind
    conversation_id: str
    conversation: Conversation = field(default_factory=Conversation)
    agenda: Agenda = field(default_factory=Agenda)
    now_s: float = 0.0
    sight: str | None = None
    """What is on the video track, in words."""

    @property
    def accent(self) -> Accent:
        """Whose server it is."""
        return self.options.accent

    @property
    def is_webrtc(self) -> bool:
        """Whether speech travels as RTP."""
        return self.options.transport == "webrtc"

    def refuse(self, refusal: Refusal, event_id: str | None = None) -> None:
        """Send an error."""
        self.out.send(
            "error",
            error={
                "type": refusal.kind,
                "code": refusal.code,
                "message": refusal.message,
                "param": refusal.param,
                "event_id": event_id,
            },
        )

    def add_item(self, entry: Entry, after: str | None = None) -> None:
        """Put a whole item into the conversation, and tell of it.

        Raises:
            KeyError: If there is no item `after`.
        """
        previous = self.conversation.add(entry, after)
        for kind in ("conversation.item.added", "conversation.item.done"):
            self.out.send(kind, previous_item_id=previous, item=dict(entry.item))


def new_desk(
    options: Options,
    *,
    model: str,
    mind: Mind,
    new_id: Callable[[str], str],
    at_s: float,
    unix_s: float,
) -> Desk:
    """Return the desk of a session that begins.

    Args:
        options: How the service behaves.
        model: The model's name.
        mind: What the model says.
        new_id: Makes ids, given their prefix.
        at_s: The time now, in monotonic seconds.
        unix_s: The time now, in seconds since 1970, of which the session's end is told.
    """
    expires_at = int(unix_s + options.expires_after_s)
    return Desk(
        options=options,
        session=options.accent.session(model, new_id("sess"), expires_at),
        out=Outbox(new_id),
        mind=mind,
        conversation_id=new_id("conv"),
        now_s=at_s,
    )
