"""One WebRTC call: the answering peer, its data channel, its sound and its sight."""

import asyncio
import re
from functools import partial

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.driver import Driver
from realtime_run.simulation.web import WebError
from realtime_run_openai import peer_closing
from realtime_run_openai.simulator.call_carrier import CallCarrier
from realtime_run_openai.simulator.call_tracks import VoiceTrack, hear, watch
from realtime_run_openai.simulator.service import Service
from realtime_run_openai.simulator.sessions import Sessions

_OPENING_S = 20.0
"""How long the client may take to open its data channel."""


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
        described = False
        try:
            described = await self._answer(peer)
            if described:
                await self._hold()
        finally:
            if not self._answered.done():
                self._answered.cancel()
            self._track.stop()
            await peer_closing.close(peer, described=described)

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
                    take = partial(self._hear, driver)
                    group.create_task(hear(track, take))
                else:
                    group.create_task(watch(track, self._service.see))

    def _hear(self, driver: Driver, pcm: Pcm) -> None:
        now_s = asyncio.get_running_loop().time()
        driver.perform(self._service.hear(pcm, now_s))

    def _take_channel(self, channel: RTCDataChannel) -> None:
        if not self._channel.done():
            self._channel.set_result(channel)

    def _take_track(self, track: MediaStreamTrack) -> None:
        if not self._tracks.full():
            self._tracks.put_nowait(track)

    def _watch(self, peer: RTCPeerConnection) -> None:
        if peer.connectionState in {"failed", "closed"}:
            self.hang_up()


def stated(sdp: str, max_message_size: int | None) -> str:
    """Return an answer that states how large a message may be; None: it does not."""
    bare = re.sub(r"a=max-message-size:\d+\r?\n", "", sdp)
    if max_message_size is None:
        return bare
    line = f"a=max-message-size:{max_message_size}"
    return re.sub(r"(a=sctp-port:\d+\r?\n)", rf"\g<1>{line}\r\n", bare)
