"""`audio: none` and `video: none`.

Nobody is heard, a speaker nobody hears keeps real time, and nothing is shown.
"""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import NoAudioSettings
from realtime_run.builtin.video_settings import NoVideoSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import AudioEdge, VideoSource


@hookimpl
def realtime_run_audio() -> "Offer[AudioEdge]":
    """Offer `audio: none`."""
    return Offer(NoAudioSettings, _make_audio)


@hookimpl
def realtime_run_video() -> "Offer[VideoSource]":
    """Offer `video: none`."""
    return Offer(NoVideoSettings, _make_video)


def _make_audio(settings: NoAudioSettings) -> "AudioEdge":
    from realtime_run.builtin.no_audio import NoAudio  # noqa: PLC0415 - to run only

    return NoAudio(settings)


def _make_video(settings: NoVideoSettings) -> "VideoSource":
    from realtime_run.builtin.no_video import NoVideo  # noqa: PLC0415 - to run only

    return NoVideo(settings)
