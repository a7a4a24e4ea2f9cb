"""What the session asks of a connection."""

from typing import TypeAlias

from msgspec import Struct

from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture


class AppendAudio(Struct, frozen=True, kw_only=True):
    """The user's next samples: mono, at the provider's `input_hz`, 20 ms as a rule."""

    pcm: Pcm


class AppendImage(Struct, frozen=True, kw_only=True):
    """What the camera sees now, for a provider that takes single images."""

    jpeg: bytes
    width: int
    height: int


class AppendPicture(Struct, frozen=True, kw_only=True):
    """What the camera sees now, for a provider that takes a video track."""

    picture: Picture


class SendText(Struct, frozen=True, kw_only=True):
    """A message of the user in writing; the model answers it, in speech."""

    text: str


class ToolResult(Struct, frozen=True, kw_only=True):
    """What one tool call came to."""

    call_id: str
    name: str
    output: str
    """Text or JSON for the model; of a failed call, what went wrong."""
    success: bool = True


class SendToolResults(Struct, frozen=True, kw_only=True):
    """All results of one response's calls, in the order of the calls."""

    results: tuple[ToolResult, ...]
    respond: bool
    """True: the model shall go on now. False: it is about to, or shall be silent."""


class ApproveToolCall(Struct, frozen=True, kw_only=True):
    """Answer the provider's question whether it may run a tool of its own."""

    approval_id: str
    approve: bool
    reason: str | None = None
    """Why not, for the model."""


class StartTurn(Struct, frozen=True, kw_only=True):
    """The user begins to speak: the audio that follows is one turn.

    Sent only with `Opening.manual_turns`. It does not interrupt a response.
    """


class EndTurn(Struct, frozen=True, kw_only=True):
    """The user has finished: the audio since `StartTurn` is to be answered.

    Sent only with `Opening.manual_turns`. While a response is being made, the answer
    waits for its end.
    """


class CreateResponse(Struct, frozen=True, kw_only=True):
    """Ask for a response to the conversation as it stands."""

    instructions: str | None = None
    """What this response shall do, beside what the conversation's instructions say;
    only for who declares `Capabilities.response_instructions`."""
    words: str | None = None
    """What to say where the one who answers reads no instructions; None: these."""


class CancelResponse(Struct, frozen=True, kw_only=True):
    """Stop a response, or whatever was asked for and has not begun (None).

    What had not begun is reported as cancelled when it begins, or not at all; once
    something newer was asked for, not at all.
    """

    response_id: str | None


class Truncate(Struct, frozen=True, kw_only=True):
    """Make the model forget what the user did not hear of its answer.

    With `Capabilities.notes_what_was_heard`: tell it, without asking for an answer.
    """

    response_id: str
    item_id: str | None
    played_ms: int
    """How much of the item's audio the output device has pulled."""
    heard: str
    """The part of its transcript that was heard, as well as the session knows."""


Command: TypeAlias = (
    AppendAudio
    | AppendImage
    | AppendPicture
    | SendText
    | SendToolResults
    | ApproveToolCall
    | StartTurn
    | EndTurn
    | CreateResponse
    | CancelResponse
    | Truncate
)
"""Everything a connection may be asked."""
