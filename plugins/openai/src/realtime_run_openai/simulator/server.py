"""The simulator: one port for WebSockets, calls and client secrets."""

import asyncio
import contextlib
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from realtime_run.plugin.simulation import Speech
from realtime_run.plugin.threads import run_in_thread
from realtime_run.simulation.script import read_script
from realtime_run.simulation.tones import Tones
from realtime_run_openai.simulator.access import Access
from realtime_run_openai.simulator.faults import Faults, parse_faults
from realtime_run_openai.simulator.sessions import Sessions
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings
from realtime_run_openai.simulator.web import (
    WebError,
    WebRequest,
    answer,
    error_answer,
    parse_object,
    read_request,
)
from realtime_run_openai.simulator.websocket_carrier import WebSocketCarrier

if TYPE_CHECKING:
    import ssl

    from realtime_run.plugin.simulation import TlsFiles
    from realtime_run_openai.simulator.call import Call

_HOST = "127.0.0.1"
_MOST_CONNECTIONS = 64
_HEAD_BYTES = 64 * 1024
_HEAD_S = 10.0
_CLOSE_S = 0.5
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
    script = None
    if settings.script is not None:
        script = await run_in_thread(read_script, settings.script)
    context = None
    if settings.tls is not None:
        context = await run_in_thread(_context, settings.tls)
    if settings.transport != "websocket":
        # aiortc takes half a second to import, which must not pass in a call.
        await run_in_thread(import_module, _CALL_MODULE)
    await speech.say("Hello.")  # a voice that cannot speak is told now, and to us
    sessions = Sessions(
        settings=settings,
        faults=parse_faults(settings.faults),
        script=script,
        speech=speech,
    )
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        door = _Door(sessions, group)
        try:
            server = await asyncio.start_server(
                door.admit, _HOST, settings.port, ssl=context, limit=_HEAD_BYTES
            )
            try:
                port = server.sockets[0].getsockname()[1]
                scheme = "http" if context is None else "https"
                yield f"{scheme}://{_HOST}:{port}/v1"
            finally:
                server.close()
                door.close()
        except Exception as error:  # noqa: BLE001 - raised below, as it is: no group
            failure = error
    if failure is not None:
        raise failure


def _context(tls: "TlsFiles") -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415 - 20 ms, and most simulators serve without

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


class _Door:
    """Lets clients in, and knows all that are inside."""

    def __init__(self, sessions: Sessions, group: asyncio.TaskGroup) -> None:
        self._sessions = sessions
        self._group = group
        self._access = Access(sessions.make_id)
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: dict[str, Call] = {}
        self._is_open = True

    def admit(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve a connection; called by the server for each."""
        if not self._is_open or len(self._tasks) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._start(self._serve(reader, writer))

    def close(self) -> None:
        """End every connection and call."""
        self._is_open = False
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Any) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                await self._answer(reader, writer)
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    writer.close()
                    await writer.wait_closed()
            writer.transport.abort()

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_S):
                request, head = await read_request(reader)
            if request.is_upgrade:
                await self._converse(request, head, reader, writer)
            else:
                writer.write(await self._respond(request))
        except WebError as error:
            writer.write(error_answer(error))
        await writer.drain()

    async def _converse(
        self,
        request: WebRequest,
        head: bytes,
        reader: StreamReader,
        writer: StreamWriter,
    ) -> None:
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
        carrier = WebSocketCarrier(reader, writer, sessions.faults.trickle_s)
        if await carrier.accept(head):
            await sessions.driver(service, carrier).run()

    async def _respond(self, request: WebRequest) -> bytes:
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
        self._connections += 1
        faulty = self._sessions.settings.faulty_connections
        if faulty is None or self._connections <= faulty:
            return self._sessions
        return replace(self._sessions, faults=Faults())

    async def _begin_call(
        self, request: WebRequest, session: dict[str, Any], sessions: Sessions
    ) -> bytes:
        if self._sessions.settings.transport == "websocket":
            raise WebError(404, "This simulator serves WebSockets only.")
        if len(self._calls) >= _MOST_CONNECTIONS:
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
        self._start(self._hold(call_id, call))
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
