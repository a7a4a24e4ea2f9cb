"""One WebRTC call: the answering peer, its data channel, its sound and its sight."""

import asyncio
import contextlib
import json
import re
from fractions import Fraction
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from realtime_run.core.pcm import Pcm
from realtime_run.core.resample import Resampler
from realtime_run_openai.simulator.driver import Driver
from realtime_run_openai.simulator.outputs import (
    Close,
    Drop,
    Hush,
    Message,
    Output,
    Play,
    Raw,
)
from realtime_run_openai.simulator.service import Service
from realtime_run_openai.simulator.sessions import Sessions
from realtime_run_openai.simulator.sight import video_described
from realtime_run_openai.simulator.web import WebError

_RATE_HZ = 24_000
_FRAME_SAMPLES = _RATE_HZ // 50
_FRAME_BYTES = 2 * _FRAME_SAMPLES
_FRAME_S = 0.02
_OPENING_S = 20.0
"""How long the client may take to open its data channel."""
_CLOSING_S = 0.5
_MOST_WAITING = 1024
"""Messages of the client that wait; one more ends the call."""
_LOOK_S = 0.25
"""So often the video is looked at."""
_LOOK_SIZE = 16


class VoiceTrack(MediaStreamTrack):
    """Sends what is to be played in real time, and silence between."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queued = bytearray()
        self._frames = 0
        self._began_s: float | None = None

    def play(self, pcm: bytes) -> None:
        """Queue samples: mono s16le at 24 kHz."""
        self._queued += pcm

    def hush(self) -> None:
        """Drop what is queued."""
        self._queued.clear()

    async def recv(self) -> av.AudioFrame:
        """Return the next 20 ms, when it is time for them."""
        if self.readyState != "live":
            raise MediaStreamError
        now_s = asyncio.get_running_loop().time()
        if self._began_s is None:
            self._began_s = now_s
        await asyncio.sleep(self._began_s + self._frames * _FRAME_S - now_s)
        samples = bytes(self._queued[:_FRAME_BYTES]).ljust(_FRAME_BYTES, b"\0")
        del self._queued[:_FRAME_BYTES]
        frame = av.AudioFrame(format="s16", layout="mono", samples=_FRAME_SAMPLES)
        frame.planes[0].update(samples)
        frame.sample_rate = _RATE_HZ
        frame.pts = self._frames * _FRAME_SAMPLES
        frame.time_base = Fraction(1, _RATE_HZ)
        self._frames += 1
        return frame


class CallCarrier:
    """Carries a session over a data channel and a track.

    Args:
        channel: The client's `oai-events`.
        track: What the client hears.
        trickle_s: How late each message is.
    """

    def __init__(
        self, channel: RTCDataChannel, track: VoiceTrack, trickle_s: float
    ) -> None:
        self._channel = channel
        self._track = track
        self._trickle_s = trickle_s
        self._messages: asyncio.Queue[str | bytes | None] = asyncio.Queue(_MOST_WAITING)
        channel.on("message", self._take)
        channel.on("close", self.abort)

    async def receive(self) -> str | bytes | None:
        """Return the client's next message; None: it has gone."""
        return await self._messages.get()

    async def perform(self, output: Output) -> None:
        """Do what the service asks; nothing if the client has gone."""
        match output:
            case Message(event=event):
                await self._send(json.dumps(event, ensure_ascii=False))
            case Raw(content=content):
                await self._send(content)
            case Play(pcm=pcm):
                self._track.play(pcm)
            case Hush():
                self._track.hush()
            case Close() | Drop():
                self.abort()
            case _:
                pass

    def abort(self) -> None:
        """End the session: what was received and not read is dropped."""
        while not self._messages.empty():
            self._messages.get_nowait()
        self._messages.put_nowait(None)

    async def _send(self, content: str | bytes) -> None:
        if self._trickle_s:
            await asyncio.sleep(self._trickle_s)
        if self._channel.readyState == "open":
            # More than the client says it takes: the service would fail as well.
            with contextlib.suppress(ValueError):
                self._channel.send(content)

    def _take(self, message: str | bytes) -> None:
        if self._messages.full():
            self.abort()
        else:
            self._messages.put_nowait(message if isinstance(message, str) else b"")


