"""The video sources that come with the runner: each opens an input of FFmpeg."""

import errno
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial

from realtime_run.builtin.cameras import cameras
from realtime_run.builtin.devices import (
    camera_input,
    camera_trouble,
    no_camera,
    reason,
    screen_input,
    screen_trouble,
)
from realtime_run.builtin.video_settings import (
    CameraSettings,
    FileVideoSettings,
    LavfiSettings,
    ScreenSettings,
)
from realtime_run.core.errors import VideoError
from realtime_run.media.clock import SystemTime, TimeSource
from realtime_run.media.video_feed import Feed, VideoInput
from realtime_run.media.video_reader import open_video
from realtime_run.plugin.edges import OpenVideo

_FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,flv,ogg,asf,ivf,gif,apng,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,ppm_pipe,pgm_pipe,qoi_pipe"
)
"""Films and pictures that lie in one file: no playlists, which may lead anywhere."""
_NO_FILM = "it is no film and no picture, or a damaged one"
_INVALID_DATA = 0x41444E49
"""FFmpeg's AVERROR_INVALIDDATA, as PyAV gives it: the letters INDA."""
_NOT_UNDERSTOOD = {_INVALID_DATA, errno.EINVAL}
"""The second is said of formats that are not among those that are read."""


class Camera:
    """`video: camera`."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings

    def open(self) -> AbstractAsyncContextManager[OpenVideo]:
        """Open it; a missing camera is a `VideoError` that lists those there are."""
        return open_video(self._feed, rate=self._settings.rate)

    def _feed(self) -> Feed:
        settings = self._settings
        present = cameras(sys.platform)
        source = camera_input(settings, sys.platform, present)

        def explain(error: Exception) -> VideoError:
            address = source.name.removeprefix("video=").removesuffix(":none")
            if isinstance(error, FileNotFoundError):
                return VideoError(no_camera(address, present))
            return VideoError(camera_trouble(settings, address, error))

        return Feed(source, explain)


class Screen:
    """`video: screen`."""

    def __init__(
        self, settings: ScreenSettings, environ: Mapping[str, str] | None = None
    ) -> None:
        self._settings = settings
        self._environ = os.environ if environ is None else environ

    def open(self) -> AbstractAsyncContextManager[OpenVideo]:
        """Open it; without a screen that may be seen it is a `VideoError`."""
        return open_video(self._feed, rate=self._settings.rate)

    def _feed(self) -> Feed:
        source = screen_input(self._settings, sys.platform, self._environ)

        def explain(error: Exception) -> VideoError:
            return VideoError(screen_trouble(source.name, error))

        return Feed(source, explain)


class File:
    """`video: {use: file}`: a film at its own pace, or a still picture."""

    def __init__(
        self, settings: FileVideoSettings, clock: TimeSource | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()

    def open(self) -> AbstractAsyncContextManager[OpenVideo]:
        """Open it; what is no film and no picture is a `VideoError`."""
        path = self._settings.path
        source = VideoInput(
            name=f"file:{path}",
            options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
            loop=self._settings.loop,
        )
        what = f"cannot use '{path}' as video"
        return open_video(
            partial(Feed, source, _explained(what, _NO_FILM)),
            rate=self._settings.rate,
            clock=self._clock,
        )


class Lavfi:
    """`video: {use: lavfi}`: what FFmpeg draws."""

    def __init__(
        self, settings: LavfiSettings, clock: TimeSource | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemTime()

    def open(self) -> AbstractAsyncContextManager[OpenVideo]:
        """Begin to draw; options that a filter does not know are a `VideoError`."""
        graph = self._settings.graph
        what = f"cannot draw '{graph}'"
        return open_video(
            partial(Feed, VideoInput(name=graph, format="lavfi"), _explained(what)),
            rate=self._settings.rate,
            clock=self._clock,
        )


def _explained(
    what: str, not_understood: str | None = None
) -> Callable[[Exception], VideoError]:
    """Return what makes a sentence of an error.

    Args:
        what: Begins it: `cannot draw 'color=red'`.
        not_understood: What FFmpeg means when it cannot make sense of the content.
    """

    def explain(error: Exception) -> VideoError:
        why = reason(error)
        if not_understood and getattr(error, "errno", None) in _NOT_UNDERSTOOD:
            why = not_understood
        return VideoError(f"{what}: {why}")

    return explain
