"""Pictures for the model, at most `fps` a second, the latest first."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import AppendImage, AppendPicture
from realtime_run.media.background import running
from realtime_run.media.frames import scaled
from realtime_run.media.jpeg import JpegEncoder
from realtime_run.plugin.api import OpenVideo, VideoSource
from realtime_run.plugin.threads import Worker
from realtime_run.session.clock import Clock

if TYPE_CHECKING:
    from realtime_run.core.picture import Picture

LONGEST_OF_A_TRACK = 1280
"""Pixels of the longer side: what providers make of a larger one costs, and is lost."""

VideoCommand: TypeAlias = AppendImage | AppendPicture


def command_for(capabilities: Capabilities) -> "Callable[[Picture], VideoCommand]":
    """Return what turns a picture into what a provider takes.

    The function blocks for some milliseconds: call it in a thread. It raises
    `VideoError` where a picture cannot be made as small as the provider wants it.
    """
    if capabilities.video == "track":
        return _for_a_track
    return partial(_for_an_image, JpegEncoder(max_bytes=capabilities.max_image_bytes))


class VideoPump:
    """Sends what a source shows until it ends or this is cancelled."""

    def __init__(
        self,
        source: VideoSource,
        *,
        fps: Callable[[], float],
        make: "Callable[[Picture], VideoCommand]",
        send: Callable[[VideoCommand], None],
        clock: Clock,
    ) -> None:
        """Make a pump that has not begun.

        Args:
            source: Where the pictures come from.
            fps: The most pictures a second, asked before each.
            make: Turns a picture into what is sent; called in a thread.
            send: Takes that.
            clock: What the pace is taken from.
        """
        self._source = source
        self._fps = fps
        self._make = make
        self._send = send
        self._clock = clock
        self._latest: Picture | None = None
        self._news = asyncio.Event()
        self._ended = False
        self._taken_ns: int | None = None
        self._turn = asyncio.Event()
        self._sent: VideoCommand | None = None

    async def run(self) -> None:
        """Pump. What the source raises comes out."""
        worker = Worker("video encoder")
        try:
            async with (
                self._source.open() as video,
                running(partial(self._watch, video)),
            ):
                while (picture := await self._next()) is not None:
                    self._taken_ns = self._clock.now_ns()
                    self._sent = await worker.run(self._make, picture)
                    self._send(self._sent)
        finally:
            worker.stop()

    def repeat(self) -> None:
        """Send the latest picture again, to a connection that has not seen it."""
        if self._sent is not None:
            self._taken_ns = self._clock.now_ns()
            self._send(self._sent)

    def repace(self) -> None:
        """Let a new rate apply at once, not after the next picture."""
        self._turn.set()

    async def _watch(self, video: OpenVideo) -> None:
        """Keep only the latest picture."""
        while (picture := await video.read()) is not None:
            self._latest = picture
            self._news.set()
        self._ended = True
        self._news.set()

    async def _next(self) -> "Picture | None":
        """Return the latest picture when it is its turn; None at the end."""
        while self._latest is None and not self._ended:
            self._news.clear()
            await self._news.wait()
        if self._latest is not None:
            await self._pause()
        # The one that is the latest now: others may have come in the meantime.
        picture, self._latest = self._latest, None
        return picture

    async def _pause(self) -> None:
        """Wait until another picture may be sent, however the rate changes."""
        while (rest_s := self._due_in_s()) > 0:
            self._turn.clear()
            async with running(partial(self._wake, rest_s)):
                await self._turn.wait()

    async def _wake(self, after_s: float) -> None:
        await self._clock.sleep(after_s)
        self._turn.set()

    def _due_in_s(self) -> float:
        if self._taken_ns is None:
            return 0.0
        gone_ns = self._clock.now_ns() - self._taken_ns
        # A nanosecond of rounding must not become one more turn of the loop.
        return round(1 / self._fps() - gone_ns / 1e9, 6)


def _for_an_image(encoder: JpegEncoder, picture: "Picture") -> AppendImage:
    jpeg = encoder.encode(picture)
    return AppendImage(jpeg=jpeg.data, width=jpeg.width, height=jpeg.height)


def _for_a_track(picture: "Picture") -> AppendPicture:
    return AppendPicture(picture=scaled(picture, LONGEST_OF_A_TRACK))
