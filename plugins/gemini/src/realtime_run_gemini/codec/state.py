"""What a codec remembers of its connection, and collects while it decodes."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct, field

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import (
    ItemChanged,
    ItemStatus,
    ItemType,
    ProviderEvent,
    ProviderNoted,
    Role,
)
from realtime_run.plugin.api import Opening
from realtime_run.wire.codec import Outcome
from realtime_run.wire.messages import Message
from realtime_run.wire.recent import Recent
from realtime_run_gemini.codec.options import CodecOptions
from realtime_run_gemini.codec.sound import Sound
from realtime_run_gemini.codec.usage import Ledger
from realtime_run_gemini.codec.user import Microphone, Speech


class Phase(Enum):
    """What the server is doing with its turn, as far as it concerns the session."""

    IDLE = auto()
    """It makes no turn, or nothing has come of it yet."""
    ANSWERING = auto()
    """A response is being reported."""
    PAUSED = auto()
    """The response that called functions is done, and the turn waits for results."""
    DRAINING = auto()
    """The rest of the turn is nobody's: it was interrupted, or is not wanted."""


class Answer(Struct):
    """A response as it grows."""

    response_id: str
    item_id: str
    sound: Sound
    began_s: float
    said: list[str] = field(default_factory=list[str])
    written: list[str] = field(default_factory=list[str])
    has_item: bool = False
    """Its message was reported: it has some output beside calls."""
    overheard: bool = False
    """The user began to speak during it."""
    goes_on: bool = False
    """That was over, and the server has not stopped."""
    generated: bool = False
    """The server has sent all of it, and waits for it to be heard."""
    awaited: bool = False
    """The server said that it comes, and nothing has come of it yet."""

    @property
    def text(self) -> str:
        """What was said so far, or else written."""
        return "".join(self.said) or "".join(self.written)


class Draining(Struct):
    """How long output is still of the turn that nobody wants, if its end is lost."""

    until_s: float
    longer_s: float = 0.0
    """How long after each output; 0: it is not put off."""
    refuses: bool = False
    """Calls that come of it are refused: the server did not stop by itself."""


class Call(Struct, frozen=True):
    """A function call that waits for its result."""

    wire_id: str
    """Empty: the server gave it none."""
    name: str


def _calls() -> Recent[str, Call]:
    return Recent(256)


def _called() -> Recent[str, None]:
    return Recent(512)


def _notes() -> Recent[str, str]:
    return Recent(8)


def _answered() -> Recent[str, str]:
    return Recent(8)


def _noted() -> Recent[str, None]:
    return Recent(64)


class State(Struct, kw_only=True):
    """One connection's memory; every part of it is bounded."""

    options: CodecOptions
    new_id: Callable[[str], str]
    ledger: Ledger
    at_s: float = 0.0
    setup: Mapping[str, object] | None = None
    opening: Opening | None = None
    acknowledged: Mapping[str, object] | None = None
    ready: bool = False
    resumed_s: float | None = None
    """When it went on by a handle; None: it did not."""
    phase: Phase = Phase.IDLE
    answer: Answer | None = None
    """The response that is being made: while ANSWERING."""
    draining: Draining | None = None
    """While DRAINING."""
    expecting: bool = False
    """An answer was asked for, by whatever means, and has not begun."""
    unwanted_until_s: float | None = None
    """The next answer to begin is not wanted any more, unless it is this late."""
    cuts: int = 0
    """How many things were sent that stop what the server is doing, and did not yet."""
    cut_s: float = 0.0
    """When the last of them was."""
    speech: Speech = field(default_factory=Speech)
    microphone: Microphone = field(default_factory=Microphone)
    calls: Recent[str, Call] = field(default_factory=_calls)
    """The calls without a result, by the id that the session knows."""
    called: Recent[str, None] = field(default_factory=_called)
    """The server's ids of all calls that were reported."""
    notes: Recent[str, str] = field(default_factory=_notes)
    """What the model is to be told of responses that were not heard to the end."""
    answered: Recent[str, str] = field(default_factory=_answered)
    """The whole text of the last responses."""
    received_s: float = 0.0
    """When the server said something last."""
    looked_s: float = 0.0
    """Until when that was looked at, to tell whether it says anything at all."""
    failure: ProviderError | None = None
    original: Message = field(default_factory=dict[str, object])
    """The message that is being decoded."""
    events: list[ProviderEvent] = field(default_factory=list[ProviderEvent])
    messages: list[str] = field(default_factory=list[str])
    noted: Recent[str, None] = field(default_factory=_noted)

    def take(self) -> Outcome:
        """Return what was collected."""
        outcome = Outcome(tuple(self.events), tuple(self.messages))
        self.events.clear()
        self.messages.clear()
        return outcome

    def emit(self, event: ProviderEvent) -> None:
        """Report an event."""
        self.events.append(event)

    def item(
        self,
        item_id: str,
        item_type: ItemType,
        *content: Mapping[str, object],
        role: Role | None = None,
        status: ItemStatus = "completed",
    ) -> None:
        """Report an item of the conversation."""
        self.events.append(
            ItemChanged(
                item_id=item_id,
                item_type=item_type,
                status=status,
                role=role,
                content=content,
            )
        )

    def debug(self, message: str) -> None:
        """Report what is of interest to few."""
        self.events.append(ProviderNoted(message=message))

    def warn_once(self, subject: str, message: str) -> None:
        """Report an oddity of the server, the first time only."""
        if subject not in self.noted:
            self.noted.put(subject, None)
            self.events.append(ProviderNoted(message=message, level="warning"))
