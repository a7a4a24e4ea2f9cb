"""Connections to small servers on this machine, which do what servers do wrong."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from realtime_run.core.commands import AppendAudio, SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    AudioOutput,
    ProviderFailed,
    ResponseStarted,
)
from realtime_run.plugin.api import Connection, HistoryItem, Opening
from realtime_run_openai.settings import OpenAISettings
from realtime_run_openai.websocket import LARGEST_MESSAGE_BYTES, open_websocket

Behaviour = Callable[[ServerConnection], Awaitable[None]]


def event(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, **fields})


async def greet(connection: ServerConnection) -> dict[str, object]:
    """Do as a server does until the session is open; return the configuration."""
    await connection.send(event("session.created", session={"model": "m"}))
    update = json.loads(await connection.recv())
    await connection.send(event("session.updated", session={"model": "m"}))
    return update


@asynccontextmanager
async def serving(
    behave: Behaviour, **options: object
) -> AsyncIterator[tuple[str, Server]]:
    async with serve(behave, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1", server


def settings(url: str, **fields: object) -> OpenAISettings:
    return OpenAISettings.model_validate(
        {"base_url": url, "api_key": "sk-test", "transport": "websocket", **fields}
    )


async def _last_of(connection: Connection) -> None:
    while True:
        await connection.receive()


async def end_of(behave: Behaviour) -> ConnectionClosedError:
    """Return how a connection ends whose server behaves so after the greeting."""

    async def greet_and_behave(connection: ServerConnection) -> None:
        await greet(connection)
        with contextlib.suppress(ConnectionClosed):
            await behave(connection)

    async with (
        serving(greet_and_behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        with pytest.raises(ConnectionClosedError) as ended:
            await _last_of(connection)
    return ended.value


async def refused_by(
    answer: Callable[[ServerConnection, Request], Response],
) -> ProviderError:
    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    async with serving(never, process_request=answer) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_websocket(settings(url), Opening()):
                pass
    return refused.value


async def test_a_connection_says_who_it_is_and_configures_the_session() -> None:
    seen: dict[str, object] = {}

    async def behave(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen["path"] = request.path
        seen["key"] = request.headers["Authorization"]
        seen["agent"] = request.headers["User-Agent"]
        seen["extensions"] = request.headers.get("Sec-WebSocket-Extensions")
        seen["update"] = await greet(connection)
        seen["history"] = json.loads(await connection.recv())
        await connection.wait_closed()

    opening = Opening(
        instructions="Be brief.", history=(HistoryItem(role="user", text="Hi."),)
    )
    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url, model="gpt-realtime-2.1"), opening) as connection,
    ):
        config = connection.session_config

    assert config == {"model": "m"}
    assert seen["path"] == "/v1/realtime?model=gpt-realtime-2.1"
    assert seen["key"] == "Bearer sk-test"
    assert seen["agent"] == "realtime-run"
    assert seen["extensions"] is None
    assert seen["update"]["session"]["instructions"] == "Be brief."
    assert seen["history"]["item"]["content"][0]["text"] == "Hi."


async def test_a_spoken_turn_goes_there_and_back() -> None:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        append = json.loads(await connection.recv())
        await connection.send(event("response.created", response={"id": "r1"}))
        await connection.send(
            event(
                "response.output_audio.delta",
                response_id="r1",
                item_id="a1",
                delta=append["audio"],
            )
        )
        await connection.wait_closed()

    pcm = bytes(range(240)) * 4
    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        await connection.send(AppendAudio(pcm=Pcm(pcm, 24_000)))
        events = [await connection.receive(), await connection.receive()]

    assert events == [
        ResponseStarted(response_id="r1"),
        AudioOutput(response_id="r1", pcm=pcm, item_id="a1"),
    ]


async def test_leaving_closes_the_connection_politely_and_soon() -> None:
    closed: asyncio.Queue[int | None] = asyncio.Queue()

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.wait_closed()
        closed.put_nowait(connection.close_code)

    async with serving(behave) as (url, _):
        with pytest.raises(LookupError):
            async with open_websocket(settings(url), Opening()):
                raise LookupError
        code = await closed.get()

    assert code == 1000


async def test_a_refused_key_is_told_in_the_servers_words() -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        body = {"error": {"code": "invalid_api_key", "message": "Incorrect API key."}}
        return connection.respond(HTTPStatus.UNAUTHORIZED, json.dumps(body))

    refused = await refused_by(answer)

    assert refused.message == (
        "the server refused the connection (HTTP 401): Incorrect API key; check the key"
    )
    assert (refused.code, refused.setting) == ("invalid_api_key", "provider.api_key")
    assert not refused.is_recoverable


async def test_a_server_that_is_overloaded_is_tried_again() -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later")

    refused = await refused_by(answer)

    assert refused.message == "the server refused the connection (HTTP 503): later"
    assert refused.is_recoverable


async def test_the_key_does_not_follow_a_redirect() -> None:
    asked: list[str] = []

    def answer(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "/elsewhere"
        return response

    refused = await refused_by(answer)

    assert refused.setting == "provider.base_url"
    assert len(asked) == 1


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(ProviderError) as refused:
        async with open_websocket(settings(f"ws://127.0.0.1:{port}"), Opening()):
            pass

    assert refused.value.code == "unreachable"
    assert refused.value.message.startswith("cannot reach 127.0.0.1: ")
    assert refused.value.is_recoverable


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async def never(connection: ServerConnection) -> None:
        raise AssertionError

    context = await asyncio.to_thread(_self_signed, tmp_path / "both.pem")
    async with serving(never, ssl=context) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_websocket(settings(f"wss{url[2:]}"), Opening()):
                pass

    assert refused.value.message.startswith(
        "the certificate of 127.0.0.1 is not trusted: "
    )
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


async def test_a_server_of_another_protocol_is_no_crash() -> None:
    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 smtp.example.com\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ProviderError) as refused:
            async with open_websocket(settings(f"ws://127.0.0.1:{port}"), Opening()):
                pass

    assert refused.value.setting == "provider.base_url"


async def test_this_machine_is_never_reached_by_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "ws_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.wait_closed()

    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        config = connection.session_config

    assert config == {"model": "m"}


async def test_a_server_that_greets_nobody_is_given_up_in_time() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serving(behave) as (url, _):
        with pytest.raises(ProviderError) as refused:
            async with open_websocket(
                settings(url, connect_timeout="500ms"), Opening()
            ):
                pass

    assert refused.value.message == (
        "127.0.0.1 took longer than 0.5 s to begin the session"
    )
    assert refused.value.code == "timeout"


async def test_a_session_that_the_server_refuses_is_not_opened() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send(event("session.created", session={}))
        update = json.loads(await connection.recv())
        error = {
            "message": "Unknown voice 'bob'.",
            "param": "session.audio.output.voice",
            "event_id": update["event_id"],
        }
        await connection.send(event("error", error=error))
        await connection.wait_closed()

    async with serving(behave) as (url, _):
        with pytest.raises(ProviderError, match="Unknown voice 'bob'") as refused:
            async with open_websocket(settings(url), Opening()):
                pass

    assert refused.value.setting == "provider.voice"
    assert not refused.value.is_recoverable


@pytest.mark.parametrize(
    ("code", "was_clean"), [(1000, True), (1001, True), (1011, False), (4000, False)]
)
async def test_any_close_of_the_server_is_an_end(code: int, was_clean: bool) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.close(code, "time is up")

    ended = await end_of(behave)

    assert ended.message == f"the server closed the connection ({code}): time is up"
    assert (ended.code, ended.was_clean) == (str(code), was_clean)
    assert ended.is_recoverable


async def test_an_end_without_a_close_is_an_end() -> None:
    async def behave(connection: ServerConnection) -> None:
        connection.transport.abort()

    ended = await end_of(behave)

    assert ended.message == "the connection broke off without a close"
    assert (ended.code, ended.was_clean) == ("1006", False)


async def test_an_expired_session_ends_cleanly_with_the_servers_words() -> None:
    async def behave(connection: ServerConnection) -> None:
        error = {"code": "session_expired", "message": "60 minutes are over."}
        await connection.send(event("error", error=error))
        await connection.close(1001, "60 minutes are over.")

    ended = await end_of(behave)

    assert (ended.message, ended.code) == ("60 minutes are over", "session_expired")
    assert ended.was_clean


async def test_a_server_that_answers_no_more_is_given_up() -> None:
    over = asyncio.Event()

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    async with serving(behave) as (url, _):
        async with open_websocket(settings(url), Opening(), ping_s=0.1) as connection:
            with pytest.raises(ConnectionClosedError) as ended:
                await connection.receive()
        over.set()

    assert ended.value.message == (
        "the server answers no more: a ping was left without an answer"
    )
    assert (ended.value.code, ended.value.was_clean) == ("1011", False)


async def test_a_message_beyond_all_measure_ends_the_connection() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send("x" * (LARGEST_MESSAGE_BYTES + 1))
        await connection.wait_closed()

    ended = await end_of(behave)

    assert ended.message == "the server sent a message of more than 16,777,216 bytes"
    assert ended.code == "1009"
    assert ended.is_recoverable


async def test_text_that_is_not_utf8_ends_the_connection_with_the_reason() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send(b"\xff\xfe", text=True)
        await connection.wait_closed()

    ended = await end_of(behave)

    assert ended.message == "the server sent text that is not UTF-8"


async def test_garbage_is_an_error_and_the_conversation_goes_on() -> None:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.send("nonsense")
        await connection.send(b"\xff\xfe")
        await connection.send(event("response.created", response={"id": "r1"}))
        await connection.wait_closed()

    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        events = [await connection.receive() for _ in range(3)]

    assert [type(e) for e in events] == [
        ProviderFailed,
        ProviderFailed,
        ResponseStarted,
    ]


async def test_a_message_that_trickles_in_is_received_whole() -> None:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)

        async def pieces() -> AsyncIterator[str]:
            for character in event("response.created", response={"id": "r1"}):
                await asyncio.sleep(0)
                yield character

        await connection.send(pieces())
        await connection.wait_closed()

    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        received = await connection.receive()

    assert received == ResponseStarted(response_id="r1")


async def test_sending_after_the_end_says_that_it_has_ended() -> None:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.close()

    async with (
        serving(behave) as (url, _),
        open_websocket(settings(url), Opening()) as connection,
    ):
        with pytest.raises(ConnectionClosedError):
            await connection.receive()
        with pytest.raises(ConnectionClosedError, match="server closed"):
            await connection.send(SendText(text="Hello?"))
