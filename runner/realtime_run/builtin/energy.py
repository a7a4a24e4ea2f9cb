"""`vad: energy`: speech is what is louder than the room."""

from typing import TYPE_CHECKING

from realtime_run.builtin.vad_settings import EnergySettings
from realtime_run.plugin.hooks import Offer, hookimpl

if TYPE_CHECKING:
    from realtime_run.plugin.voice import Vad


@hookimpl
def realtime_run_vad() -> "Offer[Vad]":
    """Offer `vad: energy`."""
    return Offer(EnergySettings, _make)


def _make(settings: EnergySettings) -> "Vad":
    from realtime_run.builtin.energy_vad import EnergyVad  # noqa: PLC0415 - to run only

    return EnergyVad(settings)
