"""What the runner finds: `provider: local`."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run_local.settings import LocalSettings

if TYPE_CHECKING:
    from realtime_run.plugin.api import Provider
    from realtime_run.plugin.simulation import Speech


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer the offline provider."""
    return Offer(LocalSettings, _make)


def _make(settings: LocalSettings) -> "Provider":
    from realtime_run_local.provider import LocalProvider  # noqa: PLC0415 - to run only

    return LocalProvider(settings)


@hookimpl
def realtime_run_speech() -> "Offer[Speech]":
    """Offer the voice of espeak-ng to simulators."""
    from realtime_run_local.speech import (  # noqa: PLC0415 - for simulators only
        EspeakSpeech,
        SpeechSettings,
    )

    return Offer(SpeechSettings, EspeakSpeech)
