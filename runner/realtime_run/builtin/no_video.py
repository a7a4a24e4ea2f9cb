"""`video: none`: shows nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from realtime_run.builtin.video_settings import NoVideoSettings
from realtime_run.core.picture import Picture
from realtime_run.plugin.edges import OpenVideo


class NoVideo:
    """A source that has ended before it began."""

    def __init__(self, settings: NoVideoSettings) -> None:
        del settings  # it has none

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[OpenVideo]:
        """Open nothing."""
        yield self

    async def read(self) -> Picture | None:
        """Return None: there is no picture."""
        return None