class Call:
    """One call, from the client's offer to the end of either side.

    Args:
        sessions: Makes the driver.
        service: The session.
        offer: The client's SDP.
    """

    def __init__(self, sessions: Sessions, service: Service, offer: str) -> None:
        self._sessions = sessions
        self._service = service
        self._offer = offer
        self._track = VoiceTrack()
        self._answered: asyncio.Future[str] = asyncio.Future()
        self._channel: asyncio.Future[RTCDataChannel] = asyncio.Future()
        self._tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue(4)
        self._hung_up = asyncio.Event()

    async def answer(self) -> str:
        """Return the answer's SDP, once `run` has made it.

        Raises:
            WebError: If the offer cannot be answered.
        """
        return await asyncio.shield(self._answered)

    def hang_up(self) -> None:
        """End the call."""
        self._hung_up.set()

    async def run(self) -> None:
        """Hold the call; returns at its end."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        try:
            if await self._answer(peer):
                await self._hold()
        finally:
            if not self._answered.done():
                self._answered.cancel()
            self._track.stop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_S):
                    await peer.close()

    async def _answer(self, peer: RTCPeerConnection) -> bool:
        peer.on("datachannel", self._take_channel)
        peer.on("track", self._take_track)
        peer.on("connectionstatechange", lambda: self._watch(peer))
        peer.addTrack(self._track)
        try:
            offer = RTCSessionDescription(self._offer, "offer")
            await peer.setRemoteDescription(offer)
            await peer.setLocalDescription(await peer.createAnswer())
        except Exception as error:  # noqa: BLE001 - whatever aiortc makes of a wrong SDP
            message = f"The offer cannot be answered: {error!r}"
            self._answered.set_exception(WebError(400, message, code="invalid_offer"))
            return False
        sdp = peer.localDescription.sdp
        self._answered.set_result(stated(sdp, self._sessions.settings.max_message_size))
        return True

    async def _hold(self) -> None:
        async with asyncio.TaskGroup() as group:
            held = group.create_task(self._converse())
            ended = group.create_task(self._hung_up.wait())
            await asyncio.wait({held, ended}, return_when=asyncio.FIRST_COMPLETED)
            held.cancel()
            ended.cancel()

    async def _converse(self) -> None:
        try:
            async with asyncio.timeout(_OPENING_S):
                channel = await self._channel
        except TimeoutError:
            return
        trickle_s = self._sessions.faults.trickle_s
        carrier = CallCarrier(channel, self._track, trickle_s)
        driver = self._sessions.driver(self._service, carrier)
        async with asyncio.TaskGroup() as listening:
            task = listening.create_task(self._take_in(driver))
            await driver.run()
            task.cancel()

    async def _take_in(self, driver: Driver) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                track = await self._tracks.get()
                if track.kind == "audio":
                    group.create_task(_hear(track, driver))
                else:
                    group.create_task(_watch_video(track, driver))

    def _take_channel(self, channel: RTCDataChannel) -> None:
        if not self._channel.done():
            self._channel.set_result(channel)

    def _take_track(self, track: MediaStreamTrack) -> None:
        if not self._tracks.full():
            self._tracks.put_nowait(track)

    def _watch(self, peer: RTCPeerConnection) -> None:
        if peer.connectionState in {"failed", "closed"}:
            self.hang_up()


async def _next_frame(track: Any) -> object:
    # PyAV types its packets only in part; what is no frame is not looked at.
    return await track.recv()


async def _hear(track: MediaStreamTrack, driver: Driver) -> None:
    resampler = Resampler(_RATE_HZ)
    with contextlib.suppress(MediaStreamError):
        while True:
            frame = await _next_frame(track)
            if isinstance(frame, av.AudioFrame):
                channels = frame.layout.nb_channels
                width = 2 * channels * frame.samples
                samples = bytes(frame.planes[0])[:width]
                pcm = Pcm(samples, frame.sample_rate, channels)
                driver.hear(resampler.push(pcm))


async def _watch_video(track: MediaStreamTrack, driver: Driver) -> None:
    loop = asyncio.get_running_loop()
    next_s = 0.0
    with contextlib.suppress(MediaStreamError):
        while True:
            frame = await _next_frame(track)
            if isinstance(frame, av.VideoFrame) and loop.time() >= next_s:
                next_s = loop.time() + _LOOK_S
                small = frame.reformat(_LOOK_SIZE, _LOOK_SIZE, "rgb24").to_ndarray()
                red, green, blue = small.reshape(-1, 3).mean(axis=0)
                driver.see(video_described(red, green, blue))


def stated(sdp: str, max_message_size: int | None) -> str:
    """Return an answer that states how large a message may be; None: it does not."""
    bare = re.sub(r"a=max-message-size:\d+\r?\n", "", sdp)
    if max_message_size is None:
        return bare
    line = f"a=max-message-size:{max_message_size}"
    return re.sub(r"(a=sctp-port:\d+\r?\n)", rf"\g<1>{line}\r\n", bare)
