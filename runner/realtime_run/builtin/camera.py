"""`video: camera`: what a camera sees."""

from typing import TYPE_CHECKING

from realtime_run.builtin.video_settings import CameraSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import VideoSource


@hookimpl
def realtime_run_video() -> "Offer[VideoSource]":
    """Offer `video: camera`."""
    return Offer(CameraSettings, _make)


def _make(settings: CameraSettings) -> "VideoSource":
    from realtime_run.builtin.video_sources import Camera  # noqa: PLC0415 - to run only

    return Camera(settings)
