"""A server of the least that a call needs, with its faults at the test's command."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import ifaddr
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray

from realtime_run.core.pcm import Pcm
from realtime_run_openai.settings import OpenAISettings

HZ = 48_000
FRAME = 960
Samples = NDArray[np.int16]


def make_tone(pitch_hz: float, seconds: float) -> Samples:
    at = np.arange(int(HZ * seconds)) / HZ
    return (12_000 * np.sin(2 * np.pi * pitch_hz * at)).astype("<i2")


def find_pitch(samples: Samples) -> float:
    """The strongest pitch, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    return float(spectrum.argmax() * HZ / len(samples))


class _Voice(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.frames: deque[bytes] = deque()
        self.pause = False
        self._n = 0
        self._due = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        while self.pause and not self.frames:
            await asyncio.sleep(0.005)
            self._due = loop.time()
        await asyncio.sleep(max(0, self._due - loop.time()))
        self._due += 0.02
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(self.frames.popleft() if self.frames else bytes(1920))
        frame.sample_rate, frame.time_base = HZ, Fraction(1, HZ)
        frame.pts = self._n * FRAME
        self._n += 1
        return frame


@dataclass
class Call:
    """The server's end of one call."""

    peer: RTCPeerConnection
    voice: _Voice
    session: dict[str, Any]
    channel: Any = None
    heard: list[Samples] = field(default_factory=list)
    seen: list[VideoFrame] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def tell(self, kind: str, **fields: Any) -> None:
        message = {"type": kind, "event_id": f"event_{kind}", **fields}
        self.channel.send(json.dumps(message))

    def say(self, samples: Samples) -> None:
        whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
        self.voice.frames.extend(row.tobytes() for row in whole)

    async def until(self, met: Callable[["Call"], bool]) -> None:
        while not met(self):
            self.changed.clear()
            await self.changed.wait()


@dataclass
class Server:
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    refusal: tuple[int, str] | None = None
    alter: Callable[[str], str] = lambda answer: answer
    silent: bool = False
    """It answers and never connects."""
    mute: bool = False
    """It connects, and says nothing on the data channel."""
    pause: Callable[[], Awaitable[object]] | None = None
    """What it does before it answers a call that it has begun."""

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]

    async def answer(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str, str]:
        self.requests.append((path, headers, body))
        path = path.partition("?")[0]
        if self.refusal is not None:
            return self.refusal[0], self.refusal[1], ""
        if path.endswith("/client_secrets"):
            return 200, json.dumps({"value": "ek_simulated"}), ""
        if path.endswith("/hangup"):
            return 200, "", ""
        offer, session = _read(headers, body)
        location = f"/v1/realtime/calls/rtc_{len(self.calls)}"
        answer = self.alter(await self._place(offer, session))
        if self.pause is not None:
            await self.pause()
        return 201, answer, location

    async def answer_offer(self, offer: str) -> str:
        return await self._place(offer, {})

    async def _place(self, offer: str, session: dict[str, Any]) -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        voice = _Voice()
        call = Call(peer, voice, session)
        self.calls.append(call)
        peer.on("track", lambda track: call.tasks.append(_watched(call, track)))
        peer.on("datachannel", lambda channel: self._open(call, channel))
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        peer.addTrack(voice)
        await peer.setLocalDescription(await peer.createAnswer())
        if self.silent:
            answer = peer.localDescription.sdp
            await peer.close()
            return answer
        return peer.localDescription.sdp

    def _open(self, call: Call, channel: Any) -> None:
        call.channel = channel
        channel.on("message", lambda text: self._take(call, json.loads(text)))
        if not self.mute:
            call.tell("session.created", session={"id": "sess_1", **call.session})

    def _take(self, call: Call, message: dict[str, Any]) -> None:
        call.received.append(message)
        if message["type"] == "session.update" and not self.mute:
            call.tell("session.updated", session={"id": "sess_1", **message["session"]})
        call.changed.set()

    async def close(self) -> None:
        for call in self.calls:
            await call.peer.close()
            for task in call.tasks:
                task.cancel()
            if call.tasks:
                await asyncio.wait(call.tasks)
        self.calls.clear()


def _read(headers: dict[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
    kind = headers["content-type"]
    if kind == "application/sdp":
        return body.decode(), {}
    boundary = re.search(r"boundary=(.+)", kind)
    assert boundary is not None
    parts: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head)
        assert name is not None
        parts[name[1].decode()] = content
    return parts["sdp"].decode() + "\r\n", json.loads(parts["session"])


def _watched(call: Call, track: Any) -> asyncio.Task[None]:
    async def watch() -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                call.heard.append(frame.to_ndarray().reshape(-1, 2)[:, 0])
            else:
                call.seen.append(frame)
            call.changed.set()

    return asyncio.ensure_future(watch())  # noqa: TID251 - ended by `Server.close`


async def _exchange(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        # A boundary is the one thing whose letters' case matters.
        kind = next((x for x in head if x.lower().startswith("content-type")), ": ")
        headers["content-type"] = kind.split(": ", 1)[1]
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = head[0].split()[1]
        status, text, location = await server.answer(path, headers, body)
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(text.encode())}\r\n"
            f"Location: {location}\r\nConnection: close\r\n\r\n{text}".encode()
        )
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # the client has left
    finally:
        writer.close()


@asynccontextmanager
async def serving() -> AsyncGenerator[Server, None]:
    server = Server()
    listener = await asyncio.start_server(
        lambda reader, writer: _exchange(server, reader, writer), "127.0.0.1", 0
    )
    port = listener.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        listener.close()
        await server.close()
        await listener.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    addresses = [ip.ip for card in ifaddr.get_adapters() for ip in card.ips]
    if not any(isinstance(ip, str) and not ip.startswith("127.") for ip in addresses):
        pytest.skip("WebRTC needs a network interface other than the loopback")
    async with serving() as server:
        yield server


@pytest.fixture
def settings(server: Server) -> Callable[..., OpenAISettings]:
    def make(**fields: Any) -> OpenAISettings:
        fields = {"api_key": "sk-test", "connect_timeout": "5s", **fields}
        return OpenAISettings.model_validate({"base_url": server.url, **fields})

    return make


@pytest.fixture
def tone() -> Callable[[float, float], Samples]:
    return make_tone


@pytest.fixture
def pitch_of() -> Callable[[Samples], float]:
    return find_pitch


@pytest.fixture
def as_pcm() -> Callable[[Samples], list[Pcm]]:
    def cut(samples: Samples) -> list[Pcm]:
        rows = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
        return [Pcm(row.tobytes(), HZ) for row in rows]

    return cut


ServerMaker = Callable[[], AbstractAsyncContextManager[Server]]
