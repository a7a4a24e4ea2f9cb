"""What a connection reports to the session: the providers' common vocabulary.

A codec turns wire messages into these; `turns.step` turns these into effects, among
them the public events of `core/events.py`. They say nothing of epochs: which response
is stale is decided in one place only, by `turns`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

TranscriptMode: TypeAlias = Literal["delta", "replacement", "final"]
"""delta appends; replacement replaces the open segment; final replaces it (if it has
text) and closes it; an empty final only closes."""
ItemType: TypeAlias = Literal["message", "function_call", "function_call_output"]
ItemStatus: TypeAlias = Literal["completed", "in_progress", "incomplete"]
Role: TypeAlias = Literal["user", "assistant", "system"]
ResponseStatus: TypeAlias = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """The provider hears the user begin to speak."""

    item_id: str | None = None
    audio_ms: int | None = None
    """Position in the input audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The provider takes the user's turn for finished, and will answer it."""

    item_id: str | None = None
    audio_ms: int | None = None
    """Position in the input audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTranscript:
    """What the user said; a final with no text says that nothing was understood."""

    text: str
    mode: TranscriptMode
    item_id: str | None = None
    original: object = None
    """The provider's own message, for who wants to see more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStarted:
    """A response begins, and takes the epoch of this moment.

    Reported once more for the same id, it says that the model goes on with a response
    that had been interrupted by a false alarm: the rest is of the new epoch.
    """

    response_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOutput:
    """The next samples of a response."""

    response_id: str
    pcm: bytes
    """Mono s16le at the provider's `output_hz`."""
    item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTranscript:
    """What the agent says in the audio of a response."""

    response_id: str
    text: str
    mode: TranscriptMode
    item_id: str | None = None
    audio_ms: int | None = None
    """Where in the response's audio this text begins, if the provider knows."""
    original: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseText:
    """More of an answer in writing: text that is not spoken."""

    response_id: str
    text: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDone:
    """No more of this response will come. Its audio may still be sounding."""

    response_id: str
    status: ResponseStatus = "completed"
    text: str | None = None
    """The whole of what was said or written; None: the deltas were all of it."""
    item_id: str | None = None
    usage: Mapping[str, object] | None = None
    """Tokens and seconds, in the provider's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged:
    """An item of the conversation was added, or became something else."""

    item_id: str
    item_type: ItemType
    status: ItemStatus
    role: Role | None = None
    content: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """The model wants a tool to be run."""

    response_id: str
    call_id: str
    name: str
    arguments: str
    """A JSON object, as the model wrote it: it may be broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallsCancelled:
    """The model no longer wants these results."""

    call_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """The provider reports an error; the connection goes on."""

    error: str
    error_code: str | None = None
    context: str | None = None
    """What was being done."""
    is_recoverable: bool = True


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
    | ToolCallsCancelled
    | ProviderFailed
)
"""Everything a connection may report. That it ended is an exception, not an event:
`ConnectionClosedError` out of `Connection.receive`."""
