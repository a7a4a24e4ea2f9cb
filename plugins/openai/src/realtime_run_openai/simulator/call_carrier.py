"""Carries a session over a data channel and a track."""

import asyncio
import contextlib
import json

from aiortc import RTCDataChannel

from realtime_run.simulation.outputs import (
    Close,
    Drop,
    Hush,
    Message,
    Output,
    Play,
    Raw,
)
from realtime_run_openai.simulator.call_tracks import VoiceTrack

_MOST_WAITING = 1024
"""Messages of the client that wait; one more ends the call."""


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
