"""What the runner finds: `provider: openai`."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, SimulatorOffer, hookimpl
from realtime_run_openai.settings import OpenAISettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_run.plugin.api import Provider
    from realtime_run.plugin.simulation import Simulator
    from realtime_run_openai.simulator.settings import OpenAISimulatorSettings


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer OpenAI Realtime."""
    return Offer(OpenAISettings, _make)


def _make(settings: OpenAISettings) -> "Provider":
    from realtime_run_openai.provider import (  # noqa: PLC0415 - to run only
        OpenAIProvider,
    )

    return OpenAIProvider(settings)


@hookimpl
def realtime_run_simulator() -> "SimulatorOffer[Simulator]":
    """Offer a server that behaves as OpenAI Realtime does."""
    from realtime_run_openai.simulator.settings import (  # noqa: PLC0415 - rarely asked
        OpenAISimulatorSettings,
    )

    return SimulatorOffer(OpenAISimulatorSettings, _make_simulator, _reach)


def _make_simulator(settings: "OpenAISimulatorSettings") -> "Simulator":
    from realtime_run_openai.simulator.server import (  # noqa: PLC0415 - to run only
        OpenAISimulator,
    )

    return OpenAISimulator(settings)


def _reach(url: str) -> "Mapping[str, object]":
    return {"base_url": url, "api_key": "sk-simulator"}
