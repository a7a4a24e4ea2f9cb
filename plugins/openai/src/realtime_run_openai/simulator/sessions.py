"""Makes the sessions of one simulator: what they have in common, and their ids."""

import time
from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from realtime_run.plugin.simulation import Speech
from realtime_run.simulation.driver import Carrier, Driver
from realtime_run.simulation.model import Mind
from realtime_run.simulation.script import Script
from realtime_run.simulation.web import WebError
from realtime_run_openai.simulator.access import raise_refused
from realtime_run_openai.simulator.client_events import ClientEvents
from realtime_run_openai.simulator.desk import Options, new_desk
from realtime_run_openai.simulator.faults import Faults
from realtime_run_openai.simulator.service import Service
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings


def new_id(prefix: str) -> str:
    """Return an id such as the service makes."""
    return f"{prefix}_{uuid4().hex[:21]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What every session of a simulator is made with."""

    settings: OpenAISimulatorSettings
    faults: Faults
    script: Script | None
    speech: Speech
    make_id: Callable[[str], str] = new_id

    def service(
        self,
        transport: Literal["websocket", "webrtc"],
        model: str,
        session: dict[str, Any],
    ) -> Service:
        """Return a session that is not open yet.

        Args:
            transport: How it will be carried.
            model: The model's name.
            session: What its client asked for before; may be empty.

        Raises:
            WebError: If the session is refused.
        """
        if not model:
            message = "You must provide a model parameter."
            raise WebError(400, message, code="missing_model", param="model")
        options = Options(
            transport=transport,
            speed=self.settings.speed,
            latency_s=self.settings.latency,
            faults=self.faults,
        )
        desk = new_desk(
            options,
            model=model,
            mind=Mind(self.script),
            new_id=self.make_id,
            at_s=get_running_loop().time(),
            unix_s=time.time(),
        )
        service = Service(desk, ClientEvents)
        if session:
            raise_refused(service.configure(session))
        return service

    def driver(self, service: Service, carrier: Carrier) -> Driver:
        """Return what drives a session."""
        return Driver(service, carrier, self.speech)
