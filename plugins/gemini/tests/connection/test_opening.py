"""How connections come about, or do not."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderNoted
from realtime_run.plugin.api import Connection, HistoryItem, Opening, Resumption

HISTORY = (
    HistoryItem(role="user", text="My name is Ann."),
    HistoryItem(role="assistant", text="Hello, Ann."),
)
V1BETA = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


async def last_of(connection: Connection) -> ProviderError:
    try:
        while True:
            await connection.receive()
    except ProviderError as error:
        return error


async def test_a_connection_says_who_it_is_and_sets_up_the_session(web: Any) -> None:
    seen: dict[str, Any] = {}

    async def behave(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen["path"] = request.path
        seen["key"] = request.headers["x-goog-api-key"]
        seen["agent"] = request.headers["User-Agent"]
        seen["extensions"] = request.headers.get("Sec-WebSocket-Extensions")
        seen["setup"] = await web.greet(connection)
        await connection.wait_closed()

    opening = Opening(instructions="Be brief.")
    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(opening) as connection,
    ):
        config = connection.session_config

    assert seen["path"] == f"/ws/{V1BETA}"
    assert seen["key"] == "key"
    assert seen["agent"] == "realtime-run"
    assert seen["extensions"] is None
    assert seen["setup"]["model"] == "models/gemini-3.8-live"
    assert seen["setup"]["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert config == seen["setup"]


async def test_what_was_said_before_follows_the_setup(web: Any) -> None:
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        told.put_nowait(json.loads(await connection.recv()))
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(Opening(history=HISTORY)),
    ):
        content = (await told.get())["clientContent"]

    assert [turn["role"] for turn in content["turns"]] == ["user", "model"]


async def test_leaving_closes_the_connection_politely(web: Any) -> None:
    closed: asyncio.Queue[int | None] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.wait_closed()
        closed.put_nowait(connection.close_code)

    async with web.serving(behave) as (url, _):
        with pytest.raises(LookupError):
            async with web.provider(url).connect(Opening()):
                raise LookupError
        code = await closed.get()

    assert code == 1000


async def test_a_refused_key_is_told_in_googles_words(web: Any) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        body = {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
                "details": [{"reason": "API_KEY_INVALID"}],
            }
        }
        return connection.respond(HTTPStatus.BAD_REQUEST, json.dumps(body))

    refused = await web.refused_by(answer)

    assert refused.message == (
        "the server refused the connection (HTTP 400): API key not valid. Please pass"
        " a valid API key; check the key, and what it is allowed"
    )
    assert (refused.code, refused.setting) == ("API_KEY_INVALID", "provider.api_key")
    assert not refused.is_recoverable


async def test_a_path_that_is_not_there_puts_the_blame_on_the_endpoint(
    web: Any,
) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        page = "<!DOCTYPE html><html><title>Error 404 (Not Found)</title></html>"
        return connection.respond(HTTPStatus.NOT_FOUND, page)

    refused = await web.refused_by(answer)

    assert refused.message == (
        "the server refused the connection (HTTP 404): Error 404 (Not Found)"
    )
    assert (refused.setting, refused.is_recoverable) == ("provider.endpoint", False)


async def test_the_key_does_not_follow_a_redirect(web: Any) -> None:
    asked: list[str] = []

    def answer(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "/elsewhere"
        return response

    refused = await web.refused_by(answer)

    assert asked == [f"/ws/{V1BETA}"]
    assert refused.setting == "provider.endpoint"


async def test_a_server_that_speaks_no_websocket_is_named(web: Any) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        refused = await web.refused(f"http://127.0.0.1:{port}", Opening())

    assert refused.message.startswith(
        "127.0.0.1 does not speak WebSocket at this address: "
    )
    assert (refused.code, refused.setting) == ("handshake", "provider.endpoint")


async def test_a_server_that_does_not_set_up_in_time_is_left(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with web.serving(behave) as (url, _):
        refused = await web.refused(url, Opening(), connect_timeout="500ms")

    assert refused.message == "127.0.0.1 took longer than 0.5 s to begin the session"
    assert refused.setting == "provider.connect_timeout"
    assert refused.is_recoverable


@pytest.mark.parametrize(
    ("code", "reason", "setting"),
    [
        (
            1008,
            "models/gemini-9 is not found for API version v1beta, or is not supported",
            "provider.model",
        ),
        (1007, "API key not valid. Please pass a valid API key.", "provider.api_key"),
        (1007, "Request contains an invalid argument.", None),
        (1011, "You exceeded your current quota, please check your plan", None),
    ],
)
async def test_a_refused_setup_ends_the_session_with_the_servers_reason(
    web: Any, code: int, reason: str, setting: str | None
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(code, reason)

    async with web.serving(behave) as (url, _):
        refused = await web.refused(url, Opening())

    assert reason.rstrip(".") in refused.message
    assert (refused.code, refused.setting) == (str(code), setting)
    assert not refused.is_recoverable


async def test_a_close_in_the_conversation_that_waiting_cannot_mend_ends_it(
    web: Any,
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.close(1007, "Request contains an invalid argument.")

    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(Opening()) as connection,
    ):
        ended = await last_of(connection)

    assert ended.message == (
        "the server ended the session (1007): Request contains an invalid argument"
    )
    assert not ended.is_recoverable


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1000, ""),
        (1001, ""),
        (1011, "Deadline expired before operation could complete."),
        (1011, "The service is currently unavailable."),
        (1012, ""),
    ],
)
async def test_another_close_leaves_the_session_to_connect_again(
    web: Any, code: int, reason: str
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.close(code, reason)

    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(Opening()) as connection,
    ):
        ended = await last_of(connection)

    assert isinstance(ended, ConnectionClosedError)
    assert (ended.code, ended.reason) == (str(code), reason)
    assert ended.is_recoverable


RESUMING = Opening(history=HISTORY, resume=Resumption(handle="h-1"))


async def test_a_session_goes_on_by_its_handle(web: Any) -> None:
    setups: list[dict[str, Any]] = []

    async def behave(connection: ServerConnection) -> None:
        setups.append(await web.greet(connection))
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(RESUMING) as connection,
    ):
        config = connection.session_config

    (setup,) = setups
    assert setup["sessionResumption"] == {"handle": "h-1"}
    assert "h-1" not in str(config)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1007, "Request contains an invalid argument."),
        (1008, "BidiGenerateContent session not found"),
    ],
)
async def test_where_the_handle_is_refused_a_new_session_is_told_the_history(
    web: Any, code: int, reason: str
) -> None:
    setups: list[dict[str, Any]] = []
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        setup = json.loads(await connection.recv())["setup"]
        setups.append(setup)
        if setup["sessionResumption"]:
            await connection.close(code, reason)
            return
        await connection.send(web.message(setupComplete={}))
        told.put_nowait(json.loads(await connection.recv()))
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        web.provider(url).connect(RESUMING) as connection,
    ):
        history = (await told.get())["clientContent"]["turns"]
        while not isinstance(noted := await connection.receive(), ProviderNoted):
            pass

    assert [setup["sessionResumption"] for setup in setups] == [{"handle": "h-1"}, {}]
    assert [turn["role"] for turn in history] == ["user", "model"]
    assert noted.level == "warning"
    assert reason.rstrip(".") in noted.message


async def test_a_new_session_that_is_refused_too_is_the_end(web: Any) -> None:
    attempts: list[Any] = []

    async def behave(connection: ServerConnection) -> None:
        attempts.append(json.loads(await connection.recv()))
        await connection.close(1007, "Request contains an invalid argument.")

    async with web.serving(behave) as (url, _):
        refused = await web.refused(url, RESUMING)

    assert len(attempts) == 2
    assert not refused.is_recoverable


async def test_a_server_that_is_away_is_not_asked_again_without_the_handle(
    web: Any,
) -> None:
    attempts: list[Any] = []

    async def behave(connection: ServerConnection) -> None:
        attempts.append(json.loads(await connection.recv()))
        await connection.close(1011, "The service is currently unavailable.")

    async with web.serving(behave) as (url, _):
        refused = await web.refused(url, RESUMING)

    assert len(attempts) == 1
    assert refused.is_recoverable
