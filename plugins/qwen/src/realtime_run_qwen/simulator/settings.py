"""What the simulator of Qwen Omni Realtime can be told."""

from collections.abc import Mapping

from pydantic import Field, field_validator

from realtime_run.plugin.settings import Duration, seconds
from realtime_run.plugin.simulation import SimulatorSettings
from realtime_run.simulation.start import known_faults
from realtime_run_qwen.simulator.faults import parse_faults


class QwenSimulatorSettings(SimulatorSettings):
    """A server for `/api-ws/v1/realtime`."""

    speed: float = Field(5.0, ge=1, le=1000)
    """How many times faster than real time speech is made."""
    latency: Duration = Field(seconds(0.05), ge=0, le=60)
    """How long the model thinks before it answers."""
    cancel_done: bool = False
    """A response that was stopped ends with `response.done`, too."""
    answers_tools: bool = True
    """Where the server finds the turns, it goes on by itself after tools' results."""
    idle_timeout: Duration = Field(seconds(300), gt=0, le=86_400)
    """How long a client may send nothing but pings."""
    max_session: Duration = Field(seconds(7200), gt=0, le=86_400)
    """How long a session lasts."""
    faulty_connections: int | None = Field(None, ge=1)
    """How many of the first connections the faults concern; None: all."""

    @field_validator("faults")
    @classmethod
    def _are_known(cls, faults: Mapping[str, str]) -> Mapping[str, str]:
        return known_faults(faults, parse_faults)
