"""What the simulator of Gemini Live can be told."""

from collections.abc import Mapping

from pydantic import Field, field_validator

from realtime_run.plugin.settings import Duration, seconds
from realtime_run.plugin.simulation import SimulatorSettings
from realtime_run.simulation.start import known_faults
from realtime_run_gemini.simulator.faults import parse_faults


class GeminiSimulatorSettings(SimulatorSettings):
    """A server for `BidiGenerateContent` of the Gemini API and of Vertex."""

    speed: float = Field(5.0, ge=1, le=1000)
    """How many times faster than real time speech is made."""
    playback: float | None = Field(None, ge=1, le=1000)
    """How many times faster than real time clients are taken to play it, which
    `turnComplete` waits for; None: so many times as `speed` says."""
    latency: Duration = Field(seconds(0.05), ge=0, le=60)
    """How long the model thinks before it answers."""
    interim: bool = False
    """What is heard is told while the user still speaks, as well."""
    session_id: bool = False
    """`setupComplete` names the session."""
    lifetime: Duration = Field(seconds(600), gt=0, le=86_400)
    """After how long a connection ends."""
    go_away: Duration = Field(seconds(10), ge=0, le=3_600)
    """How long before that `goAway` tells of it."""
    handle_lifetime: Duration = Field(seconds(7_200), gt=0, le=86_400)
    """How long a resumption handle is good for."""
    models: tuple[str, ...] = ()
    """Further models that exist, by id: they take what the newest take."""
    faulty_connections: int | None = Field(None, ge=1)
    """How many of the first connections the faults concern; None: all."""

    @field_validator("faults")
    @classmethod
    def _are_known(cls, faults: Mapping[str, str]) -> Mapping[str, str]:
        return known_faults(faults, parse_faults)
