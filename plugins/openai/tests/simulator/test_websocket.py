"""The simulator over real sockets, with the vendor's own client."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime_run.core.errors import ProviderError, SpecError
from realtime_run.core.pcm import Pcm
from realtime_run_openai.plugin import realtime_run_simulator
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

MODEL = "gpt-realtime-2.1"
HEADERS = {"Authorization": "Bearer x"}
Validate = Callable[[Mapping[str, Any]], None]


@asynccontextmanager
async def simulator(**settings: Any) -> AsyncGenerator[str]:
    given = {"transport": "websocket", "speed": 100, **settings}
    # Looks for files: off the loop, as a spec is loaded.
    made = await asyncio.to_thread(OpenAISimulatorSettings.model_validate, given)
    async with OpenAISimulator(made).open(None) as url:
        yield url


@asynccontextmanager
async def connected(**settings: Any) -> AsyncGenerator[AsyncRealtimeConnection]:
    async with simulator(**settings) as url:
        client = AsyncOpenAI(api_key="x", base_url=url)
        async with client.realtime.connect(model=MODEL) as connection:
            yield connection


@asynccontextmanager
async def raw_socket(**settings: Any) -> AsyncGenerator[Any]:
    async with simulator(**settings) as url:
        at = f"{url.replace('http', 'ws', 1)}/realtime?model={MODEL}"
        async with connect(at, additional_headers=HEADERS) as socket:
            yield socket


async def until(
    connection: AsyncRealtimeConnection, kind: str, validate: Validate
) -> list[dict[str, Any]]:
    """Return all events up to the first of a type, validated."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] != kind:
        events.append(json.loads(await connection.recv_bytes()))
        validate(events[-1])
    return events


async def write(connection: AsyncRealtimeConnection, text: str) -> None:
    content: Any = [{"type": "input_text", "text": text}]
    await connection.conversation.item.create(
        item={"type": "message", "role": "user", "content": content}
    )


async def test_a_text_is_answered_in_text(validate: Validate) -> None:
    async with connected() as connection:
        await connection.session.update(
            session={"type": "realtime", "output_modalities": ["text"]}
        )
        await write(connection, "hello")
        await connection.response.create()

        events = await until(connection, "response.done", validate)

    (item,) = events[-1]["response"]["output"]
    assert item["content"] == [{"type": "output_text", "text": 'You wrote: "hello".'}]


async def test_speech_is_answered_in_speech(shared: Path, validate: Validate) -> None:
    pcm = Pcm((shared / "recordings" / "speech_24khz.pcm").read_bytes(), 24_000)
    whole = pcm + Pcm.silence(1500, 24_000)
    async with connected() as connection:
        detection: Any = {"type": "server_vad", "silence_duration_ms": 800}
        transcription: Any = {"model": "gpt-realtime-whisper"}
        audio: Any = {
            "input": {"turn_detection": detection, "transcription": transcription}
        }
        await connection.session.update(session={"type": "realtime", "audio": audio})
        for at in range(0, len(whole.data), 4800):
            piece = whole.data[at : at + 4800]
            await connection.input_audio_buffer.append(
                audio=base64.b64encode(piece).decode()
            )

        events = await until(connection, "rate_limits.updated", validate)

    kinds = [event["type"] for event in events]
    assert kinds.count("input_audio_buffer.speech_started") == 1
    assert events[-2]["response"]["status"] == "completed"
    assert (
        "I heard you for"
        in events[-2]["response"]["output"][0]["content"][0]["transcript"]
    )


async def test_two_tools_are_called_and_their_results_are_told(
    tmp_path: Path, validate: Validate
) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(
        "turns:\n"
        "  - calls:\n"
        "      - {name: weather, arguments: {city: Oslo}}\n"
        "      - {name: weather, arguments: {city: Rome}}\n"
        "    say: 'It is: {results}.'\n"
    )
    async with connected(script=str(script)) as connection:
        tools: Any = [{"type": "function", "name": "weather"}]
        await connection.session.update(session={"type": "realtime", "tools": tools})
        await write(connection, "weather?")
        await connection.response.create()
        called = (await until(connection, "response.done", validate))[-1]

        for call in called["response"]["output"]:
            city = json.loads(call["arguments"])["city"]
            await connection.conversation.item.create(
                item={
                    "type": "function_call_output",
                    "call_id": call["call_id"],
                    "output": f"fine in {city}",
                }
            )
        await connection.response.create()
        told = (await until(connection, "response.done", validate))[-1]

    (message,) = told["response"]["output"]
    transcript = message["content"][0]["transcript"]
    assert transcript == "It is: fine in Oslo and fine in Rome."


