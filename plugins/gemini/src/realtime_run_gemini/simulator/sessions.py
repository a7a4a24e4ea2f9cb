"""Makes the sessions of one simulator: what they have in common, and their ids."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.plugin.simulation import Speech
from realtime_run.simulation.model import Mind
from realtime_run.simulation.script import Script
from realtime_run_gemini.simulator.access import Constrain
from realtime_run_gemini.simulator.desk import Options
from realtime_run_gemini.simulator.faults import Faults
from realtime_run_gemini.simulator.place import Place
from realtime_run_gemini.simulator.resumption import Handles
from realtime_run_gemini.simulator.service import Service
from realtime_run_gemini.simulator.settings import GeminiSimulatorSettings


def new_id(prefix: str) -> str:
    """Return an id such as the service makes."""
    if prefix == "function-call":
        return f"{prefix}-{secrets.randbits(63)}"
    separator = "" if prefix.endswith("/") else "_"
    return f"{prefix}{separator}{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What every session of a simulator is made with."""

    settings: GeminiSimulatorSettings
    faults: Faults
    script: Script | None
    speech: Speech
    handles: Handles
    make_id: Callable[[str], str] = new_id

    def service(self, place: Place, constrain: Constrain) -> Service:
        """Return a session that is not open yet.

        Args:
            place: Where its client connected.
            constrain: What changes its setup.
        """
        settings = self.settings
        options = Options(
            speed=settings.speed,
            playback=settings.playback,
            latency_s=settings.latency,
            interim=settings.interim,
            session_id=settings.session_id,
            lifetime_s=settings.lifetime,
            go_away_s=settings.go_away,
            models=settings.models,
            faults=self.faults,
        )
        return Service(
            options,
            place=place,
            handles=self.handles,
            mind=Mind(self.script),
            new_id=self.make_id,
            constrain=constrain,
        )
