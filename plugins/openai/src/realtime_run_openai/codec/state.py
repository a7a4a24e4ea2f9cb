"""What a codec remembers of its connection, and collects while it decodes."""

from collections import deque
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import (
    ItemChanged,
    ProviderEvent,
    ProviderFailed,
    ProviderNoted,
    ResponseDone,
    ResponseStatus,
)
from realtime_run.plugin.api import HistoryItem
from realtime_run.wire.codec import Outcome
from realtime_run.wire.messages import Message
from realtime_run.wire.recent import Recent
from realtime_run_openai.codec import encode, response_state, responses
from realtime_run_openai.codec.audio import AudioPart
from realtime_run_openai.codec.options import CodecOptions
from realtime_run_openai.codec.own_turn import OwnTurn
from realtime_run_openai.codec.replay import Replay
from realtime_run_openai.codec.response_state import (
    Happening,
    Responses,
)
from realtime_run_openai.codec.sounding import Sounding

_CREATE = "response_rr_"
ADJUSTING = "to adjust the conversation to what was heard and seen"
"""The purpose of what may fail because the server has changed it already."""


class Answer(Struct):
    """What came of one response so far."""

    response_id: str
    audio: dict[str, AudioPart] = field(default_factory=dict[str, AudioPart])
    """By item, in the order in which they came."""
    written: set[str] = field(default_factory=set[str])
    """The items of which text came in deltas."""
    begun: bool = False
    """An item of it has been announced."""
    spoken: bool = False
    """It has a part that is heard."""


class RemoteCall(Struct):
    """A call that the server makes by itself."""

    name: str
    server: str | None
    started: bool = False
    failed: bool = False


def _answers() -> Recent[str, Answer]:
    return Recent(32)


def _ended() -> Recent[str, None]:
    return Recent(256)


def _called() -> Recent[str, None]:
    return Recent(256)


def _ignored() -> Recent[str, None]:
    return Recent(64)


def _unsaid() -> deque[str]:
    return deque(maxlen=8)


def _spoken() -> Recent[str, None]:
    return Recent(64)


def _names() -> Recent[str, str]:
    return Recent(64)


def _remote() -> Recent[str, RemoteCall]:
    return Recent(64)


def _items() -> Recent[str, ItemChanged]:
    return Recent(512)


def _purposes() -> Recent[str, str]:
    return Recent(256)


def _noted() -> Recent[str, None]:
    return Recent(64)


