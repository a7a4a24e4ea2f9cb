"""What a client may send: its nine events, as strict models."""

import json
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field, TypeAdapter, ValidationError

from realtime_run_openai.simulator.items import InputText
from realtime_run_openai.simulator.refusals import Refusal, refusal_of
from realtime_run_openai.simulator.shapes import Shape
from realtime_run_qwen.simulator.session_rules import invalid
from realtime_run_qwen.simulator.shapes import Modalities


class _Event(Shape):
    event_id: str | None = Field(None, max_length=512)


class SessionUpdate(_Event):
    """Its session is checked by itself, so that one bad field refuses all of it."""

    type: Literal["session.update"]
    session: dict[str, Any]


class SessionFinish(_Event):
    """The client is about to leave."""

    type: Literal["session.finish"]


class BufferAppend(_Event):
    """More sound."""

    type: Literal["input_audio_buffer.append"]
    audio: str


class ImageAppend(_Event):
    """A picture, on the time line of the sound."""

    type: Literal["input_image_buffer.append"]
    image: str


class BufferCommit(_Event):
    """The sound and the pictures so far are a turn."""

    type: Literal["input_audio_buffer.commit"]


class BufferClear(_Event):
    """The sound and the pictures so far are nothing."""

    type: Literal["input_audio_buffer.clear"]


class UserMessage(Shape):
    """What the user wrote."""

    type: Literal["message"]
    role: Literal["user"]
    id: str | None = None
    object: Literal["realtime.item"] | None = None
    status: str | None = None
    content: list[InputText] = Field(min_length=1)


class FunctionCallOutput(Shape):
    """What a tool returned."""

    type: Literal["function_call_output"]
    id: str | None = None
    object: Literal["realtime.item"] | None = None
    status: str | None = None
    call_id: str
    output: str


class ItemCreate(_Event):
    """An item for the conversation."""

    type: Literal["conversation.item.create"]
    item: Annotated[UserMessage | FunctionCallOutput, Field(discriminator="type")]


class ResponseOptions(Shape):
    """What one response does otherwise than the session says."""

    instructions: str | None = None
    modalities: Modalities | None = None


class ResponseCreate(_Event):
    """Answer."""

    type: Literal["response.create"]
    response: ResponseOptions | None = None


class ResponseCancel(_Event):
    """Stop answering."""

    type: Literal["response.cancel"]


Request: TypeAlias = (
    SessionUpdate
    | SessionFinish
    | BufferAppend
    | ImageAppend
    | BufferCommit
    | BufferClear
    | ItemCreate
    | ResponseCreate
    | ResponseCancel
)
_REQUEST: TypeAdapter[Request] = TypeAdapter(
    Annotated[Request, Field(discriminator="type")]
)
EVENT_TYPES = (
    "session.update",
    "session.finish",
    "input_audio_buffer.append",
    "input_image_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "response.create",
    "response.cancel",
)


def parse_request(text: str | bytes) -> Request | Refusal | None:
    """Return a client's event, or what is wrong with it; None: it is no event."""
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    found = cast("dict[str, Any]", given)
    if found.get("type") not in EVENT_TYPES:
        return None
    try:
        return _REQUEST.validate_python(found)
    except ValidationError as error:
        refusal = refusal_of(error, found)
        return invalid(refusal.message, refusal.param)