async def test_an_answer_is_cancelled_and_cut(validate: Validate) -> None:
    async with connected(speed=1) as connection:
        await connection.response.create()
        await until(connection, "response.output_audio.delta", validate)

        await connection.response.cancel()
        done = (await until(connection, "response.done", validate))[-1]["response"]
        item_id = done["output"][0]["id"]
        await connection.conversation.item.truncate(
            item_id=item_id, content_index=0, audio_end_ms=60
        )
        cut = (await until(connection, "conversation.item.truncated", validate))[-1]

    assert done["status"] == "cancelled"
    assert (cut["item_id"], cut["audio_end_ms"]) == (item_id, 60)


async def test_leaving_ends_every_connection_at_once() -> None:
    loop = asyncio.get_running_loop()
    async with simulator() as url:
        at = f"{url.replace('http', 'ws', 1)}/realtime?model={MODEL}"
        sockets = [await connect(at, additional_headers=HEADERS) for _ in range(3)]
        began_s = loop.time()
    assert loop.time() - began_s < 1

    for socket in sockets:
        await socket.wait_closed()
    with pytest.raises(OSError, match="Connect"):
        await connect(at, additional_headers=HEADERS)


async def test_an_error_inside_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with simulator():
            raise LookupError("mine")


async def test_a_wrong_script_is_told_before_anything_is_served(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("turn: []\n")

    with pytest.raises(SpecError, match=r"script\.yaml:1:1: .*unknown key 'turn'"):
        async with simulator(script=str(script)):
            pass


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with simulator() as url:
        port = int(url.rpartition(":")[2].partition("/")[0])

        with pytest.raises(OSError, match="in use"):
            async with simulator(port=port):
                pass


async def test_it_is_reached_by_the_settings_that_it_gives() -> None:
    offer = realtime_run_simulator()

    made = offer.make(offer.settings())

    assert isinstance(made, OpenAISimulator)
    assert offer.reach("http://127.0.0.1:1/v1") == {
        "base_url": "http://127.0.0.1:1/v1",
        "api_key": "sk-simulator",
    }


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({}, f"?model={MODEL}", 401, "invalid_api_key"),
        ({"Authorization": "Bearer ek_x"}, f"?model={MODEL}", 401, "invalid_api_key"),
        (HEADERS, "", 400, "missing_model"),
        (
            {**HEADERS, "OpenAI-Beta": "realtime=v1"},
            f"?model={MODEL}",
            400,
            "beta_api_shape_disabled",
        ),
        (HEADERS, "?call_id=rtc_1", 404, None),
    ],
)
async def test_a_handshake_may_be_refused(
    headers: dict[str, str], query: str, status: int, code: str | None
) -> None:
    async with simulator() as url:
        at = f"{url.replace('http', 'ws', 1)}/realtime{query}"
        with pytest.raises(InvalidStatus) as caught:
            await connect(at, additional_headers=headers)

    response = caught.value.response
    assert response.status_code == status
    assert json.loads(response.body)["error"]["code"] == code


@pytest.mark.parametrize("status", [401, 403, 429, 500])
async def test_every_handshake_may_be_made_to_fail(status: int) -> None:
    async with simulator(faults={"handshake": str(status)}) as url:
        at = f"{url.replace('http', 'ws', 1)}/realtime?model={MODEL}"
        with pytest.raises(InvalidStatus) as caught:
            await connect(at, additional_headers=HEADERS)

    assert caught.value.response.status_code == status
    assert ("retry-after" in caught.value.response.headers) is (status == 429)


async def test_browsers_and_azure_bring_their_keys_otherwise() -> None:
    async with simulator() as url:
        host = url.removeprefix("http://").removesuffix("/v1")
        at = f"ws://{host}/openai/v1/realtime?model=deployment"
        async with connect(at, additional_headers={"api-key": "x"}) as socket:
            assert json.loads(await socket.recv())["type"] == "session.created"
        offered: Any = ["realtime", "openai-insecure-api-key.x"]
        async with connect(at, subprotocols=offered) as socket:
            assert socket.subprotocol == "realtime"


