"""What stands beside `use: qwen` in the spec."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from realtime_run.plugin.addresses import ApiKey, server_url
from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import (
    Duration,
    Settings,
    env,
    seconds,
    value_error,
)
from realtime_run_openai.field_types import Text
from realtime_run_qwen.models import family_of, voice_of
from realtime_run_qwen.session_rules import session_misfits
from realtime_run_qwen.session_settings import SessionSettings

DEFAULT_MODEL = "qwen3.5-omni-plus-realtime"
Region: TypeAlias = Literal["singapore", "beijing"]

_PATH = "/api-ws/v1"
_ENDPOINT = "/realtime"
_HOSTS: Mapping[Region, str] = {
    "singapore": "dashscope-intl.aliyuncs.com",
    "beijing": "dashscope.aliyuncs.com",
}
_WORKSPACE_HOSTS: Mapping[Region, str] = {
    "singapore": "ap-southeast-1.maas.aliyuncs.com",
    "beijing": "cn-beijing.maas.aliyuncs.com",
}
_EXAMPLE = f"https://{_HOSTS['singapore']}{_PATH}"
BaseUrl: TypeAlias = Annotated[
    str, server_url(example=_EXAMPLE, of_queries="leave what follows '?' out")
]


def _is_label(workspace: str) -> str:
    # It becomes a part of the host's name, and the key is sent there.
    plain = workspace.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum()):
        raise value_error(
            message="{got} is no id of a workspace",
            hint="it has letters, digits, - and _ only, such as ws-1a2b3c",
            got=f"'{workspace}'",
        )
    return workspace


class Search(Settings):
    """Whether the model looks things up on the web."""

    enabled: bool = Field(default=True, description="it searches when it needs to")
    sources: bool = Field(default=False, description="it says where it found it")


class QwenSettings(Settings):
    """Qwen Omni Realtime, of Alibaba Cloud Model Studio (DashScope)."""

    model: Text = Field(default=DEFAULT_MODEL, description="the model")
    voice: Text | None = Field(
        default=None, description="a voice's name, or a cloned one's id; null: by model"
    )
    region: Region = Field(
        default="singapore", description="where the key was made; or beijing"
    )
    workspace: Annotated[Text, AfterValidator(_is_label)] | None = Field(
        default=None, description="its id: connect to the workspace's own address"
    )
    base_url: BaseUrl | None = Field(
        default=None, description="what `/realtime` follows; null: by `region`"
    )
    api_key: ApiKey = env("DASHSCOPE_API_KEY")
    search: Search = Field(
        default_factory=lambda: Search(enabled=False),
        description="search on the web; not together with tools",
    )
    append_ms: Literal[20, 40, 60, 80, 100] = Field(
        default=100, description="how much audio a message carries"
    )
    keep_alive: Duration | None = Field(
        default=seconds(30),
        ge=1,
        le=240,
        description="send silence after so long without a message; null: never",
    )
    max_session: Duration = Field(
        default=seconds(7200),
        ge=2,
        le=86_400,
        description="how long the service lets a session last; the conversation moves"
        " to a new one before",
    )
    sanitise_urls: bool = Field(
        default=False, description="take apart what looks like half an address"
    )
    connect_timeout: Duration = Field(
        default=seconds(10), ge=0.5, le=120, description="the longest wait to connect"
    )
    session: SessionSettings = Field(
        default_factory=SessionSettings, description="the server's own session object"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "QwenSettings":
        family = family_of(self.model)
        found = [
            *self._unreachable(),
            *self._unsearchable(),
            *session_misfits(self.session, family),
        ]
        if found:
            raise raised(found)
        return self

    @property
    def address(self) -> str:
        """What `/realtime` follows."""
        if self.base_url is not None:
            return self.base_url
        if self.workspace is not None:
            host = f"{self.workspace}.{_WORKSPACE_HOSTS[self.region]}"
            return f"https://{host}{_PATH}"
        return f"https://{_HOSTS[self.region]}{_PATH}"

    @property
    def blamed_address(self) -> str | None:
        """The setting at fault if nobody is there: one that nobody wrote is not."""
        for key in ("base_url", "workspace"):
            if getattr(self, key) is not None:
                return f"provider.{key}"
        return None

    @property
    def spoken_voice(self) -> str:
        """The voice that the session asks for."""
        return self.session.voice or self.voice or voice_of(self.model)

    @property
    def searches(self) -> bool:
        """Whether the model looks things up on the web."""
        written = self.session.enable_search
        return self.search.enabled if written is None else written

    def _unreachable(self) -> Iterator[Misfit]:
        family = family_of(self.model)
        bound = family is not None and family.needs_workspace
        if bound and self.workspace is None and self.base_url is None:
            yield Misfit(
                ("model",),
                f"'{self.model}' is served at the address of a workspace only",
                "write workspace: YOUR_WORKSPACE_ID beside it",
            )
        # The vendor's pages print the whole address of a WebSocket.
        base = (self.base_url or "").rstrip("/")
        if base.endswith(_ENDPOINT):
            yield Misfit(
                ("base_url",),
                f"'{self.base_url}' ends in '{_ENDPOINT}', which is added to it",
                f"write base_url: {base.removesuffix(_ENDPOINT)}",
            )

    def _unsearchable(self) -> Iterator[Misfit]:
        family = family_of(self.model)
        if self.search.enabled and family is not None and not family.search:
            yield Misfit(
                ("search",),
                f"{family.name} cannot search the web",
                "leave it out, or write model: qwen3.5-omni-plus-realtime",
            )
