"""Plugins as they may be installed, and a way to read a spec with them."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, field_validator, model_validator

from realtime_run.core.errors import PluginError, SpecError
from realtime_run.plugin.settings import (
    Duration,
    ExistingFile,
    Secret,
    Settings,
    SpecPath,
    env,
    seconds,
)
from realtime_run.spec.load import LoadedSpec, load_bytes
from realtime_run.spec.model import PluginKind, SettingsLookup


class Voice(Settings):
    name: str = "polly"
    speed: float = Field(default=1.0, gt=0)


class ParrotSettings(Settings):
    api_key: Secret = env("PARROT_API_KEY")
    pitch: float = Field(default=1.0, ge=0.5, le=2.0)
    model: Literal["green", "grey"] = "green"
    voice: Voice | str = "polly"
    words: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    silence: Duration = Field(default=seconds(0.5), ge=0.1)
    echo: bool = False
    note: str | None = None

    @field_validator("words")
    @classmethod
    def _no_swearing(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if "damn" in words:
            message = "'damn' is not a word for a parrot"
            raise ValueError(message)
        return words


class ClippySettings(Settings):
    low: int = 0
    high: int = 10

    @model_validator(mode="after")
    def _in_order(self) -> "ClippySettings":
        if self.low > self.high:
            message = "'low' is above 'high'"
            raise ValueError(message)
        return self


class CrashingSettings(Settings):
    value: str = ""

    @field_validator("value")
    @classmethod
    def _crash(cls, value: str) -> str:
        message = f"cannot read {value}"
        raise TypeError(message)


class FileSettings(Settings):
    input: ExistingFile
    output: SpecPath | None = None


class ConsoleSettings(Settings):
    color: bool = True


class JsonlSettings(Settings):
    path: SpecPath


class NoSettings(Settings):
    pass


_INSTALLED: dict[tuple[str, str], type[Settings]] = {
    ("provider", "parrot"): ParrotSettings,
    ("provider", "clippy"): ClippySettings,
    ("provider", "crashing"): CrashingSettings,
    ("audio", "none"): NoSettings,
    ("audio", "file"): FileSettings,
    ("video", "none"): NoSettings,
    ("handler", "console"): ConsoleSettings,
    ("handler", "jsonl"): JsonlSettings,
    ("tools", "clock"): NoSettings,
    ("vad", "energy"): NoSettings,
    ("vad", "silero"): NoSettings,
}


def settings_of(kind: PluginKind, name: str) -> type[Settings]:
    """Find a plugin as the host would."""
    if (kind, name) in _INSTALLED:
        return _INSTALLED[kind, name]
    others = sorted(other for offered, other in _INSTALLED if offered == kind)
    message = f"no {kind} plugin '{name}' (installed: {', '.join(others)})"
    near = difflib.get_close_matches(name, others, 1)
    raise PluginError(message, hint=f"did you mean '{near[0]}'?" if near else None)


Read = Callable[..., LoadedSpec]
ReadBad = Callable[..., SpecError]

ENVIRON = {"PARROT_API_KEY": "squawk"}


def read_spec(
    text: str | bytes,
    *,
    file: Path = Path("agent.yaml"),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> LoadedSpec:
    """Read a spec that needs no file."""
    return load_bytes(
        text if isinstance(text, bytes) else text.encode(),
        file,
        settings_of=settings_of,
        overrides=overrides,
        environ=ENVIRON if environ is None else environ,
    )


@pytest.fixture(scope="session")
def installed() -> SettingsLookup:
    return settings_of


@pytest.fixture(scope="session")
def read() -> Read:
    return read_spec


@pytest.fixture(scope="session")
def read_bad() -> ReadBad:
    def read(text: str | bytes, **options: Any) -> SpecError:
        with pytest.raises(SpecError) as raised:
            read_spec(text, **options)
        return raised.value

    return read
