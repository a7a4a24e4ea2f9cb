"""The simulator: one port for WebSockets, calls and client secrets."""

import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from realtime_run.plugin.simulation import Speech
from realtime_run.plugin.threads import run_in_thread
from realtime_run.simulation.door import MOST_CONNECTIONS, Door, opened
from realtime_run.simulation.start import Faulty, ready
from realtime_run.simulation.tones import Tones
from realtime_run.simulation.web import (
    WebError,
    WebRequest,
    answer,
    parse_object,
)
from realtime_run.simulation.websocket_carrier import Frames
from realtime_run_openai.simulator.access import Access
from realtime_run_openai.simulator.faults import Faults, parse_faults
from realtime_run_openai.simulator.service import Service
from realtime_run_openai.simulator.sessions import Sessions
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

if TYPE_CHECKING:
    from realtime_run_openai.simulator.call import Call

_CALL_MODULE = "realtime_run_openai.simulator.call"


class OpenAISimulator:
    """A server that behaves as OpenAI Realtime does. Making one opens nothing."""

    def __init__(self, settings: OpenAISimulatorSettings) -> None:
        self._settings = settings

    def open(self, speech: Speech | None) -> AbstractAsyncContextManager[str]:
        """Serve on 127.0.0.1, and give the URL; leaving closes it and every connection.

        Args:
            speech: The voice to speak with; None: tones.

        Returns:
            What yields a base URL such as `http://127.0.0.1:8765/v1`.

        Raises:
            OSError: If the port is taken, or the certificate cannot be read.
            SpecError: If the script is wrong.
            ProviderError: If the voice cannot speak.
        """
        return _open(self._settings, speech or Tones())


@asynccontextmanager
async def _open(
    settings: OpenAISimulatorSettings, speech: Speech
) -> AsyncGenerator[str, None]:
    if settings.transport != "websocket":
        # aiortc takes half a second to import, which must not pass in a call.
        await run_in_thread(import_module, _CALL_MODULE)
    script = await ready(settings, speech)
    sessions = Sessions(
        settings=settings,
        faults=parse_faults(settings.faults),
        script=script,
        speech=speech,
    )
    async with opened(settings.port, settings.tls) as (door, listening):
        reception = _Reception(sessions, door)
        async with listening.serving(reception) as url:
            yield f"{url}/v1"


class _Reception:
    """Lets clients in, by their keys."""

    def __init__(self, sessions: Sessions, door: Door) -> None:
        self._sessions = sessions
        self._door = door
        self._access = Access(sessions.make_id)
        self._faulty = Faulty(sessions.settings.faulty_connections)
        self._calls: dict[str, Call] = {}

    @property
    def speech(self) -> Speech:
        """The voice of every session."""
        return self._sessions.speech

    def converse(self, request: WebRequest) -> tuple[Service, Frames]:
        """Return the session for a WebSocket."""
        sessions = self._next_sessions()
        session = self._access.session_of(request, sessions.faults)
        if not request.path.endswith("/realtime"):
            raise WebError(404, f"Invalid URL (GET {request.path})")
        if self._sessions.settings.transport == "webrtc":
            raise WebError(404, "This simulator serves WebRTC only.")
        if "call_id" in request.query:
            message = "The simulator cannot join a call by its call_id."
            raise WebError(404, message, param="call_id")
        model = request.query.get("model") or str(session.get("model") or "")
        service = sessions.service(
            "websocket", model, {**session, "model": model} if session else {}
        )
        frames = Frames(trickle_s=sessions.faults.trickle_s, subprotocol="realtime")
        return service, frames

    async def respond(self, request: WebRequest) -> bytes:
        """Answer a request for a call, or for a key."""
        path = request.path
        is_call = path.endswith("/realtime/calls")
        sessions = self._next_sessions() if is_call else self._sessions
        session = self._access.session_of(request, sessions.faults)
        if request.method != "POST":
            raise WebError(405, f"Not allowed: {request.method} {path}")
        if path.endswith("/realtime/client_secrets"):
            made = self._access.make_secret(request.json())
            headers = {"Content-Type": "application/json"}
            return answer(200, json.dumps(made).encode(), headers)
        if is_call:
            return await self._begin_call(request, session, sessions)
        if path.endswith("/hangup"):
            return self._hang_up(path.split("/")[-2])
        raise WebError(404, f"Invalid URL (POST {path})")

    def _next_sessions(self) -> Sessions:
        """Return what makes the session of one more connection, faulty or not."""
        if self._faulty.next():
            return self._sessions
        return replace(self._sessions, faults=Faults())

    async def _begin_call(
        self, request: WebRequest, session: dict[str, Any], sessions: Sessions
    ) -> bytes:
        if self._sessions.settings.transport == "websocket":
            raise WebError(404, "This simulator serves WebSockets only.")
        if len(self._calls) >= MOST_CONNECTIONS:
            raise WebError(429, "Too many calls.", code="rate_limit_exceeded")
        rejected = sessions.faults.reject_update
        if rejected is not None:
            message = f"Invalid value for '{rejected}'."
            raise WebError(400, message, code="invalid_value", param=rejected)
        offer, asked = _offer(request)
        session = {**session, **asked}
        service = sessions.service(
            "webrtc",
            str(session.get("model") or request.query.get("model", "")),
            session,
        )
        from realtime_run_openai.simulator.call import (  # noqa: PLC0415 - aiortc
            Call,
        )

        call_id = self._sessions.make_id("rtc")
        call = Call(sessions, service, offer)
        self._calls[call_id] = call
        self._door.start(self._hold(call_id, call))
        headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Location": f"/v1/realtime/calls/{call_id}",
        }
        return answer(201, (await call.answer()).encode(), headers)

    async def _hold(self, call_id: str, call: "Call") -> None:
        try:
            await call.run()
        finally:
            del self._calls[call_id]

    def _hang_up(self, call_id: str) -> bytes:
        call = self._calls.get(call_id)
        if call is None:
            raise WebError(404, f"No call with id '{call_id}'.", code="call_not_found")
        call.hang_up()
        return answer(200, b"")


def _offer(request: WebRequest) -> tuple[str, dict[str, Any]]:
    """Return a call's offer, and the session that stands beside it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/sdp":
        return request.body.decode("utf-8", "replace"), {}
    if kind != "multipart/form-data":
        message = f"Unsupported content type: '{kind}'."
        raise WebError(400, message, code="unsupported_content_type")
    parts = request.parts()
    if "sdp" not in parts:
        message = "Missing required parameter: 'sdp'."
        raise WebError(400, message, code="missing_required_parameter", param="sdp")
    session = parse_object(parts["session"]) if "session" in parts else {}
    return parts["sdp"].decode("utf-8", "replace"), session
