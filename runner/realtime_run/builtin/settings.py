"""What may stand beside `use:` of the plugins that come with the runner.

Apart from the plugins themselves: to check a spec, none of them is imported.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from realtime_run.media.decode import HIGHEST_HZ, LOWEST_HZ, RAW_SUFFIXES
from realtime_run.plugin.settings import (
    Duration,
    ExistingFile,
    Settings,
    SpecPath,
    seconds,
    value_error,
)

_PLACEHOLDER = re.compile(r"\{(.*?)\}")
_PLACEHOLDERS = ("session_id", "date")


class EchoSettings(Settings):
    """How the echo answers."""

    silence: Duration = Field(seconds(0.4), ge=0.1, le=10)
    """How long the user must be silent before he has finished."""
    faster_than_realtime: bool = True
    """Send audio as fast as it is taken, as real providers do; else at its own pace."""


class NoAudioSettings(Settings):
    """`audio: none` has no settings."""


def _is_same_file(one: Path | None, other: Path | None) -> bool:
    """Return whether both lead to one file, through whatever names and links."""
    if one is None or other is None:
        return False
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False  # one of them is not there yet


class FileAudioSettings(Settings):
    """Which files, and how fast."""

    input: ExistingFile | None = None
    """What the user says: a sound file of any usual format; after it, silence."""
    output: SpecPath | None = None
    """A WAV file of what the user hears, as it was played, silence included."""
    pace: Literal["realtime", "fast"] = "realtime"
    """fast: the file is read, and the answer played, as fast as they come."""
    input_rate: int | None = Field(None, ge=LOWEST_HZ, le=HIGHEST_HZ)
    """Frames a second of an input without header (.raw, .pcm: s16le mono); 16000."""
    output_rate: int | None = Field(None, ge=LOWEST_HZ, le=HIGHEST_HZ)
    """Frames a second of the output; else the provider's."""

    @field_validator("output")
    @classmethod
    def _is_wav(cls, output: Path | None) -> Path | None:
        if output is not None and output.suffix.lower() != ".wav":
            raise value_error(
                message="'{got}' does not end in .wav",
                hint="only WAV is written",
                got=output.name,
            )
        return output

    @model_validator(mode="after")
    def _fits(self) -> "FileAudioSettings":
        if self.input is None and self.output is None:
            raise value_error(
                message="neither 'input' nor 'output' is given",
                hint="give one of them or both; without any it is `audio: none`",
            )
        if _is_same_file(self.input, self.output):
            raise value_error(
                message="'{got}' is both input and output",
                hint="writing it would destroy what is read: name another output",
                got=str(self.output and self.output.name),
            )
        raw = self.input is not None and self.input.suffix.lower() in RAW_SUFFIXES
        if self.input_rate is not None and not raw:
            raise value_error(
                message="'input_rate' is for .raw and .pcm inputs only",
                hint="leave it out: other files tell their rate",
            )
        if self.output_rate is not None and self.output is None:
            raise value_error(message="'output_rate' needs an 'output'")
        return self


class ConsoleSettings(Settings):
    """How the conversation is shown."""

    plain: bool = False
    """Lines only, as where the output is no terminal or NO_COLOR is set."""


class JsonlSettings(Settings):
    """Where the lines go."""

    path: SpecPath
    """The file; `{session_id}` and `{date}` (UTC, 2026-01-31) may stand in it. If it
    exists, lines are added."""
    audio: bool = True
    """Write events of audio too: how long it is, not the samples."""

    @field_validator("path", mode="before")
    @classmethod
    def _has_known_placeholders(cls, path: object) -> object:
        # Before it is a path: the folder of the spec may have braces in its name.
        for name in _PLACEHOLDER.findall(path) if isinstance(path, str) else ():
            if name not in _PLACEHOLDERS:
                raise value_error(
                    message="unknown '{got}' in a path",
                    hint="'{session_id}' and '{date}' are filled in",
                    got=f"{{{name}}}",
                )
        return path


class RecordSettings(Settings):
    """Where recordings go."""

    path: SpecPath
    """The folder in which each session gets a folder of its own."""
    rate: int = Field(24_000, ge=8_000, le=48_000)
    """Frames a second of `audio.wav`."""
