"""One camera for several conversations: opened once, read by all who watch it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from realtime_run.media.background import running
from realtime_run.media.video_reader import Latest
from realtime_run.plugin.edges import OpenVideo, VideoSource

if TYPE_CHECKING:
    from realtime_run.core.picture import Picture


@asynccontextmanager
async def shared_video(source: VideoSource) -> AsyncGenerator[VideoSource]:
    """Give a source that may be opened many times, while `source` is opened once.

    It is open while anybody watches, and each who does gets its latest picture at the
    pace at which he reads:

    ```python
    async with shared_video(camera) as video:
        one.watch_video(video)
        other.watch_video(video)
    ```

    Leaving ends it for all who still watch.
    """
    hub = _Hub(source)
    try:
        async with running(hub.serve):
            yield hub
    finally:
        hub.end()


class _Showing:
    """The source while it is open, and those who watch it."""

    def __init__(self) -> None:
        self.readers: list[Latest] = []
        self.picture: Picture | None = None
        """The latest, for who comes later: a still picture comes but once."""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.deserted = asyncio.Event()
        """Set when nobody watches any more."""

    def end(self, error: Exception | None = None) -> None:
        """Let nobody wait for a picture any more."""
        for reader in self.readers:
            reader.end(error)
        if not self.opened.done():
            if error is None:
                self.opened.set_result(None)
            else:
                self.opened.set_exception(error)
                self.opened.exception()  # whoever waited may have left


class _Hub:
    def __init__(self, source: VideoSource) -> None:
        self._source = source
        self._wanted = asyncio.Event()
        self._showing: _Showing | None = None
        self._ended = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[OpenVideo]:
        """Watch; what the source raises while it opens comes out."""
        reader = Latest()
        if self._ended:
            reader.end()
            yield reader
            return
        if self._showing is None or self._showing.deserted.is_set():
            self._showing = _Showing()
            self._wanted.set()
        showing = self._showing
        if showing.picture is not None:
            reader.put(showing.picture)
        showing.readers.append(reader)
        try:
            await asyncio.shield(showing.opened)
            yield reader
        finally:
            showing.readers.remove(reader)
            if not showing.readers:
                showing.deserted.set()

    async def serve(self) -> None:
        """Open the source whenever somebody watches, and close it when nobody does."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            showing = self._showing
            if showing is None or showing.deserted.is_set():
                continue
            try:
                await self._show(showing)
            except Exception as error:  # noqa: BLE001 - the source's code: its watchers' business
                showing.end(error)
            else:
                showing.end()
            if self._showing is showing:
                self._showing = None

    def end(self) -> None:
        """Let nobody wait for a picture any more."""
        self._ended = True
        if self._showing is not None:
            self._showing.end()

    async def _show(self, showing: _Showing) -> None:
        async with self._source.open() as video:
            if not showing.opened.done():
                showing.opened.set_result(None)

            async def hand_out() -> None:
                try:
                    while (picture := await video.read()) is not None:
                        showing.picture = picture
                        for reader in showing.readers:
                            reader.put(picture)
                except Exception as error:  # noqa: BLE001 - as above
                    showing.end(error)
                showing.deserted.set()

            async with running(hand_out):
                await showing.deserted.wait()
