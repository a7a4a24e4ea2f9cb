"""`audio: {use: file}` and `video: {use: file}`.

The user is a sound file, and what he hears becomes one; what he shows is a film or a
picture.
"""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import FileAudioSettings
from realtime_run.builtin.video_settings import FileVideoSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import AudioEdge, VideoSource


@hookimpl
def realtime_run_audio() -> "Offer[AudioEdge]":
    """Offer `audio: {use: file}`."""
    return Offer(FileAudioSettings, _make_audio)


@hookimpl
def realtime_run_video() -> "Offer[VideoSource]":
    """Offer `video: {use: file}`."""
    return Offer(FileVideoSettings, _make_video)


def _make_audio(settings: FileAudioSettings) -> "AudioEdge":
    from realtime_run.builtin.file_audio import FileAudio  # noqa: PLC0415 - to run only

    return FileAudio(settings)


def _make_video(settings: FileVideoSettings) -> "VideoSource":
    from realtime_run.builtin.video_sources import File  # noqa: PLC0415 - to run only

    return File(settings)
