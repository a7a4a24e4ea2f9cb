"""What a connection reports to the session: the providers' common vocabulary.

A codec turns wire messages into these; `turns.step` turns these into effects, among
them the public events of `core/events.py`. They say nothing of epochs: which response
is stale is decided in one place only, by `turns`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

TranscriptMode: TypeAlias = Literal["delta", "replacement", "final"]
"""delta appends; replacement replaces the open segment; final replaces it (if it has
text) and closes it; an empty final only closes."""
ItemType: TypeAlias = Literal["message", "function_call", "function_call_output"]
ItemStatus: TypeAlias = Literal["completed", "in_progress", "incomplete"]
Role: TypeAlias = Literal["user", "assistant", "system"]
ResponseStatus: TypeAlias = Literal["completed", "cancelled", "failed", "incomplete"]


class SpeechStarted(Struct, frozen=True, kw_only=True):
    """The provider hears the user begin to speak."""

    item_id: str | None = None
    audio_ms: int | None = None
    """Position in the input audio."""


class SpeechEnded(Struct, frozen=True, kw_only=True):
    """The provider takes the user's turn for finished, and will answer it."""

    item_id: str | None = None
    audio_ms: int | None = None
    """Position in the input audio."""


class UserTranscript(Struct, frozen=True, kw_only=True):
    """What the user said; a final with no text says that nothing was understood."""

    text: str
    mode: TranscriptMode
    item_id: str | None = None
    original: object = None
    """The provider's own message, for who wants to see more of it."""


class ResponseStarted(Struct, frozen=True, kw_only=True):
    """A response begins, and takes the epoch of this moment.

    Reported once more for the same id, it says that the model goes on with a response
    that had been interrupted by a false alarm: the rest is of the new epoch.
    """

    response_id: str


class AudioOutput(Struct, frozen=True, kw_only=True):
    """The next samples of a response."""

    response_id: str
    pcm: bytes
    """Mono s16le at the provider's `output_hz`."""
    item_id: str | None = None


class AgentTranscript(Struct, frozen=True, kw_only=True):
    """What the agent says in the audio of a response."""

    response_id: str
    text: str
    mode: TranscriptMode
    item_id: str | None = None
    audio_ms: int | None = None
    """Where in the response's audio this text begins, if the provider knows."""
    original: object = None


class ResponseText(Struct, frozen=True, kw_only=True):
    """More of an answer in writing: text that is not spoken."""

    response_id: str
    text: str
    item_id: str | None = None


class ResponseDone(Struct, frozen=True, kw_only=True):
    """No more of this response will come. Its audio may still be sounding."""

    response_id: str
    status: ResponseStatus = "completed"
    text: str | None = None
    """The whole of what was said or written; None: the deltas were all of it."""
    item_id: str | None = None
    usage: Mapping[str, object] | None = None
    """Tokens and seconds, in the provider's own words."""
    cost_usd: float | None = None
    """What it cost by the plugin's price list, in US dollars; None: not known."""


class ItemChanged(Struct, frozen=True, kw_only=True):
    """An item of the conversation was added, or became something else."""

    item_id: str
    item_type: ItemType
    status: ItemStatus
    role: Role | None = None
    content: Sequence[Mapping[str, object]] = ()


class ToolCalled(Struct, frozen=True, kw_only=True):
    """The model wants a tool to be run."""

    response_id: str
    call_id: str
    name: str
    arguments: str
    """A JSON object, as the model wrote it: it may be broken."""


class ToolCallsReady(Struct, frozen=True, kw_only=True):
    """The calls of a response so far are complete, though it goes on meanwhile.

    Their results are sent together as soon as they are there. Without this, the results
    of a response's calls wait for its end.
    """

    response_id: str
    answered: bool = True
    """The model will speak of the results. False: it only takes note of them."""


class ToolCallsCancelled(Struct, frozen=True, kw_only=True):
    """The model no longer wants these results."""

    call_ids: tuple[str, ...]


class ProviderFailed(Struct, frozen=True, kw_only=True):
    """The provider reports an error; the connection goes on."""

    error: str
    error_code: str | None = None
    context: str | None = None
    """What was being done."""
    is_recoverable: bool = True
    setting: str | None = None
    """What in the spec is at fault, as a path such as `provider.voice`."""


class ProviderNoted(Struct, frozen=True, kw_only=True):
    """Something to log: harmless, or of interest to few."""

    message: str
    level: Literal["debug", "warning"] = "debug"


class ConnectionExpires(Struct, frozen=True, kw_only=True):
    """The provider will end this connection: the session moves to a new one in time."""

    in_s: float
    """Seconds from now; 0 or less: any moment."""
    ahead_s: float | None = None
    """How long before that the session shall begin to look for a moment to move on;
    None: as it thinks best."""
    is_certain: bool = True
    """False: it may well last longer, so nobody is cut short for it."""


class ResumptionOffered(Struct, frozen=True, kw_only=True):
    """A later connection can go on from here by a handle: `Opening.resume`.

    It takes the place of the one before.
    """

    handle: str | None
    """None: those given so far are good for nothing."""
    lifetime_s: float | None = None
    """How long it is good for; None: not known."""


class RemoteToolStarted(Struct, frozen=True, kw_only=True):
    """The provider calls a tool by itself, such as one of an MCP server."""

    call_id: str
    name: str
    arguments: str
    """A JSON object, as the model wrote it."""
    server: str | None = None
    """What the provider calls the tool's server."""


class RemoteToolEnded(Struct, frozen=True, kw_only=True):
    """A call that the provider made by itself ended."""

    call_id: str
    success: bool
    output: str | None = None
    error: str | None = None


class ToolApprovalRequested(Struct, frozen=True, kw_only=True):
    """The provider asks whether it may call a tool by itself: `ApproveToolCall`."""

    approval_id: str
    name: str
    arguments: str
    """A JSON object, as the model wrote it."""
    server: str | None = None


ProviderEvent: TypeAlias = (
    SpeechStarted
    | SpeechEnded
    | UserTranscript
    | ResponseStarted
    | AudioOutput
    | AgentTranscript
    | ResponseText
    | ResponseDone
    | ItemChanged
    | ToolCalled
    | ToolCallsReady
    | ToolCallsCancelled
    | RemoteToolStarted
    | RemoteToolEnded
    | ToolApprovalRequested
    | ConnectionExpires
    | ResumptionOffered
    | ProviderNoted
    | ProviderFailed
)
"""Everything a connection may report. That it ended is an exception, not an event:
`ConnectionClosedError` out of `Connection.receive`."""
