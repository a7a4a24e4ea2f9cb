"""A codec and a server of a few lines, over a real WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from realtime_run.core.commands import Command, SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderNoted
from realtime_run.wire.codec import Outcome
from realtime_run.wire.connection import WireConnection
from realtime_run.wire.websocket import Server, open_websocket

Behaviour = Callable[[ServerConnection], Awaitable[None]]


class Notes:
    """A codec that reports every text as a note, and knows one fatal reason."""

    def __init__(self) -> None:
        self.acknowledged: Mapping[str, object] | None = None
        self.failure: ProviderError | None = None
        self.deadline: float | None = None
        self.ended: ConnectionClosedError | None = None

    def receive(self, text: str | bytes, at_s: float) -> Outcome:
        said = text if isinstance(text, str) else text.decode()
        if said == "ready":
            self.acknowledged = {"model": "m"}
            return Outcome()
        return Outcome(events=(ProviderNoted(message=said),))

    def ask(self, command: Command, at_s: float) -> Outcome:
        assert isinstance(command, SendText)
        return Outcome(messages=(json.dumps(command.text),))

    def tick(self, at_s: float) -> Outcome:
        self.deadline = None
        return Outcome(events=(ProviderNoted(message="it is time"),))

    def closed(self, why: ConnectionClosedError, at_s: float) -> Outcome:
        self.ended = why
        if why.reason == "no such model":
            message = "the model is unknown"
            self.failure = ProviderError(message, is_recoverable=False)
        return Outcome(events=(ProviderNoted(message="goodbye"),))


def refused(status: int, body: str) -> ProviderError:
    return ProviderError(f"{status}: {body}", is_recoverable=False)


@asynccontextmanager
async def opened(
    behave: Behaviour,
    codec: Notes,
    answer: Callable[[ServerConnection, Request], Response] | None = None,
    timeout_s: float = 5.0,
) -> AsyncIterator[WireConnection]:
    async with serve(behave, "127.0.0.1", 0, process_request=answer) as listening:
        port = listening.sockets[0].getsockname()[1]
        server = Server(
            url=f"ws://127.0.0.1:{port}/live",
            headers={"x-key": "k"},
            refusal=refused,
            url_setting="provider.endpoint",
            blamed=None,
            timeout_s=timeout_s,
        )

        async def begin(connection: WireConnection) -> None:
            hello = Outcome(messages=('"hello"',))
            await connection.exchange(hello, lambda: codec.acknowledged is not None)

        async with open_websocket(server, codec, begin) as connection:
            yield connection


async def greet(connection: ServerConnection) -> None:
    assert await connection.recv() == '"hello"'
    await connection.send("ready")


def closing(code: int, reason: str) -> Behaviour:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.close(code, reason)

    return behave


async def end_of(context: AbstractAsyncContextManager[WireConnection]) -> ProviderError:
    async with context as connection:
        assert await connection.receive() == ProviderNoted(message="goodbye")
        with pytest.raises(ProviderError) as ended:
            await connection.receive()
    return ended.value


async def test_messages_go_both_ways_once_the_session_is_acknowledged() -> None:
    seen: list[str | bytes] = []

    async def behave(connection: ServerConnection) -> None:
        seen.append(connection.request.headers["x-key"])  # type: ignore[union-attr]  # there
        await greet(connection)
        seen.append(await connection.recv())
        await connection.send(b"in bytes")
        await connection.wait_closed()

    async with opened(behave, Notes()) as connection:
        await connection.send(SendText(text="hi"))
        event = await connection.receive()

        assert connection.session_config == {"model": "m"}
    assert event == ProviderNoted(message="in bytes")
    assert seen == ["k", '"hi"']


async def test_the_codec_is_told_when_its_time_has_come() -> None:
    codec = Notes()

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.wait_closed()

    async with opened(behave, codec) as connection:
        codec.deadline = asyncio.get_running_loop().time()
        await connection.send(SendText(text="look again"))

        assert await connection.receive() == ProviderNoted(message="it is time")


async def test_the_codec_says_what_the_servers_reason_means() -> None:
    codec = Notes()

    error = await end_of(opened(closing(1008, "no such model"), codec))

    assert (error.message, error.is_recoverable) == ("the model is unknown", False)
    assert codec.ended is not None
    assert (codec.ended.code, codec.ended.reason) == ("1008", "no such model")


async def test_an_end_that_means_nothing_to_the_codec_is_an_end() -> None:
    error = await end_of(opened(closing(1011, "deadline"), Notes()))

    assert isinstance(error, ConnectionClosedError)
    assert error.message == "the server closed the connection (1011): deadline"
    assert (error.was_clean, error.is_recoverable) == (False, True)


async def test_the_plugin_says_what_a_refused_request_means() -> None:
    def answer(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(HTTPStatus.FORBIDDEN, "who are you")

    with pytest.raises(ProviderError, match="403: who are you"):
        async with opened(greet, Notes(), answer):
            pass


async def test_a_session_that_is_not_acknowledged_in_time_is_given_up() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.wait_closed()

    with pytest.raises(ProviderError) as slow:
        async with opened(behave, Notes(), timeout_s=0.2):
            pass

    said = "127.0.0.1 took longer than 0.2 s to begin the session"
    assert slow.value.message == said
    assert slow.value.setting == "provider.connect_timeout"


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        ("ftp://me:hush@proxy.invalid:1", "scheme ftp isn't supported"),
        ("http://me:hush@", "hostname isn't provided"),
        ("socks5://me:hush@proxy.invalid:1", "python-socks"),
    ],
)
async def test_a_proxy_that_makes_no_sense_is_told_without_its_password(
    proxy: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    server = Server(
        url="ws://service.invalid/live",
        headers={},
        refusal=refused,
        url_setting="provider.endpoint",
        blamed=None,
        timeout_s=5.0,
    )

    async def begin(connection: WireConnection) -> None:
        raise AssertionError(connection)

    with pytest.raises(ProviderError) as raised:
        async with open_websocket(server, Notes(), begin):
            pass

    assert raised.value.code == "proxy"
    assert not raised.value.is_recoverable
    assert why in str(raised.value)
    assert "hush" not in str(raised.value)
