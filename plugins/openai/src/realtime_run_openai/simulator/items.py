"""The items a client may bring into a conversation, as strict models."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from realtime_run_openai.simulator.shapes import Shape

_ID = Field(None, min_length=1, max_length=64)
_Status: TypeAlias = Literal["completed", "incomplete", "in_progress"]


class InputText(Shape):
    """A text for the model."""

    type: Literal["input_text"]
    text: str


class InputAudio(Shape):
    """Speech for the model, in base64."""

    type: Literal["input_audio"]
    audio: str | None = None
    transcript: str | None = None


class InputImage(Shape):
    """A picture for the model."""

    type: Literal["input_image"]
    image_url: str = Field(pattern="^data:image/(png|jpeg);base64,")
    detail: Literal["auto", "low", "high"] | None = None


class OutputText(Shape):
    """What the model wrote before."""

    type: Literal["output_text"]
    text: str


class _Item(Shape):
    id: str | None = _ID
    object: Literal["realtime.item"] | None = None
    status: _Status | None = None


class UserMessage(_Item):
    """What the user said, wrote or showed."""

    type: Literal["message"]
    role: Literal["user"]
    content: list[
        Annotated[InputText | InputAudio | InputImage, Field(discriminator="type")]
    ] = Field(min_length=1)


class SystemMessage(_Item):
    """An instruction in the midst of a conversation."""

    type: Literal["message"]
    role: Literal["system"]
    content: list[InputText] = Field(min_length=1)


class AssistantMessage(_Item):
    """What the model said before; its audio cannot be brought back."""

    type: Literal["message"]
    role: Literal["assistant"]
    content: list[OutputText] = Field(min_length=1)


class FunctionCall(_Item):
    """A call that the model made before."""

    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: str | None = None


class FunctionCallOutput(_Item):
    """What a tool returned."""

    type: Literal["function_call_output"]
    call_id: str
    output: str


class ApprovalResponse(_Item):
    """Whether the service may call a tool by itself."""

    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool
    reason: str | None = None


class ItemReference(Shape):
    """An item of the conversation."""

    type: Literal["item_reference"]
    id: str


Message: TypeAlias = Annotated[
    UserMessage | SystemMessage | AssistantMessage, Field(discriminator="role")
]
NewItem: TypeAlias = Annotated[
    Message | FunctionCall | FunctionCallOutput | ApprovalResponse,
    Field(discriminator="type"),
]
ContextItem: TypeAlias = Annotated[
    Message | FunctionCall | FunctionCallOutput | ItemReference,
    Field(discriminator="type"),
]
