"""The simulator: one port for WebSockets."""

import time
from asyncio import get_running_loop
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from uuid import uuid4

from realtime_run.plugin.simulation import Speech
from realtime_run.simulation.door import opened
from realtime_run.simulation.model import Mind
from realtime_run.simulation.script import Script
from realtime_run.simulation.start import Faulty, ready
from realtime_run.simulation.tones import Tones
from realtime_run.simulation.web import WebError, WebRequest
from realtime_run.simulation.websocket_carrier import Frames
from realtime_run_openai.simulator.desk import Options, new_desk
from realtime_run_openai.simulator.service import Service
from realtime_run_qwen.simulator.accent import accent_of
from realtime_run_qwen.simulator.access import model_of
from realtime_run_qwen.simulator.behaviour import Behaviour
from realtime_run_qwen.simulator.client_events import ClientEvents
from realtime_run_qwen.simulator.faults import QwenFaults, parse_faults
from realtime_run_qwen.simulator.settings import QwenSimulatorSettings


class QwenSimulator:
    """A server that behaves as Qwen Omni Realtime does. Making one opens nothing."""

    def __init__(self, settings: QwenSimulatorSettings) -> None:
        self._settings = settings

    def open(self, speech: Speech | None) -> AbstractAsyncContextManager[str]:
        """Serve on 127.0.0.1, and give the URL; leaving closes it and every connection.

        Args:
            speech: The voice to speak with; None: tones.

        Returns:
            What yields a base URL such as `http://127.0.0.1:8765/api-ws/v1`.

        Raises:
            OSError: If the port is taken, or the certificate cannot be read.
            SpecError: If the script is wrong.
            ProviderError: If the voice cannot speak.
        """
        return _open(self._settings, speech or Tones())


@asynccontextmanager
async def _open(
    settings: QwenSimulatorSettings, speech: Speech
) -> AsyncGenerator[str, None]:
    script = await ready(settings, speech)
    reception = _Reception(settings, script, speech)
    async with (
        opened(settings.port, settings.tls) as (_, listening),
        listening.serving(reception) as url,
    ):
        yield f"{url}/api-ws/v1"


class _Reception:
    """Lets clients in, by their keys."""

    def __init__(
        self, settings: QwenSimulatorSettings, script: Script | None, speech: Speech
    ) -> None:
        self._settings = settings
        self._faults = parse_faults(settings.faults)
        self._script = script
        self._speech = speech
        self._faulty = Faulty(settings.faulty_connections)

    @property
    def speech(self) -> Speech:
        """The voice of every session."""
        return self._speech

    def converse(self, request: WebRequest) -> tuple[Service, Frames]:
        """Return the session for a WebSocket."""
        faults = self._next_faults()
        model = model_of(request, faults)
        desk = new_desk(
            self._options(faults),
            model=model,
            mind=Mind(self._script),
            new_id=_new_id,
            at_s=get_running_loop().time(),
            unix_s=time.time(),
        )
        service = Service(desk, partial(ClientEvents, behaviour=self._habits(faults)))
        return service, Frames(trickle_s=faults.trickle_s)

    async def respond(self, request: WebRequest) -> bytes:
        """Answer any other request: there is nothing but WebSockets."""
        message = f"Not found: {request.method} {request.path}"
        raise WebError(404, message, code="NotFound")

    def _options(self, faults: QwenFaults) -> Options:
        settings = self._settings
        return Options(
            speed=settings.speed,
            latency_s=settings.latency,
            lifetime_s=settings.max_session,
            faults=faults,
            accent=accent_of(faults, cancel_done=settings.cancel_done),
        )

    def _habits(self, faults: QwenFaults) -> Behaviour:
        return Behaviour(
            idle_s=self._settings.idle_timeout,
            answers_tools=self._settings.answers_tools,
            faults=faults,
        )

    def _next_faults(self) -> QwenFaults:
        """Return what goes wrong on one more connection."""
        return self._faults if self._faulty.next() else QwenFaults()


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:21]}"
