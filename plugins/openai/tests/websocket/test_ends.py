"""What servers do to connections, and how connections end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from realtime_run.core.commands import SendText
from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.provider_events import (
    ProviderFailed,
    ResponseStarted,
)
from realtime_run.plugin.api import Opening
from realtime_run.wire.websocket import LARGEST_MESSAGE_BYTES
from realtime_run_openai.websocket import open_connection


@pytest.mark.parametrize(
    ("code", "was_clean"), [(1000, True), (1001, True), (1011, False), (4000, False)]
)
async def test_any_close_of_the_server_is_an_end(
    web: Any, code: int, was_clean: bool
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.close(code, "time is up")

    ended = await web.end_of(behave)

    assert ended.message == f"the server closed the connection ({code}): time is up"
    assert (ended.code, ended.was_clean) == (str(code), was_clean)
    assert ended.is_recoverable


async def test_an_end_without_a_close_is_an_end(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        connection.transport.abort()

    ended = await web.end_of(behave)

    assert ended.message == "the connection broke off without a close"
    assert (ended.code, ended.was_clean) == ("1006", False)


async def test_an_expired_session_ends_cleanly_with_the_servers_words(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        error = {"code": "session_expired", "message": "60 minutes are over."}
        await connection.send(web.event("error", error=error))
        await connection.close(1001, "60 minutes are over.")

    ended = await web.end_of(behave)

    assert (ended.message, ended.code) == ("60 minutes are over", "session_expired")
    assert ended.was_clean


async def test_a_server_that_answers_no_more_is_given_up(web: Any) -> None:
    over = asyncio.Event()

    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    async with web.serving(behave) as (url, _):
        async with open_connection(
            web.settings(url), Opening(), ping_s=0.1
        ) as connection:
            with pytest.raises(ConnectionClosedError) as ended:
                await connection.receive()
        over.set()

    assert ended.value.message == (
        "the server answers no more: a ping was left without an answer"
    )
    assert (ended.value.code, ended.value.was_clean) == ("1011", False)


async def test_a_message_beyond_all_measure_ends_the_connection(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send("x" * (LARGEST_MESSAGE_BYTES + 1))
        await connection.wait_closed()

    ended = await web.end_of(behave)

    assert ended.message == "the server sent a message of more than 16,777,216 bytes"
    assert ended.code == "1009"
    assert ended.is_recoverable


async def test_text_that_is_not_utf8_ends_the_connection_with_the_reason(
    web: Any,
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send(b"\xff\xfe", text=True)
        await connection.wait_closed()

    ended = await web.end_of(behave)

    assert ended.message == "the server sent text that is not UTF-8"


async def test_garbage_is_an_error_and_the_conversation_goes_on(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.send("nonsense")
        await connection.send(b"\xff\xfe")
        await connection.send(web.event("response.created", response={"id": "r1"}))
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        open_connection(web.settings(url), Opening()) as connection,
    ):
        events = [await connection.receive() for _ in range(3)]

    assert [type(e) for e in events] == [
        ProviderFailed,
        ProviderFailed,
        ResponseStarted,
    ]


async def test_a_message_that_trickles_in_is_received_whole(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)

        async def pieces() -> AsyncIterator[str]:
            for character in web.event("response.created", response={"id": "r1"}):
                await asyncio.sleep(0)
                yield character

        await connection.send(pieces())
        await connection.wait_closed()

    async with (
        web.serving(behave) as (url, _),
        open_connection(web.settings(url), Opening()) as connection,
    ):
        received = await connection.receive()

    assert received == ResponseStarted(response_id="r1")


async def test_sending_after_the_end_says_that_it_has_ended(web: Any) -> None:
    async def behave(connection: ServerConnection) -> None:
        await web.greet(connection)
        await connection.close()

    async with (
        web.serving(behave) as (url, _),
        open_connection(web.settings(url), Opening()) as connection,
    ):
        with pytest.raises(ConnectionClosedError):
            await connection.receive()
        with pytest.raises(ConnectionClosedError, match="server closed"):
            await connection.send(SendText(text="Hello?"))
