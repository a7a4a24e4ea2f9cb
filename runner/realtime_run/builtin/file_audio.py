"""`audio: {use: file}`: the user is a sound file, and what he hears becomes one."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from realtime_run.builtin.settings import FileAudioSettings
from realtime_run.media.background import running
from realtime_run.media.clock import SystemTime, TimeSource
from realtime_run.media.file_microphone import open_file_microphone
from realtime_run.media.speaker import Sink, discard, play_forever
from realtime_run.media.tape import open_tape
from realtime_run.plugin.api import Microphone, Playback


class FileAudio:
    """A microphone that reads a file, and a speaker that writes one."""

    def __init__(
        self, settings: FileAudioSettings, clock: TimeSource | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()
        self.output_hz = settings.output_rate
        self.live = False

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
