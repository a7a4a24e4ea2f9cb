"""`audio: {use: file}`: the user is a sound file, and what he hears becomes one."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from realtime_run.media.background import running
from realtime_run.media.clock import SystemTime, TimeSource
from realtime_run.media.decode import HIGHEST_HZ, LOWEST_HZ, RAW_SUFFIXES
from realtime_run.media.file_microphone import open_file_microphone
from realtime_run.media.speaker import Sink, discard, play_forever
from realtime_run.media.tape import open_tape
from realtime_run.plugin.api import AudioEdge, Microphone, Playback
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.settings import ExistingFile, Settings, SpecPath, value_error


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
        if self.input is not None and self.input == self.output:
            raise value_error(
                message="'{got}' is both input and output", got=self.input.name
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


class FileAudio:
    """A microphone that reads a file, and a speaker that writes one."""

    def __init__(
        self, settings: FileAudioSettings, clock: TimeSource | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()
        self.output_hz = settings.output_rate

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[Microphone | None]:
        """Open both files; when it is left, the output is whole.

        Raises:
            AudioError: If a file cannot be used, also while it is being used.
        """
        settings = self._settings
        eager = settings.pace == "fast"
        async with AsyncExitStack() as stack:
            microphone: Microphone | None = None
            sink: Sink = discard
            if settings.input is not None:
                microphone = await stack.enter_async_context(
                    open_file_microphone(
                        settings.input,
                        raw_rate_hz=settings.input_rate or 16_000,
                        clock=self._clock,
                        eager=eager,
                    )
                )
            if settings.output is not None:
                sink = await stack.enter_async_context(
                    open_tape(settings.output, playback.rate_hz)
                )

            async def play() -> None:
                await play_forever(playback, sink, clock=self._clock, eager=eager)

            await stack.enter_async_context(running(play))
            yield microphone


@hookimpl
def realtime_run_audio() -> Offer[AudioEdge]:
    """Offer `audio: {use: file}`."""
    return Offer(FileAudioSettings, FileAudio)
