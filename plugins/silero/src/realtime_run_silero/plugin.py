"""`vad: silero`: the entry point."""

from typing import TYPE_CHECKING

from realtime_run.core.errors import PluginError
from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run_silero.backends import REMEDY, WAY_OUT, available
from realtime_run_silero.settings import SileroSettings

if TYPE_CHECKING:
    from realtime_run.plugin.voice import Vad


@hookimpl
def realtime_run_vad() -> "Offer[Vad]":
    """Offer `vad: silero`.

    Raises:
        PluginError: If no library that runs the model is installed. Whoever leaves the
            choice of the detector takes another one then.
    """
    if not available():
        message = "vad 'silero' has no library to run its model"
        raise PluginError(message, hint=f"{REMEDY}, {WAY_OUT}")
    return Offer(SileroSettings, _make)


def _make(settings: SileroSettings) -> "Vad":
    from realtime_run_silero.detector import SileroVad  # noqa: PLC0415 - to run only

    return SileroVad(settings)
