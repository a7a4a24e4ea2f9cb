"""The messages of a client, as the service defines them."""

from typing import TypeAlias

from pydantic import Field

from realtime_run_gemini.simulator.content_shapes import (
    Blob,
    Content,
    FunctionResponse,
    Tool,
)
from realtime_run_gemini.simulator.protobuf_json import Message, Shape
from realtime_run_gemini.simulator.setup_shapes import Setup


class ClientContent(Shape):
    """An addition to the history."""

    turns: list[Content] = Field(default_factory=list[Content])
    turn_complete: bool = False


class RealtimeInput(Shape):
    """What the user says, writes and shows right now."""

    audio: Blob | None = None
    video: Blob | None = None
    text: str | None = None
    activity_start: Message | None = None
    activity_end: Message | None = None
    audio_stream_end: bool = False
    media_chunks: list[Blob] = Field(default_factory=list[Blob])


class ToolResponse(Shape):
    """The results of calls."""

    function_responses: list[FunctionResponse] = Field(min_length=1)


class ContextTools(Shape):
    """Tools in place of those that there were."""

    tools: list[Tool] = Field(default_factory=list[Tool])


class ContextUpdate(Shape):
    """A change of what the model is told."""

    system_instruction: Content | None = None
    tools: ContextTools | None = None


class ClientMessage(Shape):
    """One message: exactly one of these."""

    setup: Setup | None = None
    client_content: ClientContent | None = None
    realtime_input: RealtimeInput | None = None
    tool_response: ToolResponse | None = None
    context_update: ContextUpdate | None = None


Request: TypeAlias = (
    Setup | ClientContent | RealtimeInput | ToolResponse | ContextUpdate
)
