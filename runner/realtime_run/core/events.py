"""The public events: what handlers and library users see.

The first ten are the contract's; the rest are ours beside them. All are frozen values
without behaviour, so they can be logged, compared and replayed. The fields of
`RealtimeEvent` are stamped by the session; who makes an event leaves them out.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct, field

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    ItemStatus,
    ItemType,
    ResponseStatus,
    Role,
    TranscriptMode,
)

_UNSTAMPED = datetime.fromtimestamp(0, UTC)


class Participant(Struct, frozen=True, kw_only=True):
    """Who speaks."""

    id: str
    """Unique in the session."""
    user_id: str | None = None
    name: str | None = None


class RealtimeEvent(Struct, frozen=True, kw_only=True):
    """What all events have."""

    type: ClassVar[str] = "realtime"
    event_id: str = ""
    """A UUID."""
    timestamp: datetime = _UNSTAMPED
    """UTC, when the runner saw it."""
    monotonic_ns: int = 0
    """The same moment on the monotonic clock: for durations."""
    session_id: str = ""
    participant: Participant | None = None
    """Whose speech, text or audio it is; None where it is nobody's."""
    provider: str = ""
    """The provider's name in the spec."""


class RealtimeConnectedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The conversation is connected."""

    type: ClassVar[str] = "realtime_connected"
    session_config: Mapping[str, object]
    """As the provider acknowledged it, secrets masked."""
    capabilities: Capabilities
    attempt: int = 1
    """1, and one more for each try that failed since the last connection."""
    resumed: bool = False
    """True if the conversation goes on after an earlier connection."""


class RealtimeDisconnectedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The connection ended."""

    type: ClassVar[str] = "realtime_disconnected"
    reason: str | None
    was_clean: bool
    will_reconnect: bool


class RealtimeUserSpeechTranscriptionEvent(RealtimeEvent, frozen=True, kw_only=True):
    """What the user says."""

    type: ClassVar[str] = "realtime_user_speech_transcription"
    text: str
    mode: TranscriptMode
    item_id: str | None = None
    original: object = None


class RealtimeAgentSpeechTranscriptionEvent(RealtimeEvent, frozen=True, kw_only=True):
    """What the agent says.

    Exactly one `final` comes for each response: when its audio has been played, or when
    it was interrupted, and then with what was *heard*.
    """

    type: ClassVar[str] = "realtime_agent_speech_transcription"
    text: str
    mode: TranscriptMode
    item_id: str | None = None
    response_id: str
    epoch: int
    original: object = None


class RealtimeResponseEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A response began (`text` is empty), grew in writing, or is complete.

    Complete means that the model has said all of it; its audio may still be sounding.
    """

    type: ClassVar[str] = "realtime_response"
    text: str
    """The whole text so far."""
    response_id: str
    is_complete: bool
    conversation_item_id: str | None = None
    usage: Mapping[str, object] | None = None
    status: ResponseStatus | Literal["in_progress"]
    cost_usd: float | None = None
    """What it cost by the plugin's price list, in US dollars; None: not known."""


class RealtimeAudioInputEvent(RealtimeEvent, frozen=True, kw_only=True):
    """Samples were sent to the model."""

    type: ClassVar[str] = "realtime_audio_input"
    data: Pcm


class RealtimeAudioOutputEvent(RealtimeEvent, frozen=True, kw_only=True):
    """Samples came from the model: as a rule faster than they can be played."""

    type: ClassVar[str] = "realtime_audio_output"
    data: Pcm
    response_id: str
    epoch: int


class RealtimeAudioOutputDoneEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The audio of a response was played to its end, or to where it was interrupted."""

    type: ClassVar[str] = "realtime_audio_output_done"
    response_id: str
    interrupted: bool
    played_ms: int
    """What the output device pulled of it."""


class RealtimeConversationItemEvent(RealtimeEvent, frozen=True, kw_only=True):
    """An item of the conversation was added, or became something else."""

    type: ClassVar[str] = "realtime_conversation_item"
    item_id: str
    item_type: ItemType
    status: ItemStatus
    role: Role | None = None
    content: Sequence[Mapping[str, object]] = ()


class RealtimeErrorEvent(RealtimeEvent, frozen=True, kw_only=True):
    """Something went wrong at the provider, or on the way to it."""

    type: ClassVar[str] = "realtime_error"
    error: str
    error_code: str | None = None
    context: str | None = None
    """What was being done."""
    is_recoverable: bool = True
    """False: the conversation ends."""
    setting: str | None = None
    """What in the spec is at fault, if that is known, such as `provider.voice`."""
    place: str | None = None
    """Where that stands: `agent.yaml:3:10`."""


class RealtimeUserSpeechStartedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The user began to speak."""

    type: ClassVar[str] = "realtime_user_speech_started"
    item_id: str | None = None
    audio_ms: int | None = None
    """Position in the input audio, if the provider tells."""


class RealtimeUserSpeechEndedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The user's turn is over."""

    type: ClassVar[str] = "realtime_user_speech_ended"
    item_id: str | None = None
    audio_ms: int | None = None


class RealtimeAgentSpeechStartedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The output device pulled the first sample of a response."""

    type: ClassVar[str] = "realtime_agent_speech_started"
    response_id: str
    epoch: int


class RealtimeAgentSpeechEndedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The agent fell silent."""

    type: ClassVar[str] = "realtime_agent_speech_ended"
    response_id: str
    epoch: int
    interrupted: bool


class RealtimeAudioPlayedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The output device pulled these samples: what the user really hears, and when."""

    type: ClassVar[str] = "realtime_audio_played"
    data: Pcm


class RealtimeInterruptionEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The agent was interrupted, or paused for what proved to be a false alarm.

    Times are on the monotonic clock, in nanoseconds.
    """

    type: ClassVar[str] = "realtime_interruption"
    source: Literal["provider", "local", "api"]
    """Who said that this is an interruption, or for a false alarm that it may be."""
    epoch: int
    """The epoch that begins; of a false alarm, the one that goes on."""
    onset_source: Literal["provider", "local", "api"] = "provider"
    """Who noticed first: the provider, the runner's own `vad` or a key, or a call."""
    onset_ns: int
    """When the user's sound began, as far as who noticed it can tell."""
    silence_source: Literal["flush", "pause", "duck"] = "flush"
    """How the agent fell silent, or lower: its audio was dropped, or kept."""
    silence_ns: int | None
    """When it did so."""
    provider_stop_source: Literal["done", "cancelled"] | None = None
    """done: the provider had said all of it before; cancelled: it stopped; None: it has
    not said so yet, and `RealtimeInterruptionSettledEvent` follows."""
    provider_stop_ns: int | None
    """When the provider had stopped generating; None: it has not said so yet."""
    false_alarm: bool = False
    """The agent goes on where it was: nothing is lost, and the epoch stays."""


class RealtimeInterruptionSettledEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The provider has stopped generating what was interrupted."""

    type: ClassVar[str] = "realtime_interruption_settled"
    epoch: int
    """Of the `RealtimeInterruptionEvent`."""
    onset_ns: int
    """The same as there."""
    provider_stop_source: Literal["done", "cancelled"] = "cancelled"
    """done: it had said all of it before it could be stopped."""
    provider_stop_ns: int


class AudioDeviceChangedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A microphone or speaker was lost, replaced or is back; the session goes on."""

    type: ClassVar[str] = "audio_device_changed"
    direction: Literal["input", "output"]
    state: Literal["lost", "replaced", "returned", "failed"]
    """lost: it gives or takes no sound any more; replaced: another one, or silence, has
    taken its place; returned: it is back and in use; failed: its driver or callback
    raised an error, and it goes on."""
    device: str
    """What it calls itself."""
    replacement: str | None = None
    """What is used in its place: a device's name, or `none`."""
    reason: str | None = None


class UserTypingEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The line that the user is typing has changed."""

    type: ClassVar[str] = "user_typing"
    text: str
    """The whole line so far; empty when it was sent or given up."""
    cursor: int | None = None
    """Where in it the next character goes, in code points; None: at its end."""


class UserTalkingEvent(RealtimeEvent, frozen=True, kw_only=True):
    """Push to talk: the user took the floor, or gave it back."""

    type: ClassVar[str] = "user_talking"
    talking: bool


class ToolStartEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A tool is called."""

    type: ClassVar[str] = "tool_start"
    tool_name: str
    arguments: Mapping[str, object]
    tool_call_id: str
    server: str | None = None
    """Who runs it, if the provider calls it by itself, such as an MCP server's name;
    None: this process."""


class ToolEndEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A tool call ended, one way or another."""

    type: ClassVar[str] = "tool_end"
    tool_name: str
    arguments: Mapping[str, object]
    tool_call_id: str
    success: bool
    result: object = None
    error: str | None = None
    execution_ms: float


class ToolApprovalRequestedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The provider asks whether it may call a tool by itself.

    Answer with `Realtime.approve_tool`; until then the model waits.
    """

    type: ClassVar[str] = "tool_approval_requested"
    approval_id: str
    tool_name: str
    arguments: Mapping[str, object]
    server: str | None = None
    """What the spec calls the tool's server."""


class HandlerFailedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A handler raised an exception; it is not told of its own."""

    type: ClassVar[str] = "handler_failed"
    handler: str
    error: str
    place: str | None
    """`file:line` of the deepest frame in the handler's own code."""
    paused: bool
    """True: it failed too often, and gets no more events."""


class HandlerLaggedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """A handler was too slow: its oldest waiting events were dropped."""

    type: ClassVar[str] = "handler_lagged"
    handler: str
    dropped: int
    """How many since the last such event."""


class SessionEndedEvent(RealtimeEvent, frozen=True, kw_only=True):
    """The conversation is over: the last event of a session."""

    type: ClassVar[str] = "session_ended"
    reason: str
    failed: bool = False
    """True if an error ended it: `reason` tells which."""
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """`answered`, `unanswered`, `interruptions`, `false_alarms` and
    `input_frames_dropped` are counts; `cost_usd` is what the responses cost, as far as
    it is known; `onset_to_silence_ms` and `onset_to_provider_stop_ms` are medians over
    the interruptions, where there were any."""


Event: TypeAlias = (
    RealtimeConnectedEvent
    | RealtimeDisconnectedEvent
    | RealtimeUserSpeechTranscriptionEvent
    | RealtimeAgentSpeechTranscriptionEvent
    | RealtimeResponseEvent
    | RealtimeAudioInputEvent
    | RealtimeAudioOutputEvent
    | RealtimeAudioOutputDoneEvent
    | RealtimeConversationItemEvent
    | RealtimeErrorEvent
    | RealtimeUserSpeechStartedEvent
    | RealtimeUserSpeechEndedEvent
    | RealtimeAgentSpeechStartedEvent
    | RealtimeAgentSpeechEndedEvent
    | RealtimeAudioPlayedEvent
    | RealtimeInterruptionEvent
    | RealtimeInterruptionSettledEvent
    | AudioDeviceChangedEvent
    | UserTypingEvent
    | UserTalkingEvent
    | ToolStartEvent
    | ToolEndEvent
    | ToolApprovalRequestedEvent
    | HandlerFailedEvent
    | HandlerLaggedEvent
    | SessionEndedEvent
)
"""Every event a handler may see."""

EVENT_TYPES: Mapping[str, type[RealtimeEvent]] = {
    kind.type: kind for kind in Event.__args__
}
"""Every event class by its type string."""
