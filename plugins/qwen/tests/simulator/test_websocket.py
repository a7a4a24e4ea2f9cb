"""The simulator over real sockets, with a plain client."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run_qwen.simulator.server import QwenSimulator
from realtime_run_qwen.simulator.settings import QwenSimulatorSettings

MODEL = "qwen3.5-omni-plus-realtime"
HEADERS = {"Authorization": "Bearer sk-x", "X-DashScope-WorkSpace": "ws-1"}
COMMON = "Parse RealtimeEvent error: Common error!"
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object"}},
}


@asynccontextmanager
async def simulator(**settings: Any) -> AsyncGenerator[str]:
    """Serve, and give the address of the WebSocket."""
    given = {"speed": 100, "latency": "1ms", **settings}
    # Looks for files: off the loop, as a spec is loaded.
    made = await asyncio.to_thread(QwenSimulatorSettings.model_validate, given)
    async with QwenSimulator(made).open(None) as url:
        yield f"{url.replace('http', 'ws', 1)}/realtime"


class Client:
    """A client that knows nothing but JSON."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Return all events up to the first of a type."""
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] != kind:
            events.append(json.loads(await self.socket.recv()))
        return events

    async def update(self, **session: Any) -> None:
        await self.send("session.update", session=session)
        await self.until("session.updated")

    async def write(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.send("conversation.item.create", item=item)

    async def speak(self, pcm: Pcm) -> None:
        for at in range(0, len(pcm.data), 3200):
            audio = base64.b64encode(pcm.data[at : at + 3200]).decode()
            await self.send("input_audio_buffer.append", audio=audio)


@asynccontextmanager
async def connected(**settings: Any) -> AsyncGenerator[Client]:
    async with simulator(**settings) as url:
        at = f"{url}?model={MODEL}"
        async with connect(at, additional_headers=HEADERS) as socket:
            client = Client(socket)
            await client.until("session.created")
            yield client


def answer(done: dict[str, Any]) -> str:
    part = done["response"]["output"][0]["content"][0]
    return str(part.get("transcript") or part.get("text"))


async def test_speech_is_answered_in_speech(shared: Path) -> None:
    recorded = (shared / "recordings" / "speech_16khz.pcm").read_bytes()
    async with connected() as client:
        await client.update(turn_detection={"type": "server_vad"})
        await client.speak(Pcm(recorded, 16_000) + Pcm.silence(2000, 16_000))

        events = await client.until("response.done")

    kinds = [event["type"] for event in events]
    assert kinds.count("input_audio_buffer.speech_started") == 1
    assert answer(events[-1]).startswith("I heard you for")


async def test_a_text_is_answered_in_text() -> None:
    async with connected() as client:
        await client.update(modalities=["text"])
        await client.write("hello")
        await client.send("response.create")

        events = await client.until("response.done")

    assert answer(events[-1]) == 'You wrote: "hello".'


async def test_a_tool_is_called_and_its_result_told(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(
        "turns:\n"
        "  - calls: [{name: weather, arguments: {city: Rome}}]\n"
        "    write: 'It is {results}.'\n"
    )
    async with connected(script=str(script)) as client:
        await client.update(tools=[TOOL])
        await client.write("weather?")
        await client.send("response.create")
        called = (await client.until("response.done"))[-1]
        (call,) = called["response"]["output"]
        result = {"type": "function_call_output", "output": "fine"}
        await client.send(
            "conversation.item.create", item={**result, "call_id": call["call_id"]}
        )

        events = await client.until("response.done")

    assert answer(events[-1]) == "It is fine."


async def test_a_picture_is_seen(voice: Pcm, jpeg: Callable[..., bytes]) -> None:
    image = base64.b64encode(jpeg()).decode()
    async with connected() as client:
        await client.update(turn_detection=None)
        await client.speak(Pcm(voice.data[:16_000], 16_000))
        await client.send("input_image_buffer.append", image=image)
        await client.send("input_audio_buffer.commit")
        await client.send("response.create")

        events = await client.until("response.done")

    assert "I see 1 picture, 640 by 480" in answer(events[-1])


async def test_speech_interrupts_an_answer(voice: Pcm) -> None:
    async with connected(speed=1) as client:
        await client.send("response.create")
        await client.until("response.audio.delta")

        await client.speak(Pcm(voice.data[:9_600], 16_000))
        await client.until("input_audio_buffer.speech_started")
        events = await client.until("response.output_item.done")

    assert events[-1]["item"]["status"] == "incomplete"


async def test_an_answer_is_cancelled_without_an_end() -> None:
    async with connected(speed=1) as client:
        await client.send("response.create")
        await client.until("response.audio.delta")
        await client.send("response.cancel")
        await client.until("response.output_item.done")

        await client.send("response.cancel")
        events = await client.until("error")

    assert [event["type"] for event in events] == ["error"]
    assert "none active response" in events[-1]["error"]["message"]


async def test_a_binary_frame_ends_the_session() -> None:
    async with connected() as client:
        await client.socket.send(json.dumps({"type": "response.create"}).encode())
        (error,) = await client.until("error")
        with pytest.raises(ConnectionClosed) as closed:
            await client.until("anything")

    assert error["error"]["message"] == COMMON
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, COMMON)


async def test_pings_do_not_keep_a_session_alive() -> None:
    async with connected(idle_timeout="300ms") as client:
        for _ in range(3):
            await (await client.socket.ping())

        (error,) = await client.until("error")

    assert error["error"]["code"] == "response_idle_timeout"


async def test_a_session_is_finished() -> None:
    async with connected() as client:
        await client.send("session.finish")

        await client.until("session.finished")
        await client.socket.wait_closed()

    assert client.socket.close_code == 1000


async def refused(url: str, **headers: str) -> int:
    """Return the status by which a connection is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, additional_headers=headers):
            pass
    return caught.value.response.status_code


async def test_who_has_no_key_no_model_or_a_wrong_path_is_refused() -> None:
    async with simulator() as url:
        base = url.removesuffix("/realtime")
        found = [
            await refused(f"{url}?model={MODEL}"),
            await refused(f"{url}?model={MODEL}", Authorization="Bearer "),
            await refused(url, **HEADERS),
            await refused(f"{url}?model=gpt-realtime", **HEADERS),
            await refused(f"{base}/inference?model={MODEL}", **HEADERS),
        ]

    assert found == [401, 401, 400, 404, 404]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_a_connection_may_be_refused(status: int) -> None:
    async with simulator(faults={"handshake": str(status)}) as url:
        found = await refused(f"{url}?model={MODEL}", **HEADERS)

    assert found == status


async def test_only_the_first_connections_are_faulty() -> None:
    faults = {"handshake": "403"}
    async with simulator(faults=faults, faulty_connections=1) as url:
        first = await refused(f"{url}?model={MODEL}", **HEADERS)
        at = f"{url}?model={MODEL}"
        async with connect(at, additional_headers=HEADERS) as socket:
            (created,) = await Client(socket).until("session.created")

    assert first == 403
    assert created["session"]["model"] == MODEL


async def test_a_request_that_is_no_websocket_is_refused() -> None:
    async with simulator() as url:
        host, port = url.removeprefix("ws://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /api-ws/v1/realtime HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert head == b"HTTP/1.1 404 Not Found\r\n"


class Mute:
    rate_hz = 24_000

    async def say(self, text: str) -> Pcm:
        message = f"cannot say {text}"
        raise ProviderError(message)


async def test_a_voice_that_cannot_speak_is_told_at_once() -> None:
    opening = QwenSimulator(QwenSimulatorSettings()).open(Mute())

    with pytest.raises(ProviderError, match="cannot say"):
        await opening.__aenter__()
