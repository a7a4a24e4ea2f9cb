"""`video: lavfi`: a pattern that FFmpeg draws, where there is no camera."""

from typing import TYPE_CHECKING

from realtime_run.builtin.video_settings import LavfiSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import VideoSource


@hookimpl
def realtime_run_video() -> "Offer[VideoSource]":
    """Offer `video: lavfi`."""
    return Offer(LavfiSettings, _make)


def _make(settings: LavfiSettings) -> "VideoSource":
    from realtime_run.builtin.video_sources import Lavfi  # noqa: PLC0415 - to run only

    return Lavfi(settings)
