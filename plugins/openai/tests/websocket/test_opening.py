"""How connections come about, or do not."""

import asyncio
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from realtime_run.core.commands import AppendAudio
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    AudioOutput,
    ResponseStarted,
)
from realtime_run.plugin.api import HistoryItem, Opening
from realtime_run_openai.websocket import open_connection


async def test_a_connection_says_who_it_is_and_configures_the_session(web: Any) -> None:
    seen: dict[str, object] = {}

    async def behave(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen["path"] = request.path
        seen["key"] = request.headers["Authorization"]
        seen["agent"] = request.headers["User-Agent"]
        seen["extensions"] = request.headers.get("Sec-WebSocket-Extensions")
        seen["update"] = await web.greet(connection)
        seen["history"] = json.loads(await connection.recv())
        await connection.wait_closed()

    opening = Opening(
        instructions="Be brief.", history=(HistoryItem(role="user", text="Hi."),)
    )
    async with (
        web.serving(behave) as (url, _),
        open_connection(
            web.settings(url, model="gpt-realtime-2.1"), opening
        ) as connection,
    ):
        config = connection.session_config

    assert config == {"model": "m"}
    assert seen["path"] == "/v1/realtime?model=gpt-realtime-2.1"
    assert seen["key"] == "Bearer sk-test"
    assert seen["agent"] == "realtime-run"
    assert seen["extensions"] is None
    assert seen["update"]["session"]["instructions"] == "Be brief."
    assert seen["history"]["item"]["content"][0]["text"] == "Hi."


async def test_a_spoken_turn_goes_there_and_back(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        append = json.loads(await connection.recv())
        await connection.send(web.event("response.created", response={"id": "r1"}))
        await connection.send(
            web.event(
                "response.output_audio.delta",
                response_id="r1",
                item_id="a1",
                delta=append["audio"],
            )
        )
        await connection.wait_closed()

    pcm = bytes(range(240)) * 4
    async with (
        web.serving(behave) as (url, _),
        open_connection(web.settings(url), Opening()) as connection,
    ):
        await connection.send(AppendAudio(pcm=Pcm(pcm, 24_000)))
        events = [await connection.receive(), await connection.receive()]

    assert events == [
        ResponseStarted(response_id="r1"),
        AudioOutput(response_id="r1", pcm=pcm, item_id="a1"),
    ]


async def test_leaving_closes_the_connection_politely_and_soon(web: Any) -> None:
    closed: asyncio.Queue[int | None] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.wait_closed()
        closed.put_nowait(connection.close_code)

    async with web.serving(behave) as (url, _):
        with pytest.raises(LookupError):
            async with open_connection(web.settings(url), Opening()):
                raise LookupError
        code = await closed.get()

    assert code == 1000


async def test_a_refused_key_is_told_in_the_servers_words(web: Any) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        body = {"error": {"code": "invalid_api_key", "message": "Incorrect API key."}}
        return connection.respond(HTTPStatus.UNAUTHORIZED, json.dumps(body))

    refused = await web.refused_by(answer)

    assert refused.message == (
        "the server refused the connection (HTTP 401): Incorrect API key; check the key"
    )
    assert (refused.code, refused.setting) == ("invalid_api_key", "provider.api_key")
    assert not refused.is_recoverable


async def test_a_server_that_is_overloaded_is_tried_again(web: Any) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later")

    refused = await web.refused_by(answer)

    assert refused.message == "the server refused the connection (HTTP 503): later"
    assert refused.is_recoverable


async def test_the_key_does_not_follow_a_redirect(web: Any) -> None:
    asked: list[str] = []

    def answer(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "/elsewhere"
        return response

    refused = await web.refused_by(answer)

    assert refused.setting == "provider.base_url"
    assert len(asked) == 1


async def test_a_server_that_is_not_there_is_tried_again(web: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(ProviderError) as refused:
        async with open_connection(web.settings(f"ws://127.0.0.1:{port}"), Opening()):
            pass

    assert refused.value.code == "unreachable"
    assert refused.value.message == f"cannot reach 127.0.0.1:{port}: connection refused"
    assert refused.value.is_recoverable


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    web: Any, tmp_path: Path
) -> None:
    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    context = await asyncio.to_thread(_self_signed, tmp_path / "both.pem")
    async with web.serving(never, ssl=context) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_connection(web.settings(f"wss{url[2:]}"), Opening()):
                pass

    assert "is not trusted: self-signed certificate; if" in refused.value.message
    assert not refused.value.is_recoverable


def _self_signed(path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_a_server_of_another_protocol_is_no_crash(web: Any) -> None:
    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 smtp.example.com\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ProviderError) as refused:
            async with open_connection(
                web.settings(f"ws://127.0.0.1:{port}"), Opening()
            ):
                pass

    assert refused.value.setting == "provider.base_url"


async def test_this_machine_is_never_reached_by_a_proxy(
    web: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "ws_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        open_connection(web.settings(url), Opening()) as connection,
    ):
        config = connection.session_config

    assert config == {"model": "m"}


async def test_a_server_that_greets_nobody_is_given_up_in_time(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with web.serving(behave) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_connection(
                web.settings(url, connect_timeout="500ms"), Opening()
            ):
                pass

    assert refused.value.message == (
        "127.0.0.1 took longer than 0.5 s to begin the session"
    )
    assert refused.value.code == "timeout"


async def test_a_session_that_the_server_refuses_is_not_opened(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send(web.event("session.created", session={}))
        update = json.loads(await connection.recv())
        error = {
            "message": "Unknown voice 'bob'.",
            "param": "session.audio.output.voice",
            "event_id": update["event_id"],
        }
        await connection.send(web.event("error", error=error))
        await connection.wait_closed()

    async with web.serving(behave) as (url, _):
        with pytest.raises(ProviderError, match="Unknown voice 'bob'") as refused:
            async with open_connection(web.settings(url), Opening()):
                pass

    assert refused.value.setting == "provider.voice"
    assert not refused.value.is_recoverable
