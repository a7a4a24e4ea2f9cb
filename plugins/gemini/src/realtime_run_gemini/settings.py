"""What stands beside `use: gemini` in the spec."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from realtime_run.plugin.addresses import ApiKey, server_url
from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import Duration, Settings, seconds, value_error
from realtime_run_gemini.field_types import Text, keys_of, shaped
from realtime_run_gemini.setup_rules import setup_misfits
from realtime_run_gemini.setup_settings import SetupSettings
from realtime_run_gemini.tool_rules import tool_misfits
from realtime_run_gemini.tool_settings import ToolSettings
from realtime_run_gemini.vertex_settings import Vertex

DEFAULT_MODEL = "gemini-3.8-live"
DEFAULT_VOICE = "Puck"
KEY_VARIABLE = "GEMINI_API_KEY"

Endpoint: TypeAlias = Annotated[
    str,
    server_url(
        example="https://generativelanguage.googleapis.com",
        of_queries="leave it out: the key goes in a header",
    ),
]
Version: TypeAlias = Annotated[
    str, shaped("v[0-9]+((alpha|beta)[0-9]*)?", "a version, such as v1beta")
]


def _is_id(model: str) -> str:
    bare = model.removeprefix("models/").rpartition("/")[2]
    if bare != model:
        raise value_error(
            message="{got} is more than a model's id",
            hint=f"write {bare}",
            got=f"'{model}'",
        )
    return model


Model: TypeAlias = Annotated[Text, AfterValidator(_is_id)]


class GeminiSettings(Settings):
    """Gemini Live, by the Gemini API or by Vertex."""

    model: Model = Field(default=DEFAULT_MODEL, description="the model's id")
    voice: Text = Field(default=DEFAULT_VOICE, description="a voice's name")
    language: Text | None = Field(
        default=None, description="BCP-47, such as de-DE; null: the model chooses"
    )
    api_key: ApiKey | None = Field(
        default=None,
        description="the Gemini API's",
        json_schema_extra={"env": KEY_VARIABLE},
    )
    token: ApiKey | None = Field(
        default=None, description="an ephemeral token, auth_tokens/..., for api_key"
    )
    vertex: Vertex | None = Field(
        default=None, description="Google Cloud, instead of the Gemini API"
    )
    api_version: Version | None = Field(
        default=None, description="null: v1beta; with token v1alpha; Vertex v1beta1"
    )
    endpoint: Endpoint | None = Field(
        default=None, description="another server, such as a proxy; null: Google's"
    )
    frame_ms: Literal[20, 40] = Field(
        default=20, description="how much audio a message carries"
    )
    resume: bool = Field(
        default=True, description="a new connection goes on by the server's own memory"
    )
    rotate_after: Duration = Field(
        default=seconds(540),
        ge=30,
        le=3600,
        description="how long one connection is used",
    )
    connect_timeout: Duration = Field(
        default=seconds(10), ge=0.5, le=120, description="the longest wait to connect"
    )
    google_search: bool = Field(
        default=False, description="the model may search the web"
    )
    tools: ToolSettings = Field(
        default_factory=ToolSettings, description="how functions are called"
    )
    setup: SetupSettings = Field(
        default_factory=SetupSettings, description="the server's own setup message"
    )

    @model_validator(mode="before")
    @classmethod
    def _needs_no_key_beside_another_way(cls, given: Any) -> Any:
        # Runs before the environment is looked at: a key that nobody wrote is none.
        keys = keys_of(given)
        others = keys.get("token") is not None or keys.get("vertex") is not None
        return {"api_key": None, **keys} if others else given

    @model_validator(mode="after")
    def _fits_together(self) -> "GeminiSettings":
        found = [
            *self._identity(),
            *setup_misfits(
                self.setup,
                self.model,
                on_vertex=self.vertex is not None,
                searches=self.google_search,
            ),
            *tool_misfits(self.tools, self.model),
        ]
        if found:
            raise raised(found)
        return self

    @property
    def version(self) -> str:
        """The version of the API that is spoken."""
        if self.api_version is not None:
            return self.api_version
        if self.vertex is not None:
            return "v1beta1"
        # Where no version is named, Google's SDK asks for v1, which has no Live API.
        return "v1beta" if self.token is None else "v1alpha"

    @property
    def blamed_address(self) -> str | None:
        """The setting at fault if nobody is there: one that nobody wrote is not."""
        return None if self.endpoint is None else "provider.endpoint"

    @property
    def identity(self) -> str:
        """Where in the spec stands who one is."""
        if self.token is not None:
            return "provider.token"
        return "provider.api_key" if self.vertex is None else "provider.vertex"

    def _identity(self) -> Iterator[Misfit]:
        """Yield what is wrong about who one is: it is said once."""
        ways = [
            key
            for key in ("token", "vertex", "api_key")
            if getattr(self, key) is not None
        ]
        if not ways:
            yield Misfit(
                (),
                "nothing says who you are: set the environment variable"
                f" {KEY_VARIABLE}",
                "or write 'api_key', 'token' or 'vertex'",
            )
        for key in ways[1:]:
            yield Misfit(
                (key,), f"'{key}' and '{ways[0]}' both say who you are", "keep one"
            )
        yield from self._tokens()

    def _tokens(self) -> Iterator[Misfit]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        if key.startswith("auth_tokens/"):
            yield Misfit(
                ("api_key",), "this is an ephemeral token", "write it as 'token'"
            )
        if self.token is None:
            return
        if not self.token.get_secret_value().startswith("auth_tokens/"):
            yield Misfit(
                ("token",),
                "an ephemeral token begins with auth_tokens/",
                "write a key as 'api_key'",
            )
        if self.api_version not in (None, "v1alpha"):
            yield Misfit(
                ("api_version",),
                f"'{self.api_version}' takes no ephemeral token",
                "leave it out, or write v1alpha",
            )
