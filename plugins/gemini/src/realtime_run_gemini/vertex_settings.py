"""`vertex:` of the settings: Gemini Live by Google Cloud, and who one is there."""

from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from realtime_run.plugin.addresses import ApiKey, HeaderValue
from realtime_run.plugin.misfits import Misfit, raised
from realtime_run.plugin.settings import ExistingFile, Settings
from realtime_run_gemini.field_types import shaped

Project: TypeAlias = Annotated[
    str, shaped("[a-z0-9][a-z0-9.:-]*", "a project's id, such as my-project-1")
]
# It becomes part of the host's name.
Location: TypeAlias = Annotated[
    str, shaped("[a-z][a-z0-9-]*", "a location, such as us-central1")
]

_CREDENTIALS = ("access_token", "api_key", "credentials")


class Vertex(Settings):
    """Google Cloud: Vertex AI, since 2026 the Gemini Enterprise Agent Platform.

    With none of `credentials`, `access_token` and `api_key`, one is who the
    application default credentials say.
    """

    project: Project | None = Field(
        default=None, description="the project's id, such as my-project-1"
    )
    location: Location | None = Field(
        default=None, description="such as us-central1, eu or global"
    )
    credentials: ExistingFile | None = Field(
        default=None, description="a key file, of a service account as a rule"
    )
    access_token: ApiKey | None = Field(
        default=None, description="OAuth; it is not renewed, and ends after an hour"
    )
    api_key: ApiKey | None = Field(
        default=None, description="express mode, which has no project"
    )
    quota_project: HeaderValue | None = Field(
        default=None, description="who is billed; null: as the credentials say"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "Vertex":
        found = self._twice() or self._incomplete()
        if found:
            raise raised(found)
        return self

    def _incomplete(self) -> list[Misfit]:
        if self.api_key is not None:
            return [
                Misfit((key,), f"with 'api_key' there is no '{key}'", "leave it out")
                for key in ("project", "location", "quota_project")
                if getattr(self, key) is not None
            ]
        examples = {"project": "my-project-1", "location": "us-central1"}
        return [
            Misfit((), f"Vertex needs '{key}'", f"such as {key}: {example}")
            for key, example in examples.items()
            if getattr(self, key) is None
        ]

    def _twice(self) -> list[Misfit]:
        given = [key for key in _CREDENTIALS if getattr(self, key) is not None]
        return [
            Misfit((key,), f"'{key}' and '{given[0]}' both say who you are", "keep one")
            for key in given[1:]
        ]
