"""Connections to small servers of our own: how they come about, and how they do not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from realtime_run.core.commands import SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ResponseDone
from realtime_run.plugin.provider_api import HistoryItem, Opening
from realtime_run_qwen.settings import QwenSettings
from realtime_run_qwen.websocket import open_connection

Behaviour = Callable[[ServerConnection], Awaitable[None]]

ADA = Opening(
    history=(
        HistoryItem(role="user", text="I am Ada."),
        HistoryItem(role="assistant", text="Hello Ada."),
    )
)


def event(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, "event_id": "event_1", **fields})


async def greet(connection: ServerConnection) -> dict[str, Any]:
    """Do as the service does until the session is open; return what it was told."""
    await connection.send(event("session.created", session={"model": "m"}))
    update: dict[str, Any] = json.loads(await connection.recv())
    await connection.send(event("session.updated", session=update["session"]))
    return update


@asynccontextmanager
async def serving(behave: Behaviour, **options: Any) -> AsyncIterator[str]:
    async with serve(behave, "127.0.0.1", 0, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/api-ws/v1"


def settings(url: str, **given: Any) -> QwenSettings:
    return QwenSettings.model_validate({"base_url": url, "api_key": "sk-test", **given})


async def never(connection: ServerConnection) -> None:
    raise AssertionError(connection)


async def test_a_connection_says_who_it_is_and_configures_the_session() -> None:
    seen: dict[str, Any] = {}

    async def behave(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen["path"] = connection.request.path
        seen["headers"] = connection.request.headers
        seen["update"] = await greet(connection)
        await connection.wait_closed()

    async with (
        serving(behave) as url,
        open_connection(settings(url, workspace="ws-1"), ADA) as connection,
    ):
        config = connection.session_config

    assert seen["path"] == "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime"
    assert seen["headers"]["Authorization"] == "Bearer sk-test"
    assert seen["headers"]["X-DashScope-WorkSpace"] == "ws-1"
    assert seen["update"]["type"] == "session.update"
    assert "User: I am Ada." in seen["update"]["session"]["instructions"]
    assert config == seen["update"]["session"]


async def test_nothing_but_the_session_is_sent_before_somebody_speaks() -> None:
    received: list[str | bytes] = []

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        received.extend([text async for text in connection])

    async with serving(behave) as url, open_connection(settings(url), ADA):
        pass

    assert received == []


@pytest.mark.parametrize(
    ("model", "items", "is_told"),
    [("qwen3.5-omni-plus-realtime", 1, False), ("qwen3-omni-flash-realtime", 0, True)],
)
async def test_what_is_unanswered_is_said_again_where_the_model_takes_texts(
    model: str, items: int, *, is_told: bool
) -> None:
    received: list[Any] = []
    told: list[str] = []

    async def behave(connection: ServerConnection) -> None:
        update = await greet(connection)
        told.append(update["session"]["instructions"])
        received.extend([json.loads(text)["item"] async for text in connection])

    asked = HistoryItem(role="user", text="And how old am I?")
    opening = Opening(history=(*ADA.history, asked))
    async with (
        serving(behave) as url,
        open_connection(settings(url, model=model), opening),
    ):
        pass

    assert [item["content"] for item in received] == [
        [{"type": "input_text", "text": "And how old am I?"}]
    ] * items
    assert ("how old" in told[0]) is is_told


async def test_a_text_is_answered_though_the_end_of_the_answer_is_lost() -> None:
    asked: list[str] = []

    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        asked.extend([json.loads(await connection.recv())["type"] for _ in range(2)])
        await connection.send(event("response.created", response={"id": "r1"}))
        await connection.send(event("input_audio_buffer.speech_started", item_id="u1"))
        item = {"id": "a1", "type": "message", "role": "assistant"}
        await connection.send(
            event("response.output_item.done", response_id="r1", item=item)
        )
        await connection.wait_closed()

    async with (
        asyncio.timeout(5),
        serving(behave) as url,
        open_connection(settings(url), Opening()) as connection,
    ):
        await connection.send(SendText(text="Hi."))
        while not isinstance(done := await connection.receive(), ResponseDone):
            pass

    assert asked == ["conversation.item.create", "response.create"]
    assert done == ResponseDone(response_id="r1", status="cancelled")


def refusing(status: HTTPStatus, body: str) -> Callable[..., Response]:
    def answer(connection: ServerConnection, request: Request) -> Response:
        del request
        return connection.respond(status, body)

    return answer


@pytest.mark.parametrize(
    ("status", "body", "told", "setting", "recoverable"),
    [
        (
            HTTPStatus.UNAUTHORIZED,
            '{"code":"InvalidApiKey","message":"Invalid API-key provided."}',
            "Invalid API-key provided; check the key: each belongs to one region",
            "provider.api_key",
            False,
        ),
        (HTTPStatus.FORBIDDEN, "no", "no", "provider.api_key", False),
        (
            HTTPStatus.FORBIDDEN,
            '{"code":"Model.AccessDenied","message":"Model access denied."}',
            "let the key, or its workspace, use this model",
            "provider.model",
            False,
        ),
        (
            HTTPStatus.BAD_REQUEST,
            '{"code":"InvalidParameter","message":"model is required"}',
            "model is required",
            "provider.model",
            False,
        ),
        (
            HTTPStatus.TOO_MANY_REQUESTS,
            '{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded"}',
            "Requests rate limit exceeded",
            None,
            True,
        ),
        (HTTPStatus.NOT_FOUND, "<html>", "HTML", "provider.base_url", False),
    ],
)
async def test_a_refused_handshake_says_what_is_at_fault(
    status: HTTPStatus, body: str, told: str, setting: str | None, *, recoverable: bool
) -> None:
    async with serving(never, process_request=refusing(status, body)) as url:
        with pytest.raises(ProviderError) as refused:
            async with open_connection(settings(url), Opening()):
                pass

    assert told in refused.value.message
    assert (refused.value.setting, refused.value.is_recoverable) == (
        setting,
        recoverable,
    )


@pytest.mark.parametrize(
    ("error", "setting", "recoverable"),
    [
        (
            {"code": "invalid_value", "param": "session.voice", "message": "Voice 'x'"},
            "provider.voice",
            False,
        ),
        ({"code": "InternalError", "message": "COMMON_ERROR"}, None, True),
        ({"type": "server_error", "code": "x", "message": "Oops."}, None, True),
        ({"code": "Arrearage", "message": "overdue"}, None, False),
    ],
)
async def test_a_refused_session_says_what_is_at_fault(
    error: dict[str, str], setting: str | None, *, recoverable: bool
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send(event("session.created", session={}))
        await connection.recv()
        await connection.send(event("error", error=error))
        await connection.wait_closed()

    async with serving(behave) as url:
        with pytest.raises(ProviderError) as refused:
            async with open_connection(settings(url, voice="x"), Opening()):
                pass

    assert (refused.value.setting, refused.value.is_recoverable) == (
        setting,
        recoverable,
    )


@pytest.mark.parametrize(
    ("code", "reason", "clean", "recoverable"),
    [
        (1000, "", True, True),
        (1011, "Parse RealtimeEvent error: Common error!", False, True),
        (1008, "Arrearage", False, False),
    ],
)
async def test_the_end_of_a_connection_is_told_once(
    code: int, reason: str, *, clean: bool, recoverable: bool
) -> None:
    async def behave(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.close(code, reason)

    async with (
        serving(behave) as url,
        open_connection(settings(url), Opening()) as connection,
    ):
        with pytest.raises(ProviderError) as ended:
            await connection.receive()

    assert ended.value.is_recoverable is recoverable
    assert getattr(ended.value, "was_clean", False) is clean
    assert isinstance(ended.value, ConnectionClosedError) is recoverable


async def test_a_server_that_is_not_there_is_named() -> None:
    async with serving(never) as url:
        pass

    with pytest.raises(ProviderError, match=r"cannot reach 127\.0\.0\.1") as refused:
        async with open_connection(settings(url), Opening()):
            pass

    assert refused.value.setting == "provider.base_url"
