"""What is said, shown, called and returned, as the service defines it."""

from typing import Literal

from pydantic import Field

from realtime_run_gemini.simulator.protobuf_json import (
    Bytes,
    Float,
    Int,
    Message,
    Shape,
)


class Blob(Shape):
    """Sound or a picture."""

    mime_type: str = ""
    data: Bytes = b""
    display_name: str = ""


class FunctionCall(Shape):
    """A call in a history."""

    id: str = ""
    name: str = ""
    args: Message = Field(default_factory=Message)


class FunctionResponse(Shape):
    """The result of a call."""

    id: str = ""
    name: str = ""
    response: Message | None = None
    scheduling: Literal[
        "SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"
    ] = "SCHEDULING_UNSPECIFIED"
    will_continue: bool = False
    parts: list[Message] = Field(default_factory=list[Message])


class Part(Shape):
    """A piece of what was said or shown."""

    text: str | None = None
    thought: bool = False
    thought_signature: Bytes = b""
    inline_data: Blob | None = None
    file_data: Message | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: Message | None = None
    code_execution_result: Message | None = None
    video_metadata: Message | None = None
    media_resolution: Message | None = None


class Content(Shape):
    """What one side said."""

    role: str = ""
    parts: list[Part] = Field(default_factory=list[Part])

    @property
    def text(self) -> str:
        """All that is written in it."""
        return " ".join(part.text for part in self.parts if part.text)


class Schema(Shape):
    """The parameters of a function, in the service's subset of OpenAPI."""

    type: str | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    nullable: bool | None = None
    enum: list[str] | None = None
    items: "Schema | None" = None
    max_items: Int | None = None
    min_items: Int | None = None
    properties: "dict[str, Schema] | None" = None
    required: list[str] | None = None
    min_properties: Int | None = None
    max_properties: Int | None = None
    minimum: Float | None = None
    maximum: Float | None = None
    min_length: Int | None = None
    max_length: Int | None = None
    pattern: str | None = None
    example: object = None
    any_of: "list[Schema] | None" = None
    property_ordering: list[str] | None = None
    default: object = None


class FunctionDeclaration(Shape):
    """A function that the client runs."""

    name: str = ""
    description: str = ""
    parameters: Schema | None = None
    parameters_json_schema: object = None
    response: Schema | None = None
    response_json_schema: object = None
    behavior: Literal["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"] = "UNSPECIFIED"


class Tool(Shape):
    """Functions, or something that the service does by itself."""

    function_declarations: list[FunctionDeclaration] = Field(
        default_factory=list[FunctionDeclaration]
    )
    google_search: Message | None = None
    google_search_retrieval: Message | None = None
    code_execution: Message | None = None
    url_context: Message | None = None
    google_maps: Message | None = None