async def test_a_client_secret_carries_its_session() -> None:
    asked = {
        "expires_after": {"anchor": "created_at", "seconds": 60},
        "session": {"type": "realtime", "model": MODEL, "instructions": "Be brief."},
    }
    async with simulator() as url, httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.post(f"{url}/realtime/client_secrets", json=asked)
        key = answer.json()["value"]
        at = f"{url.replace('http', 'ws', 1)}/realtime"
        bearer = {"Authorization": f"Bearer {key}"}
        async with connect(at, additional_headers=bearer) as socket:
            created = json.loads(await socket.recv())

    assert answer.status_code == 200
    assert key.startswith("ek_")
    assert created["session"]["instructions"] == "Be brief."
    assert created["session"]["model"] == MODEL


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/realtime/client_secrets", b"no json", 400),
        ("/realtime/client_secrets", b'{"session": 5}', 400),
        ("/realtime/client_secrets", b'{"expires_after": {"seconds": 1}}', 400),
        ("/realtime/client_secrets", b'{"session": {"type": "realtime", "x": 1}}', 400),
        ("/realtime/calls", b"", 404),
        ("/chat/completions", b"{}", 404),
    ],
)
async def test_a_wrong_request_is_answered(
    path: str, content: bytes, status: int
) -> None:
    async with simulator() as url, httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.post(f"{url}{path}", content=content)

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


async def test_what_is_no_http_is_answered_and_sent_away() -> None:
    async with simulator() as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_it_serves_over_tls(tmp_path: Path, tls_files: Any) -> None:
    trusted = ssl.create_default_context(cafile=tls_files.certificate)
    async with simulator(tls=tls_files.model_dump()) as url:
        assert url.startswith("https://127.0.0.1:")
        at = f"{url.replace('http', 'ws', 1)}/realtime?model={MODEL}"
        async with connect(at, additional_headers=HEADERS, ssl=trusted) as socket:
            assert json.loads(await socket.recv())["type"] == "session.created"


async def test_a_session_that_expires_is_closed_with_its_reason() -> None:
    async with raw_socket(faults={"expire": "0.05"}) as socket:
        await socket.recv()
        error = json.loads(await socket.recv())
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()

    assert error["error"]["code"] == "session_expired"
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (
        1001,
        "Your session hit the maximum duration of 60 minutes.",
    )


async def test_a_connection_breaks_without_a_word() -> None:
    async with raw_socket(faults={"drop": "1"}) as socket:
        await socket.recv()
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()

    assert caught.value.rcvd is None


async def test_a_message_may_come_late_and_in_pieces() -> None:
    async with raw_socket(faults={"trickle": "60"}) as socket:
        pieces = [piece async for piece in socket.recv_streaming()]

    assert len(pieces) == 3
    assert json.loads("".join(pieces))["type"] == "session.created"


async def test_garbage_comes_between_good_messages() -> None:
    async with raw_socket(faults={"garbage": ""}) as socket:
        await socket.send(json.dumps({"type": "response.create"}))
        received = [await socket.recv() for _ in range(4)]

    kinds = [type(one).__name__ for one in received]
    assert kinds == ["str", "str", "str", "bytes"]
    assert received[1] == "this is no JSON"


async def test_a_message_that_is_too_large_ends_the_connection() -> None:
    async with raw_socket() as socket:
        await socket.recv()
        with suppress(ConnectionClosed):
            await socket.send("x" * (16 * 1024 * 1024 + 1))
        await socket.wait_closed()

    assert socket.close_code == 1009


async def test_a_binary_message_is_no_event() -> None:
    async with raw_socket() as socket:
        await socket.recv()
        await socket.send(b'{"type": "response.create"}')
        error = json.loads(await socket.recv())

    assert error["error"]["code"] == "invalid_event"


async def test_faults_may_concern_the_first_connections_only() -> None:
    given = {"faults": {"handshake": "500"}, "faulty_connections": 2}
    async with simulator(**given) as url:
        at = f"{url.replace('http', 'ws', 1)}/realtime?model={MODEL}"
        for _ in range(2):
            with pytest.raises(InvalidStatus):
                await connect(at, additional_headers=HEADERS)
        async with connect(at, additional_headers=HEADERS) as socket:
            greeting = json.loads(await socket.recv())

    assert greeting["type"] == "session.created"


async def test_more_clients_than_can_be_served_are_sent_away() -> None:
    async with simulator() as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(64)]

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""

        for _, one in (*opened, (reader, writer)):
            one.close()


class Mute:
    """A voice that cannot speak."""

    rate_hz = 24_000

    async def say(self, text: str) -> Pcm:
        raise ProviderError("no voice 'x'")


async def test_a_voice_that_cannot_speak_is_told_before_anything_is_served() -> None:
    simulator_ = OpenAISimulator(OpenAISimulatorSettings.model_validate({}))

    with pytest.raises(ProviderError, match="no voice 'x'"):
        async with simulator_.open(Mute()):
            pass
