"""Our end of a WebRTC connection: one RTCPeerConnection with what hangs on it.

Importing this module takes long (aiortc, PyAV): do it in a thread.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.stats import RTCTransportStats
from av import AudioFrame

from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run_openai import peer_closing
from realtime_run_openai.inbox import Inbox
from realtime_run_openai.tracks import CameraTrack, MicrophoneTrack, mono
from realtime_run_openai.transports import NEEDS_UDP

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNEL = "oai-events"
"""The name that the server expects of the data channel."""
_LONG_SILENT_S = 15.0
"""Consent expires after half a minute (RFC 7675); no server hangs up so silently."""
_DEFAULT_MESSAGE_BYTES = 65_536
"""What a peer takes that does not say (RFC 8841, section 6)."""
_BUFFERED_BYTES = 1 << 18
"""So much may wait in the data channel; then `send_text` waits."""
_MESSAGE_SIZE = re.compile(r"^a=max-message-size:(\d+)\s*$", re.MULTILINE)


class Peer:
    """Sends and receives; made by `open_peer`."""

    def __init__(self, *, with_video: bool, now: Callable[[], float]) -> None:
        # Servers have public addresses, so none need be asked for ours (STUN).
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.inbox = Inbox(now)
        self.microphone = MicrophoneTrack(now)
        self.camera = CameraTrack(now) if with_video else None
        self._audio = self._connection.addTransceiver(self.microphone, "sendrecv")
        self._audio.setCodecPreferences(
            [
                codec
                for codec in RTCRtpSender.getCapabilities("audio").codecs
                if codec.mimeType.lower() == "audio/opus"
            ]
        )
        if self.camera is not None:
            self._connection.addTransceiver(self.camera, "sendonly")
        self._channel = self._connection.createDataChannel(CHANNEL)
        self._now = now
        self._packets = 0
        self._heard_s = now()
        self._accepted = False
        self._message_bytes = _DEFAULT_MESSAGE_BYTES
        self._changed = asyncio.Event()
        self._channel.bufferedAmountLowThreshold = _BUFFERED_BYTES // 2
        self._channel.on("open", self._changed.set)
        self._channel.on("bufferedamountlow", self._changed.set)
        self._channel.on("message", self.inbox.put_message)
        self._channel.on("close", self._on_close)
        self._connection.on("connectionstatechange", self._on_state)

    @property
    def ended(self) -> ConnectionClosedError:
        """Why nothing can be sent any more."""
        return self.inbox.ended or self._closed()

    async def offer(self) -> str:
        """Open the sockets, and return what to offer to the server, as SDP."""
        await self._connection.setLocalDescription()
        return self._connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        """Begin to connect, with the server's answer.

        Raises:
            ProviderError: If it does not answer the offer.
        """
        stated = _MESSAGE_SIZE.search(answer)
        if stated is not None:
            self._message_bytes = int(stated[1])
        try:
            await self._connection.setRemoteDescription(
                RTCSessionDescription(answer, "answer")
            )
            # All candidates are in the answer: without this, ICE would never give up.
            await self._connection.addIceCandidate(None)
        except Exception as error:
            # aiortc raises whatever it stumbles on
            message = f"the server's answer cannot be used: {error!r}"
            raise ProviderError(message, code="invalid_answer") from error
        self._accepted = True

    async def connected(self) -> None:
        """Wait until messages can be sent.

        Raises:
            ConnectionClosedError: If the connection fails.
        """
        while self._channel.readyState != "open":
            await self._change()

    async def receive_audio(self) -> None:
        """Pass on what the server says, until it ends."""
        track = self._audio.receiver.track
        try:
            while True:
                frame = cast("object", await track.recv())  # pyright: ignore[reportUnknownMemberType] - PyAV's Packet is generic
                if isinstance(frame, AudioFrame):
                    self.inbox.put_frame(mono(frame))
        except MediaStreamError:
            return

    async def packets(self) -> int:
        """Return how many packets have come, of sound, reports and messages."""
        report = cast("Mapping[str, object]", await self._connection.getStats())
        packets = sum(
            part.packetsReceived
            for part in report.values()
            if isinstance(part, RTCTransportStats)
        )
        if packets != self._packets:
            self._packets = packets
            self._heard_s = self._now()
        return packets

    async def send_text(self, text: str) -> None:
        """Send a message; waits while many others wait to be sent.

        Raises:
            ProviderError: If it is longer than the server takes.
            ConnectionClosedError: If the connection has ended.
        """
        length = len(text.encode())
        if 0 < self._message_bytes < length:
            message = (
                f"a message of {length} bytes is too long for the data channel: "
                f"the server takes {self._message_bytes}"
            )
            raise ProviderError(message, code="message_too_large")
        while self._channel.bufferedAmount > _BUFFERED_BYTES:
            await self._change()
        if self._channel.readyState != "open":
            raise self.ended
        self._channel.send(text)

    def give_up(self, why: str) -> None:
        """Count the connection as lost: the server does not answer any more."""
        self._end(ConnectionClosedError(why, code="ice_failed"))

    async def close(self) -> None:
        """End the connection and everything that aiortc runs for it."""
        closed = ConnectionClosedError("the connection was closed", was_clean=True)
        self.inbox.end(closed)
        await peer_closing.close(self._connection, described=self._accepted)

    async def _change(self) -> None:
        if self.inbox.ended is not None:
            raise self.inbox.ended
        self._changed.clear()
        await self._changed.wait()

    def _on_close(self) -> None:
        self._end(self._closed())

    def _on_state(self) -> None:
        match self._connection.connectionState:
            case "failed" if self._connection.iceConnectionState == "failed":
                found = "no way through the network to the server (ICE failed)"
                message = f"{found}; {NEEDS_UDP}"
                self._end(ConnectionClosedError(message, code="ice_failed"))
            case "failed":
                message = "no encryption was agreed on with the server (DTLS failed)"
                self._end(ConnectionClosedError(message, code="dtls_failed"))
            case "closed":
                self._end(self._closed())
            case _:
                self._changed.set()

    def _closed(self) -> ConnectionClosedError:
        # aiortc closes everything in the same way when consent to send has expired.
        silent_s = self._now() - self._heard_s
        if silent_s > _LONG_SILENT_S:
            message = f"nothing has come from the server for {silent_s:.0f} s"
            return ConnectionClosedError(message, code="ice_failed")
        message = "the server closed the call"
        return ConnectionClosedError(message, code="channel_closed", was_clean=True)

    def _end(self, why: ConnectionClosedError) -> None:
        self.inbox.end(why)
        self._changed.set()


@asynccontextmanager
async def open_peer(
    *, with_video: bool, now: Callable[[], float]
) -> AsyncGenerator[Peer, None]:
    """Make a peer; leaving closes it.

    Args:
        with_video: Offer a video track too.
        now: Monotonic seconds.
    """
    peer = Peer(with_video=with_video, now=now)
    try:
        yield peer
    finally:
        await peer.close()
