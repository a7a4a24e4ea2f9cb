"""Pictures for the model, at most `fps` a second, the latest first."""

import asyncio
from collections.abc import Callable

from realtime_run.core.commands import AppendPicture
from realtime_run.core.picture import Picture
from realtime_run.plugin.api import OpenVideo, VideoSource
from realtime_run.session.clock import Clock


class VideoPump:
    """Sends what a source shows until it ends or this is cancelled."""

    def __init__(
        self,
        source: VideoSource,
        *,
        fps: Callable[[], float],
        send: Callable[[AppendPicture], None],
        clock: Clock,
    ) -> None:
        """Make a pump that has not begun.

        Args:
            source: Where the pictures come from.
            fps: The most pictures a second, asked before each.
            send: Takes a picture.
            clock: What the pace is taken from.
        """
        self._source = source
        self._fps = fps
        self._send = send
        self._clock = clock
        self._latest: Picture | None = None
        self._news = asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Pump. What the source raises comes out."""
        async with self._source.open() as video, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch(video), name="video source")
            while True:
                await self._news.wait()
                self._news.clear()
                image, self._latest = self._latest, None
                if image is not None:
                    self._send(
                        AppendPicture(picture=image)
                    )
                if self._ended:
                    return
                await self._clock.sleep(1 / max(self._fps(), 0.001))

    async def _watch(self, video: OpenVideo) -> None:
        """Keep only the latest picture."""
        while (image := await video.read()) is not None:
            self._latest = image
            self._news.set()
        self._ended = True
        self._news.set()
