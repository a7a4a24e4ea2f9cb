"""What a client may send: its eleven events, as strict models."""

import json
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field, TypeAdapter, ValidationError

from realtime_run_openai.simulator.items import ContextItem, NewItem
from realtime_run_openai.simulator.refusals import Refusal, refusal_of
from realtime_run_openai.simulator.shapes import (
    AudioFormat,
    MaxTokens,
    Modalities,
    Prompt,
    Reasoning,
    Shape,
    ToolChoice,
    Tools,
    Voice,
)

_Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=16),
]


class _Event(Shape):
    event_id: str | None = Field(None, max_length=512)


class SessionUpdate(_Event):
    """Its session is checked by itself, so that one bad field refuses all of it."""

    type: Literal["session.update"]
    session: dict[str, Any]


class BufferAppend(_Event):
    """More sound."""

    type: Literal["input_audio_buffer.append"]
    audio: str


class BufferCommit(_Event):
    """The sound so far is a turn."""

    type: Literal["input_audio_buffer.commit"]


class BufferClear(_Event):
    """The sound so far is nothing."""

    type: Literal["input_audio_buffer.clear"]


class OutputClear(_Event):
    """Stop what is sounding (WebRTC)."""

    type: Literal["output_audio_buffer.clear"]


class ItemCreate(_Event):
    """An item for the conversation."""

    type: Literal["conversation.item.create"]
    item: NewItem
    previous_item_id: str | None = None


class ItemRetrieve(_Event):
    """Show an item."""

    type: Literal["conversation.item.retrieve"]
    item_id: str


class ItemTruncate(_Event):
    """So much of an answer was heard."""

    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: int = Field(ge=0)
    audio_end_ms: int = Field(ge=0)


class ItemDelete(_Event):
    """Forget an item."""

    type: Literal["conversation.item.delete"]
    item_id: str


class _ResponseOutput(Shape):
    format: AudioFormat | None = None
    voice: Voice | None = None


class _ResponseAudio(Shape):
    output: _ResponseOutput | None = None


class ResponseOptions(Shape):
    """What one response does otherwise than the session says."""

    instructions: str | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    output_modalities: Modalities | None = None
    audio: _ResponseAudio | None = None
    max_output_tokens: MaxTokens | None = None
    metadata: _Metadata | None = None
    conversation: Literal["auto", "none"] | None = None
    input: list[ContextItem] | None = None
    prompt: Prompt | None = None
    reasoning: Reasoning | None = None
    parallel_tool_calls: bool | None = None


class ResponseCreate(_Event):
    """Answer."""

    type: Literal["response.create"]
    response: ResponseOptions | None = None


class ResponseCancel(_Event):
    """Stop answering."""

    type: Literal["response.cancel"]
    response_id: str | None = None


Request: TypeAlias = (
    SessionUpdate
    | BufferAppend
    | BufferCommit
    | BufferClear
    | OutputClear
    | ItemCreate
    | ItemRetrieve
    | ItemTruncate
    | ItemDelete
    | ResponseCreate
    | ResponseCancel
)
_REQUEST: TypeAdapter[Request] = TypeAdapter(
    Annotated[Request, Field(discriminator="type")]
)


def parse_request(text: str | bytes) -> tuple[Request | Refusal, str | None]:
    """Return a client's event or what is wrong with it, and the id it gave itself."""
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _unreadable("Could not parse your JSON payload."), None
    if not isinstance(given, dict):
        return _unreadable("An event must be a JSON object."), None
    found = cast("dict[str, Any]", given)
    event_id = found.get("event_id")
    event_id = event_id if isinstance(event_id, str) else None
    try:
        return _REQUEST.validate_python(found), event_id
    except ValidationError as error:
        return _refused(error, found), event_id


def _refused(error: ValidationError, given: dict[str, Any]) -> Refusal:
    kind = error.errors(include_url=False)[0]["type"]
    if kind == "union_tag_not_found" and "type" not in given:
        message = "Missing required parameter: 'type'."
        return Refusal(code="missing_required_parameter", message=message, param="type")
    if kind == "union_tag_invalid" and not error.errors()[0]["loc"]:
        known = ", ".join(f"'{name}'" for name in EVENT_TYPES)
        shown = repr(given["type"])[:100]
        message = f"Invalid value: {shown}. Supported values are: {known}."
        return Refusal(code="invalid_value", message=message, param="type")
    return refusal_of(error, given)


def _unreadable(message: str) -> Refusal:
    return Refusal(code="invalid_event", message=message)


EVENT_TYPES = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "output_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.retrieve",
    "conversation.item.truncate",
    "conversation.item.delete",
    "response.create",
    "response.cancel",
)
