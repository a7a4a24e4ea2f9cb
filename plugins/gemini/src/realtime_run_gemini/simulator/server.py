"""The simulator: one port for WebSockets and for short-lived tokens."""

import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from realtime_run.plugin.simulation import Speech
from realtime_run.simulation.door import opened
from realtime_run.simulation.start import Faulty, ready
from realtime_run.simulation.tones import Tones
from realtime_run.simulation.web import WebRequest, answer
from realtime_run.simulation.websocket_carrier import Frames
from realtime_run_gemini.simulator.access import Access
from realtime_run_gemini.simulator.faults import Faults, parse_faults
from realtime_run_gemini.simulator.resumption import Handles
from realtime_run_gemini.simulator.service import Service
from realtime_run_gemini.simulator.sessions import Sessions, new_id
from realtime_run_gemini.simulator.settings import GeminiSimulatorSettings


class GeminiSimulator:
    """A server that behaves as Gemini Live does. Making one opens nothing."""

    def __init__(self, settings: GeminiSimulatorSettings) -> None:
        self._settings = settings

    def open(self, speech: Speech | None) -> AbstractAsyncContextManager[str]:
        """Serve on 127.0.0.1, and give the URL; leaving closes it and every connection.

        Args:
            speech: The voice to speak with; None: tones.

        Returns:
            What yields a URL such as `http://127.0.0.1:8765`.

        Raises:
            OSError: If the port is taken, or the certificate cannot be read.
            SpecError: If the script is wrong.
            ProviderError: If the voice cannot speak.
        """
        return _open(self._settings, speech or Tones())


@asynccontextmanager
async def _open(
    settings: GeminiSimulatorSettings, speech: Speech
) -> AsyncGenerator[str, None]:
    script = await ready(settings, speech)
    sessions = Sessions(
        settings=settings,
        faults=parse_faults(settings.faults),
        script=script,
        speech=speech,
        handles=Handles(settings.handle_lifetime, new_id),
    )
    async with (
        opened(settings.port, settings.tls) as (_, listening),
        listening.serving(_Reception(sessions)) as url,
    ):
        yield url


class _Reception:
    """Lets clients in, by their keys and tokens."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._access = Access(sessions.make_id, lambda: datetime.now(UTC))
        self._faulty = Faulty(sessions.settings.faulty_connections)

    @property
    def speech(self) -> Speech:
        """The voice of every session."""
        return self._sessions.speech

    def converse(self, request: WebRequest) -> tuple[Service, Frames]:
        """Return the session for a WebSocket."""
        sessions = self._next_sessions()
        place, constrain = self._access.enter(request, sessions.faults)
        # The service answers with JSON in binary frames.
        frames = Frames(binary=True, trickle_s=sessions.faults.trickle_s)
        return sessions.service(place, constrain), frames

    async def respond(self, request: WebRequest) -> bytes:
        """Answer a request for a token."""
        made = json.dumps(self._access.make_token(request)).encode()
        return answer(200, made, {"Content-Type": "application/json"})

    def _next_sessions(self) -> Sessions:
        """Return what makes the session of one more connection, faulty or not."""
        if self._faulty.next():
            return self._sessions
        return replace(self._sessions, faults=Faults())
