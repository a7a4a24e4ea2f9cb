"""What the session talks to over WebRTC: parts sound and pictures from messages."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from aiortc.mediastreams import MediaStreamError

from realtime_run.core.commands import (
    AppendAudio,
    AppendPicture,
    CancelResponse,
    Command,
    EndTurn,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.picture import Picture
from realtime_run.core.provider_events import AudioOutput, ProviderEvent
from realtime_run.plugin.api import HistoryItem
from realtime_run.wire.connection import WireConnection
from realtime_run_openai.codec import Codec
from realtime_run_openai.opening import open_session
from realtime_run_openai.peer import Peer
from realtime_run_openai.rtp_audio import LabelledFrame
from realtime_run_openai.tracks import AUDIO_HZ

_MOST_FRAMES = 1_500
"""Half a minute of sound. When so much waits for the session, nothing more is taken."""


class WebRtcConnection:
    """A connection, and the transport of its messages."""

    def __init__(self, codec: Codec, peer: Peer) -> None:
        self._codec = codec
        self._peer = peer
        self._wire = WireConnection(codec, self, now=asyncio.get_running_loop().time)
        self._frames_waiting = 0
        self._room = asyncio.Event()

    @property
    def session_config(self) -> Mapping[str, object]:
        """What the server acknowledged."""
        return self._wire.session_config

    def running(self) -> AbstractAsyncContextManager[None]:
        """Exchange messages until this is left."""
        return self._wire.running()

    async def open(self, history: Sequence[HistoryItem]) -> None:
        """Wait until the server greets, and tell it what was said before.

        Raises:
            ProviderError: If the server leaves.
        """
        # The session itself went with the offer.
        await open_session(self._wire, codec=self._codec, session=None, history=history)

    async def send(self, command: Command) -> None:
        """Do what is asked; sound waits while 200 ms of it have not been sent yet.

        Raises:
            ProviderError: If it cannot be done over this connection, or the connection
                has ended.
        """
        if self._wire.ended is not None:
            raise self._wire.ended
        match command:
            case AppendAudio(pcm=pcm):
                await self._hear(pcm)
            case AppendPicture(picture=picture):
                self._see(picture)
            case CancelResponse(response_id=str(response_id)):
                self._peer.inbox.interrupted(response_id)
                await self._wire.send(command)
            case EndTurn():
                # What was said last would come after the word that it is all.
                await self._peer.microphone.drain()
                await self._wire.send(command)
            case _:
                await self._wire.send(command)

    async def receive(self) -> ProviderEvent:
        """Return what happened next. Cancelling this loses no event.

        Raises:
            ProviderError: After the last event, when the connection has ended.
        """
        event = await self._wire.receive()
        if isinstance(event, AudioOutput):
            self._frames_waiting -= 1
            self._room.set()
        return event

    async def send_text(self, text: str) -> None:
        """Send a message to the server."""
        await self._peer.send_text(text)

    async def receive_text(self) -> str | bytes:
        """Return the server's next message; sound that came before it is delivered."""
        while True:
            while self._frames_waiting >= _MOST_FRAMES:
                self._room.clear()
                await self._room.wait()
            item = await self._peer.inbox.get()
            if not isinstance(item, LabelledFrame):
                return item
            self._frames_waiting += 1
            self._wire.deliver(
                AudioOutput(
                    response_id=item.response_id,
                    pcm=item.pcm,
                    item_id=self._item_of(item.response_id),
                )
            )

    async def _hear(self, pcm: Pcm) -> None:
        if (pcm.rate_hz, pcm.channels) != (AUDIO_HZ, 1):
            message = (
                f"audio of {pcm.rate_hz} Hz and {pcm.channels} channels; "
                f"WebRTC takes {AUDIO_HZ} Hz mono"
            )
            raise ProviderError(message, code="wrong_audio_format")
        try:
            await self._peer.microphone.write(pcm)
        except MediaStreamError:
            raise self._peer.ended from None

    def _see(self, picture: Picture) -> None:
        if self._peer.camera is None:
            message = "pictures need a video track: write 'video: track'"
            raise ProviderError(
                message, code="video_unsupported", setting="provider.video"
            )
        self._peer.camera.show(picture)

    def _item_of(self, response_id: str) -> str | None:
        match self._codec.sounding:
            case (sounding, item_id) if sounding == response_id:
                return item_id
            case _:
                return None
