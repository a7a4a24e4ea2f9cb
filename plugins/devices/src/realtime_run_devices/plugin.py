"""What the runner finds: `audio: devices`, and the list of devices."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run.plugin.settings import Settings
from realtime_run_devices.settings import DevicesSettings

if TYPE_CHECKING:
    from realtime_run.plugin.api import AudioEdge
    from realtime_run.plugin.sound_devices import SoundDevices


class ListSettings(Settings):
    """To list devices, nothing is set."""


@hookimpl
def realtime_run_audio() -> "Offer[AudioEdge]":
    """Offer `audio: devices`."""
    return Offer(DevicesSettings, _make_audio)


@hookimpl
def realtime_run_devices() -> "Offer[SoundDevices]":
    """Offer to list and test microphones and loudspeakers."""
    return Offer(ListSettings, _make_devices)


def _make_audio(settings: DevicesSettings) -> "AudioEdge":
    from realtime_run_devices.edge import DevicesAudio  # noqa: PLC0415 - to run only

    return DevicesAudio(settings)


def _make_devices(settings: ListSettings) -> "SoundDevices":
    from realtime_run_devices.listing import Listing  # noqa: PLC0415 - to list only

    del settings
    return Listing()
