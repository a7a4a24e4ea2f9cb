"""`session: {tools: …}` of the settings: tools that the provider calls by itself."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from realtime_run.plugin.settings import NonEmptySecret, Settings, value_error
from realtime_run_openai.field_types import Text, type_of


class ToolFilter(Settings):
    """Some tools of a server."""

    tool_names: tuple[Text, ...] | None = Field(default=None, description="by name")
    read_only: bool | None = Field(
        default=None, description="those that change nothing, or those that do"
    )


class ApprovalFilter(Settings):
    """Which tools of a server need leave."""

    always: ToolFilter | None = Field(default=None, description="these do")
    never: ToolFilter | None = Field(default=None, description="these do not")


def _is_server_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise value_error(
            message="{got} is no http:// or https:// address", got=f"'{url}'"
        )
    return url


class McpServer(Settings):
    """Tools behind an MCP server that the provider calls by itself."""

    type: Literal["mcp"] = Field(description="function tools stand in `tools`")
    server_label: Text = Field(description="what events call it")
    server_url: Annotated[str, AfterValidator(_is_server_url)] | None = Field(
        default=None, description="its address, as the provider reaches it"
    )
    connector_id: Text | None = Field(default=None, description="a hosted connector")
    tunnel_id: Text | None = Field(default=None, description="a Secure MCP Tunnel")
    server_description: Text | None = Field(default=None, description="for the model")
    authorization: NonEmptySecret | None = Field(
        default=None, description="an OAuth access token"
    )
    headers: dict[str, NonEmptySecret] | None = Field(
        default=None, description="HTTP headers for the server"
    )
    allowed_tools: tuple[Text, ...] | ToolFilter | None = Field(
        default=None, description="the only ones that may be called"
    )
    require_approval: Literal["always", "never"] | ApprovalFilter = Field(
        default="always", description="whether handlers are asked for leave"
    )
    defer_loading: bool | None = Field(
        default=None, description="the model looks its tools up when it needs them"
    )
    allowed_callers: tuple[Literal["direct", "programmatic"], ...] | None = Field(
        default=None, description="who may call them"
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> "McpServer":
        places = ("server_url", "connector_id", "tunnel_id")
        if sum(getattr(self, place) is not None for place in places) != 1:
            raise value_error(
                message="an MCP server needs one of server_url, connector_id, tunnel_id"
            )
        return self


def _no_function(value: object) -> object:
    if type_of(value) == "function":
        raise value_error(
            message="a function tool cannot stand here: nobody would run it",
            hint="write functions into a file, and the file into the spec's 'tools'",
        )
    return value


Tool: TypeAlias = Annotated[McpServer, BeforeValidator(_no_function)]
"""An entry of `tools`."""
