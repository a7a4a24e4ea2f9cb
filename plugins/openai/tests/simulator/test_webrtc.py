"""The simulator as the answering peer of a real WebRTC call."""

import asyncio
import json
import math
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import av
import httpx
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError, VideoStreamTrack
from openai import AsyncOpenAI, BadRequestError

from realtime_run.simulation.tones import spoken
from realtime_run_openai.simulator.call import stated
from realtime_run_openai.simulator.server import OpenAISimulator
from realtime_run_openai.simulator.settings import OpenAISimulatorSettings

MODEL = "gpt-realtime-2.1"
SESSION: Any = {"type": "realtime", "model": MODEL}
LOUD = 1500


class Microphone(MediaStreamTrack):
    """Sends silence in real time, and a tone when it is told to."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.is_loud = False
        self.has_spoken = asyncio.Event()
        """Set after a second of the tone."""
        self._loud_frames = 0
        self._sent = 0
        self._began_s = asyncio.get_running_loop().time()

    async def recv(self) -> av.AudioFrame:
        now_s = asyncio.get_running_loop().time()
        await asyncio.sleep(self._began_s + self._sent * 0.02 - now_s)
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        level = 8000 if self.is_loud else 0
        samples = [round(level * math.sin(at / 12)) for at in range(960)]
        frame.planes[0].update(struct.pack("<960h", *samples))
        frame.sample_rate, frame.pts = 48_000, self._sent * 960
        frame.time_base = Fraction(1, 48_000)
        self._sent += 1
        self._loud_frames += int(self.is_loud)
        if self._loud_frames == 50:
            self.has_spoken.set()
        return frame


class RedVideo(VideoStreamTrack):
    """Shows red."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(64, 48, "rgb24")
        frame.planes[0].update(b"\xdc\x1e\x1e" * (frame.planes[0].buffer_size // 3))
        frame.pts, frame.time_base = pts, time_base
        return frame


class Peer:
    """A client's side of a call."""

    def __init__(self, validate: Any) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.channel = self.connection.createDataChannel("oai-events")
        self.loud = asyncio.Event()
        self.quiet = asyncio.Event()
        self.heard_loud_frames = 0
        self.call_path = ""
        self._validate = validate
        self._messages: asyncio.Queue[str] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.connection.addTrack(self.microphone)
        self.channel.on("message", self._messages.put_nowait)
        self.channel.on("close", self.closed.set)

    def send(self, kind: str, /, **fields: Any) -> None:
        self.channel.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] != kind:
            events.append(json.loads(await self._messages.get()))
            self._validate(events[-1])
        return events

    async def listen(self, track: Any) -> None:
        """Watch how loud the other side is, until the call ends."""
        try:
            while True:
                frame: Any = await track.recv()
                is_loud = abs(frame.to_ndarray().astype(int)).max() > LOUD
                self.heard_loud_frames += int(is_loud)
                (self.loud if is_loud else self.quiet).set()
                (self.quiet if is_loud else self.loud).clear()
        except MediaStreamError:
            return


@asynccontextmanager
async def called(
    validate: Any, *, video: bool = False, **settings: Any
) -> AsyncGenerator[Peer]:
    made = OpenAISimulatorSettings.model_validate(settings)
    async with OpenAISimulator(made).open(None) as url, asyncio.TaskGroup() as group:
        peer = Peer(validate)
        if video:
            peer.connection.addTrack(RedVideo())
        connection = peer.connection

        def listen(track: MediaStreamTrack) -> None:
            group.create_task(peer.listen(track))

        connection.on("track", listen)
        await connection.setLocalDescription(await connection.createOffer())
        client = AsyncOpenAI(api_key="x", base_url=url)
        answer = await client.realtime.calls.create(
            sdp=connection.localDescription.sdp, session=SESSION
        )
        location = answer.response.headers["location"]
        peer.call_path = f"{url}{location.removeprefix('/v1')}"
        description = RTCSessionDescription(answer.text, "answer")
        await connection.setRemoteDescription(description)
        try:
            yield peer
        finally:
            await connection.close()


async def test_an_answer_is_heard_in_real_time(validate: Any) -> None:
    async with called(validate) as peer:
        (created,) = await peer.until("session.created")
        peer.send("response.create")
        events = await peer.until("output_audio_buffer.stopped")

    assert created["session"]["model"] == MODEL
    kinds = [event["type"] for event in events]
    assert kinds.index("output_audio_buffer.started") < kinds.index("response.done")
    assert "response.output_audio.delta" not in kinds
    said = next(
        one["transcript"]
        for one in events
        if one["type"] == "response.output_audio_transcript.done"
    )
    sounding_s = peer.heard_loud_frames * 0.02
    assert sounding_s == pytest.approx(spoken(said).duration_ms / 1000, rel=0.35)


async def test_speech_interrupts_what_sounds(validate: Any) -> None:
    async with called(validate) as peer:
        await peer.until("session.created")
        peer.send("response.create")
        await peer.until("response.done")
        await peer.loud.wait()

        peer.microphone.is_loud = True
        events = await peer.until("conversation.item.truncated")
        await peer.quiet.wait()
        peer.microphone.is_loud = False
        answered = await peer.until("response.done")

    assert [event["type"] for event in events][-3:] == [
        "input_audio_buffer.speech_started",
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]
    assert answered[-1]["response"]["status"] == "completed"


async def test_what_is_on_the_video_is_seen(validate: Any) -> None:
    async with called(validate, video=True, latency="1s") as peer:
        await peer.until("session.created")
        peer.microphone.is_loud = True
        await peer.microphone.has_spoken.wait()
        peer.microphone.is_loud = False
        events = await peer.until("response.done")

    transcript = events[-1]["response"]["output"][0]["content"][0]["transcript"]
    assert transcript.endswith("I see a video that is mostly red.")


async def test_a_call_ends_when_it_is_hung_up(validate: Any) -> None:
    async with called(validate) as peer, httpx.AsyncClient() as client:
        await peer.until("session.created")
        headers = {"Authorization": "Bearer x"}

        answer = await client.post(f"{peer.call_path}/hangup", headers=headers)
        await peer.closed.wait()
        again = await client.post(f"{peer.call_path}x/hangup", headers=headers)

    assert (answer.status_code, again.status_code) == (200, 404)


async def test_a_session_that_expires_ends_the_call(validate: Any) -> None:
    async with called(validate, faults={"expire": "1.5"}) as peer:
        (*_, error) = await peer.until("error")
        await peer.closed.wait()

    assert error["error"]["code"] == "session_expired"


async def test_an_offer_that_is_none_is_refused() -> None:
    settings = OpenAISimulatorSettings.model_validate({"transport": "webrtc"})
    async with OpenAISimulator(settings).open(None) as url:
        client = AsyncOpenAI(api_key="x", base_url=url, max_retries=0)
        wrong: Any = {**SESSION, "x": 1}
        for sdp, session in (("nonsense", SESSION), ("v=0", wrong)):
            with pytest.raises(BadRequestError):
                await client.realtime.calls.create(sdp=sdp, session=session)


async def test_a_call_may_be_made_to_fail() -> None:
    settings = OpenAISimulatorSettings.model_validate({"faults": {"reject_update": ""}})
    async with OpenAISimulator(settings).open(None) as url:
        client = AsyncOpenAI(api_key="x", base_url=url, max_retries=0)
        with pytest.raises(BadRequestError) as caught:
            await client.realtime.calls.create(sdp="v=0", session=SESSION)

    assert caught.value.param == "session.audio.output.voice"


async def test_an_offer_alone_comes_with_a_client_secret() -> None:
    settings = OpenAISimulatorSettings.model_validate({"transport": "webrtc"})
    async with (
        OpenAISimulator(settings).open(None) as url,
        httpx.AsyncClient() as client,
    ):
        made = await client.post(
            f"{url}/realtime/client_secrets",
            headers={"Authorization": "Bearer x"},
            json={"session": SESSION},
        )
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTrack(Microphone())
        connection.createDataChannel("oai-events")
        await connection.setLocalDescription(await connection.createOffer())
        answer = await client.post(
            f"{url}/realtime/calls",
            headers={
                "Authorization": f"Bearer {made.json()['value']}",
                "Content-Type": "application/sdp",
            },
            content=connection.localDescription.sdp,
        )
        await connection.close()

    assert answer.status_code == 201
    assert answer.text.startswith("v=0")
    assert "max-message-size" not in answer.text


def test_an_answer_may_state_how_large_messages_may_be() -> None:
    sdp = "a=sctp-port:5000\r\na=max-message-size:65536\r\na=x\r\n"

    assert stated(sdp, None) == "a=sctp-port:5000\r\na=x\r\n"
    assert stated(sdp, 7) == "a=sctp-port:5000\r\na=max-message-size:7\r\na=x\r\n"
