"""`audio: none`: nobody is heard, and a speaker nobody hears keeps real time."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import NoAudioSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import AudioEdge


@hookimpl
def realtime_run_audio() -> "Offer[AudioEdge]":
    """Offer `audio: none`."""
    return Offer(NoAudioSettings, _make)


def _make(settings: NoAudioSettings) -> "AudioEdge":
    from realtime_run.builtin.no_audio import NoAudio  # noqa: PLC0415 - to run only

    return NoAudio(settings)
