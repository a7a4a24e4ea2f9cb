"""What the runner finds: `provider: gemini`."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, SimulatorOffer, hookimpl
from realtime_run_gemini.settings import GeminiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_run.plugin.api import Provider
    from realtime_run.plugin.simulation import Simulator
    from realtime_run_gemini.simulator.settings import GeminiSimulatorSettings


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer Gemini Live."""
    return Offer(GeminiSettings, _make)


def _make(settings: GeminiSettings) -> "Provider":
    from realtime_run_gemini.provider import (  # noqa: PLC0415 - to run only
        GeminiProvider,
    )

    return GeminiProvider(settings)


@hookimpl
def realtime_run_simulator() -> "SimulatorOffer[Simulator]":
    """Offer a server that behaves as Gemini Live does."""
    from realtime_run_gemini.simulator.settings import (  # noqa: PLC0415 - rarely asked
        GeminiSimulatorSettings,
    )

    return SimulatorOffer(GeminiSimulatorSettings, _make_simulator, _reach)


def _make_simulator(settings: "GeminiSimulatorSettings") -> "Simulator":
    from realtime_run_gemini.simulator.server import (  # noqa: PLC0415 - to run only
        GeminiSimulator,
    )

    return GeminiSimulator(settings)


def _reach(url: str) -> "Mapping[str, object]":
    # What else says who one is would be a second way.
    return {"endpoint": url, "api_key": "simulator", "token": None, "vertex": None}
