"""`audio: {use: file}`: the user is a sound file, and what he hears becomes one."""

from typing import TYPE_CHECKING

from realtime_run.builtin.settings import FileAudioSettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.api import AudioEdge


@hookimpl
def realtime_run_audio() -> "Offer[AudioEdge]":
    """Offer `audio: {use: file}`."""
    return Offer(FileAudioSettings, _make)


def _make(settings: FileAudioSettings) -> "AudioEdge":
    from realtime_run.builtin.file_audio import FileAudio  # noqa: PLC0415 - to run only

    return FileAudio(settings)