class State(Struct, kw_only=True):
    """One connection's memory; every part of it is bounded."""

    options: CodecOptions
    new_id: Callable[[], str]
    at_s: float = 0.0
    responses: Responses = field(default_factory=Responses)
    sounding: Sounding = field(default_factory=Sounding)
    silenced: Recent[str, None] = field(default_factory=_ignored)
    """Responses of which the server has said that their sound is over."""
    answers: Recent[str, Answer] = field(default_factory=_answers)
    latest: Answer | None = None
    """The response that the last output belonged to."""
    ended: Recent[str, None] = field(default_factory=_ended)
    ignored: Recent[str, None] = field(default_factory=_ignored)
    """Responses that nobody is told of: outside of the conversation, or cancelled
    before they began."""
    tool_names: Recent[str, str] = field(default_factory=_names)
    """By item."""
    called: Recent[str, None] = field(default_factory=_called)
    """Tool calls and approvals that were reported."""
    remote: Recent[str, RemoteCall] = field(default_factory=_remote)
    spoken: Recent[str, None] = field(default_factory=_spoken)
    """The items that the user spoke."""
    items: Recent[str, ItemChanged] = field(default_factory=_items)
    """What was reported of each item last."""
    replay: Replay = field(default_factory=Replay)
    images: deque[str] = field(default_factory=deque[str])
    """The items of the pictures in the conversation, oldest first."""
    picture: bytes | None = None
    """The newest, where pictures go with the audio, until they can."""
    unsaid: deque[str] = field(default_factory=_unsaid)
    """What the model is to be told when it makes no response."""
    pending: bytearray = field(default_factory=bytearray)
    """Microphone audio that is too short to be sent."""
    turn: OwnTurn = field(default_factory=OwnTurn)
    """The user's turn, where the session says where it is."""
    turn_id: str | None = None
    """The item of the user's last turn, where the session decides whether it is to be
    answered, until it has decided so."""
    greeted: bool = False
    adopts: bool = False
    """The session was configured when the call was made."""
    created: Message | None = None
    """The session as it was before it was configured."""
    update_id: str | None = None
    """The `session.update` that has not been answered yet."""
    acknowledged: Mapping[str, object] | None = None
    expires_at: int | None = None
    failure: ProviderError | None = None
    events: list[ProviderEvent] = field(default_factory=list[ProviderEvent])
    messages: list[str] = field(default_factory=list[str])
    purposes: Recent[str, str] = field(default_factory=_purposes)
    """What the client's messages were for, by their ids."""
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

    def debug(self, message: str) -> None:
        """Report what is of interest to few."""
        self.events.append(ProviderNoted(message=message))

    def warn_once(self, subject: str, message: str) -> None:
        """Report an oddity of the server, the first time only."""
        if subject not in self.noted:
            self.noted.put(subject, None)
            self.events.append(ProviderNoted(message=message, level="warning"))

    def send(self, type_: str, purpose: str, **fields: object) -> str:
        """Send a message, and return its id.

        Args:
            type_: The event's name.
            purpose: What it is for, as it completes "the server refused ...".
            fields: The event's other fields.
        """
        event_id = self.new_id()
        self.purposes.put(event_id, purpose)
        self.messages.append(encode.message(type_, event_id, **fields))
        return event_id

    def add_item(self, item: Mapping[str, object], purpose: str) -> None:
        """Send an item at the end of the conversation."""
        if not self.options.dialect.traits.keeps_item_ids:
            item = {key: value for key, value in item.items() if key != "id"}
        self.send("conversation.item.create", purpose, item=item)

    def tell(self) -> None:
        """Tell the model what is unsaid, unless it makes a response."""
        if self.responses.phase is response_state.Phase.FREE:
            self.tell_now()

    def tell_now(self) -> None:
        """Tell it before what follows."""
        while self.unsaid:
            self._tell(self.unsaid.popleft())

    def _tell(self, text: str) -> None:
        item_id = self.new_id()
        # Nobody said this: who listens is not told of it.
        self.replay.told(item_id, HistoryItem(role="user", text=text))
        self.add_item(encode.user_text(item_id, text), "a note of what was heard")

    def step(self, happening: Happening) -> None:
        """Let something happen to the responses."""
        before = self.responses
        self.responses, effects = responses.step(self.responses, happening, self.at_s)
        for effect in effects:
            match effect:
                case response_state.Create(request, instructions):
                    self._create(request, instructions)
                case response_state.Cancel(response_id):
                    self._cancel(response_id)
                case response_state.Disregard(response_id):
                    self.ignored.put(response_id, None)
                    self.debug(f"response {response_id} is not wanted any more")
                case response_state.NeverEnded(response_id, cancelled):
                    self._never_ended(response_id, cancelled=cancelled)
                case response_state.NeverBegan():
                    self.emit(_NEVER_BEGAN)
                case response_state.GivenUp():
                    self.emit(_GIVEN_UP)
        self._expect_end(before)

    def _expect_end(self, before: Responses) -> None:
        """Wait a little for a response to stop if nothing will tell that it has."""
        now, stopping = self.responses, response_state.Phase.CANCELLING
        known = before.phase is stopping and before.response_id == now.response_id
        response_id = now.response_id
        if now.phase is not stopping or known or response_id is None:
            return
        answer = self.answers.get(response_id)
        silent = answer is None or not (answer.begun or answer.audio or answer.written)
        if silent and not self.options.dialect.traits.ends_cancelled:
            self.step(response_state.Stopped(response_id, response_state.MUTE_S))

    def _create(self, request: int, instructions: str | None) -> None:
        self.tell_now()  # it is to be known to this response
        event_id = f"{_CREATE}{request}"
        fields: dict[str, object] = {}
        if instructions is not None:
            own = self.options.rewritten(instructions)
            both = (self.options.instructions, own)
            fields["response"] = {"instructions": "\n\n".join(filter(None, both))}
        self.messages.append(encode.message("response.create", event_id, **fields))

    def _cancel(self, response_id: str) -> None:
        purpose = "to cancel a response"
        by_id = self.options.dialect.traits.cancels_by_id
        named = {"response_id": response_id} if by_id else {}
        self.send("response.cancel", purpose, **named)
        if self.options.transport == "webrtc":
            self.send("output_audio_buffer.clear", purpose)

    def _never_ended(self, response_id: str, *, cancelled: bool) -> None:
        self.ended.put(response_id, None)
        self.debug(f"response {response_id} ended without response.done")
        if response_id in self.ignored:
            return
        status: ResponseStatus = "cancelled" if cancelled else "incomplete"
        self.emit(ResponseDone(response_id=response_id, status=status))


def request_of(event_id: str) -> int | None:
    """Return the number of the `response.create` with an id; None if it is no such."""
    number = event_id.removeprefix(_CREATE)
    return int(number) if number != event_id and number.isdecimal() else None


_NEVER_BEGAN = ProviderFailed(
    error=f"no response began within {response_state.CREATE_TIMEOUT_S:g} s",
    error_code="response_timeout",
    context="asking for a response",
)
_GIVEN_UP = ProviderFailed(
    error="the server says that it is making a response already, and makes none",
    error_code="response_refused",
    context="asking for a response",
)
