"""What the simulator of OpenAI Realtime can be told."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from realtime_run.plugin.settings import Duration, seconds
from realtime_run.plugin.simulation import SimulatorSettings
from realtime_run.simulation.start import known_faults
from realtime_run_openai.simulator.faults import parse_faults


class OpenAISimulatorSettings(SimulatorSettings):
    """A server for `/v1/realtime`, `/v1/realtime/calls` and `…/client_secrets`."""

    transport: Literal["websocket", "webrtc", "both"] = "both"
    """How clients may connect."""
    speed: float = Field(5.0, ge=1, le=1000)
    """How many times faster than real time speech is made."""
    latency: Duration = Field(seconds(0.05), ge=0, le=60)
    """How long the model thinks before it answers."""
    max_message_size: int | None = Field(None, ge=0)
    """What a WebRTC answer states that a data channel takes; None: nothing is stated,
    and clients assume 65536 bytes (RFC 8841)."""

    faulty_connections: int | None = Field(None, ge=1)
    """How many of the first connections the faults concern; None: all."""

    @field_validator("faults")
    @classmethod
    def _are_known(cls, faults: Mapping[str, str]) -> Mapping[str, str]:
        return known_faults(faults, parse_faults)
