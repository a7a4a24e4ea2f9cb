"""What the runner finds: `provider: openai`."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, hookimpl
from realtime_run_openai.settings import OpenAISettings

if TYPE_CHECKING:
    from realtime_run.plugin.api import Provider


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer OpenAI Realtime."""
    return Offer(OpenAISettings, _make)


def _make(settings: OpenAISettings) -> "Provider":
    from realtime_run_openai.provider import (  # noqa: PLC0415 - to run only
        OpenAIProvider,
    )

    return OpenAIProvider(settings)
