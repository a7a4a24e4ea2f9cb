"""`video: screen`: what is on the screen."""

from typing import TYPE_CHECKING

from realtime_run.builtin.video_settings import ScreenSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import VideoSource


@hookimpl
def realtime_run_video() -> "Offer[VideoSource]":
    """Offer `video: screen`."""
    return Offer(ScreenSettings, _make)


def _make(settings: ScreenSettings) -> "VideoSource":
    from realtime_run.builtin.video_sources import Screen  # noqa: PLC0415 - to run only

    return Screen(settings)
