"""`audio: none`: nobody is heard, and a speaker nobody hears keeps real time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.builtin.settings import NoAudioSettings
from realtime_run.media.background import running
from realtime_run.media.clock import SystemTime, TimeSource
from realtime_run.media.speaker import discard, play_forever
from realtime_run.plugin.api import Microphone, Playback


class NoAudio:
    """No microphone, and a speaker without sound: what it pulled counts as heard."""

    output_hz: int | None = None
    live = False

    def __init__(
        self, settings: NoAudioSettings, clock: TimeSource | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncGenerator[Microphone | None]:
        """Pull from `playback` in real time; there is no microphone."""

        async def play() -> None:
            await play_forever(playback, discard, clock=self._clock)

        async with running(play):
            yield None
