"""What the runner finds: `provider: qwen`."""

from typing import TYPE_CHECKING

from realtime_run.plugin.hooks import Offer, SimulatorOffer, hookimpl
from realtime_run_qwen.settings import QwenSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_run.plugin.api import Provider
    from realtime_run.plugin.simulation import Simulator
    from realtime_run_qwen.simulator.settings import QwenSimulatorSettings


@hookimpl
def realtime_run_provider() -> "Offer[Provider]":
    """Offer Qwen Omni Realtime."""
    return Offer(QwenSettings, _make)


def _make(settings: QwenSettings) -> "Provider":
    from realtime_run_qwen.provider import QwenProvider  # noqa: PLC0415 - to run only

    return QwenProvider(settings)


@hookimpl
def realtime_run_simulator() -> "SimulatorOffer[Simulator]":
    """Offer a server that behaves as Qwen Omni Realtime does."""
    from realtime_run_qwen.simulator.settings import (  # noqa: PLC0415 - rarely asked
        QwenSimulatorSettings,
    )

    return SimulatorOffer(QwenSimulatorSettings, _make_simulator, _reach)


def _make_simulator(settings: "QwenSimulatorSettings") -> "Simulator":
    from realtime_run_qwen.simulator.server import (  # noqa: PLC0415 - to run only
        QwenSimulator,
    )

    return QwenSimulator(settings)


def _reach(url: str) -> "Mapping[str, object]":
    return {"base_url": url, "api_key": "sk-simulator"}
