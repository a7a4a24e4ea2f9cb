"""Reads a feed in a thread of its own, and keeps its latest picture.

A device gives pictures when it has them; films and drawn patterns are shown at their
own pace, by the clock. Nobody who reads slowly delays them: what was not read when the
next picture comes is skipped.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from realtime_run.core.errors import VideoError
from realtime_run.media.background import running
from realtime_run.media.clock import STALL_S, TimeSource
from realtime_run.plugin.threads import Worker

if TYPE_CHECKING:
    from realtime_run.core.picture import Picture
    from realtime_run.media.video_feed import Feed, Shown

_log = logging.getLogger(__name__)

CLOSE_S = 2.0
"""How long a device may take to close; one that hangs is left to its thread."""
_EARLY = 0.1
"""By which part of the gap a picture may be early: no device keeps time exactly."""


class Latest:
    """The latest picture of a source, for one who reads."""

    def __init__(self) -> None:
        self._picture: Picture | None = None
        self._error: Exception | None = None
        self._ended = False
        self._news = asyncio.Event()

    def put(self, picture: "Picture") -> None:
        """Replace the picture."""
        self._picture = picture
        self._news.set()

    def end(self, error: Exception | None = None) -> None:
        """Give nothing after the picture that is there; an error is raised then.

        The first end counts.
        """
        if not self._ended:
            self._ended, self._error = True, error
            self._news.set()

    async def read(self) -> "Picture | None":
        """Return a picture that was not read yet, as soon as there is one.

        None at the end. Cancelling it loses nothing.

        Raises:
            VideoError: If the source was lost.
        """
        while self._picture is None and not self._ended:
            self._news.clear()
            await self._news.wait()
        picture, self._picture = self._picture, None
        if picture is None and self._error is not None:
            raise self._error
        return picture


@asynccontextmanager
async def open_video(
    open_feed: "Callable[[], Feed]", *, rate: float, clock: TimeSource | None = None
) -> AsyncGenerator[Latest]:
    """Open a feed and show it until this is left.

    Args:
        open_feed: Opens it; called in the thread.
        rate: The most pictures a second; others are skipped.
        clock: What its pace is taken from; None: it is a device with a pace of its own.

    Raises:
        VideoError: If it cannot be opened.
    """
    worker = Worker("video source")
    try:
        feed = await worker.run(open_feed)
        latest = Latest()
        show = _Show(feed, worker, latest, gap_s=1 / rate)

        async def play() -> None:
            try:
                await show.run(clock)
            except VideoError as error:
                latest.end(error)

        try:
            async with running(play):
                yield latest
        finally:
            await _close(feed, worker)
    finally:
        worker.stop()


class _Show:
    def __init__(
        self, feed: "Feed", worker: Worker, latest: Latest, *, gap_s: float
    ) -> None:
        self._feed = feed
        self._worker = worker
        self._latest = latest
        self._gap_s = gap_s * (1 - _EARLY)

    async def run(self, clock: TimeSource | None) -> None:
        """Show it to its end."""
        start_s: float | None = None
        not_before_s = 0.0
        while (
            shown := await self._worker.run(self._feed.next, not_before_s)
        ) is not None:
            not_before_s = shown.at_s + self._gap_s
            if clock is not None:
                start_s = await _until_due(shown, start_s, clock)
                # What should have been shown by now is not worth converting.
                not_before_s = max(not_before_s, clock.now() - start_s)
            self._latest.put(shown.picture)
        if not self._feed.is_still:
            self._latest.end()


async def _until_due(shown: "Shown", start_s: float | None, clock: TimeSource) -> float:
    """Wait until a picture is due; return when the first one was, or would have been.

    A process that was stopped for a minute does not show that minute in a burst.
    """
    if start_s is None:
        start_s = clock.now() - shown.at_s
    await clock.sleep(max(0.0, start_s + shown.at_s - clock.now()))
    late_s = clock.now() - (start_s + shown.at_s)
    return start_s + late_s if late_s > STALL_S else start_s


async def _close(feed: "Feed", worker: Worker) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await worker.run(feed.close)
    except TimeoutError:
        _log.warning("a video source did not close within %g s: left behind", CLOSE_S)
