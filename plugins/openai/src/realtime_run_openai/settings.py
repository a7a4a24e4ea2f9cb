"""What stands beside `use: openai` in the spec."""

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from realtime_run.plugin.addresses import ApiKey, HeaderValue, server_url
from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import Duration, Settings, env, seconds
from realtime_run_openai.audio_settings import Voice
from realtime_run_openai.dialect import (
    AZURE,
    DIALECTS,
    OPENAI,
    XAI,
    Dialect,
    dialect_of,
)
from realtime_run_openai.field_types import Text
from realtime_run_openai.models import is_of_another_api
from realtime_run_openai.session_rules import session_misfits
from realtime_run_openai.session_settings import SessionSettings

Transport: TypeAlias = Literal["websocket", "webrtc"]

DEFAULT_MODEL = "gpt-realtime-2.1"
DEFAULT_VOICE = "marin"
DEFAULT_URL = "https://api.openai.com/v1"


_QUERIES = "write parameters as 'query', a mapping"
BaseUrl: TypeAlias = Annotated[
    str, server_url(example=DEFAULT_URL, of_queries=_QUERIES)
]


class OpenAISettings(Settings):
    """OpenAI Realtime, or a server that speaks as it does."""

    model: Text = Field(
        default=DEFAULT_MODEL, description="the model; at Azure, the deployment"
    )
    voice: Voice = Field(
        default=DEFAULT_VOICE, description="a voice's name, or {id: voice_...}"
    )
    transport: Literal["auto", "webrtc", "websocket"] = Field(
        default="auto", description="auto: webrtc for live audio, websocket for files"
    )
    base_url: BaseUrl = Field(
        default=DEFAULT_URL, description="what `/realtime` follows"
    )
    api_key: ApiKey = env("OPENAI_API_KEY")
    organization: HeaderValue | None = Field(
        default=None, description="OpenAI: who is billed"
    )
    project: HeaderValue | None = Field(
        default=None, description="OpenAI: which project is billed"
    )
    safety_identifier: HeaderValue | None = Field(
        default=None, description="OpenAI: a stable hash of the user, against abuse"
    )
    dialect: Literal["auto", "openai", "azure", "xai"] = Field(
        default="auto", description="auto: by the host of `base_url`"
    )
    query: dict[str, str] = Field(
        default_factory=dict, description="further parameters of the address"
    )
    append_ms: Literal[20, 40, 60, 80, 100] = Field(
        default=20, description="how much audio a WebSocket message carries"
    )
    video: Literal["images", "track"] = Field(
        default="images", description="track: a WebRTC video track"
    )
    image_detail: Literal["auto", "low", "high"] = Field(
        default="auto", description="how closely images are looked at"
    )
    images_kept: int = Field(
        default=8, ge=1, le=1000, description="images that stay in the conversation"
    )
    client_secret: bool = Field(
        default=False, description="WebRTC: connect with an ephemeral key"
    )
    connect_timeout: Duration = Field(
        default=seconds(10), ge=0.5, le=120, description="the longest wait to connect"
    )
    session: SessionSettings = Field(
        default_factory=SessionSettings, description="the server's own session object"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "OpenAISettings":
        found = [
            *self._other_server(),
            *self._other_transport(),
            *session_misfits(self.session, self.model, self.spoken),
        ]
        if found:
            raise raised(found)
        return self

    @property
    def blamed_address(self) -> str | None:
        """The setting at fault if nobody is there: one that nobody wrote is not."""
        return "provider.base_url" if "base_url" in self.model_fields_set else None

    @property
    def spoken(self) -> Dialect:
        """The dialect of the server."""
        if self.dialect == "auto":
            return dialect_of(self.base_url)
        return DIALECTS[self.dialect]

    def _other_server(self) -> Iterator[Misfit]:
        """Yield what is OpenAI's alone, and goes to another server."""
        if is_of_another_api(self.model):
            yield Misfit(
                ("model",),
                f"'{self.model}' is a model of the Live API, which is another protocol",
                f"write a model of the Realtime API, such as {DEFAULT_MODEL}",
            )
        if "model" in self.query:
            yield Misfit(("query", "model"), "write it as 'model', beside 'query'")
        if self.spoken is not OPENAI:
            yield from self._other_vendor(self.spoken)

    def _other_vendor(self, dialect: Dialect) -> Iterator[Misfit]:
        written = self.model_fields_set
        if "model" not in written:
            azure = dialect is AZURE
            hint = "your deployment's name" if azure else "such as grok-voice-latest"
            yield Misfit((), f"{dialect.vendor} needs 'model'", hint)
        if "voice" not in written and dialect is XAI:
            yield Misfit((), f"{dialect.vendor} needs 'voice'", "such as voice: ara")
        if self.api_key.get_secret_value().startswith("sk-"):
            yield Misfit(
                (),
                f"'api_key' is a key of OpenAI, and would be sent to {dialect.vendor}",
                "write api_key: ${YOUR_VARIABLE}; unwritten, it is OPENAI_API_KEY",
            )
        for key in ("organization", "project", "safety_identifier"):
            if getattr(self, key) is not None:
                message = f"{dialect.vendor} knows no '{key}'"
                yield Misfit((key,), message, "leave it out")

    def _other_transport(self) -> Iterator[Misfit]:
        """Yield what is WebRTC's alone, and would go over a WebSocket."""
        vendor, over_webrtc = self.spoken.vendor, self.spoken.webrtc
        if self.transport == "webrtc" and not over_webrtc:
            message = f"{vendor} cannot be reached over WebRTC"
            yield Misfit(("transport",), message, "write websocket")
        if over_webrtc and self.transport != "websocket":
            return
        why = "it needs WebRTC"
        hint = "write transport: webrtc" if over_webrtc else "leave it out"
        if self.video == "track":
            yield Misfit(("video",), f"video: track cannot be: {why}", hint)
        if self.client_secret:
            yield Misfit(("client_secret",), f"client_secret cannot be: {why}", hint)
