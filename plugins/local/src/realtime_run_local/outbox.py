"""What the connection has to report, waiting for the session to take it."""

import asyncio
from collections import deque

from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ProviderEvent,
)

MOST_AUDIO = 100
"""Pieces of audio, up to 10 s: when they wait, speaking waits too."""
MOST_EVENTS = 10_000
"""Events in all: a session that leaves so many has stopped listening for good."""


class Outbox:
    """Events in order. One task takes them; all of it belongs to one event loop."""

    def __init__(self) -> None:
        self._events: deque[ProviderEvent] = deque()
        self._audio = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._ended: ConnectionClosedError | None = None

    @property
    def ended(self) -> ConnectionClosedError | None:
        """Why nothing comes any more; None while something may."""
        return self._ended

    def put(self, event: ProviderEvent) -> None:
        """Add an event; never waits."""
        if self._ended is not None:
            return
        if len(self._events) >= MOST_EVENTS:
            self.end(f"the session left {MOST_EVENTS} events waiting", was_clean=False)
            return
        self._events.append(event)
        self._count(isinstance(event, AudioOutput))
        self._arrived.set()

    async def put_audio(self, event: AudioOutput) -> None:
        """Add audio, as soon as there is room for it."""
        while self._ended is None and self._audio >= MOST_AUDIO:
            await self._room.wait()
        self.put(event)

    def drop_speech(self, response_id: str) -> None:
        """Forget the audio and the transcripts of a response that wait here."""
        kept = [
            event
            for event in self._events
            if not isinstance(event, AudioOutput | AgentTranscript)
            or event.response_id != response_id
        ]
        audio = sum(isinstance(event, AudioOutput) for event in kept)
        self._events = deque(kept)
        self._count(audio - self._audio)

    async def get(self) -> ProviderEvent:
        """Return the next event; cancelling this loses none.

        Raises:
            ConnectionClosedError: If it has ended, and nothing is left.
        """
        while not self._events:
            if self._ended is not None:
                raise ConnectionClosedError(
                    self._ended.message, was_clean=self._ended.was_clean
                )
            self._arrived.clear()
            await self._arrived.wait()
        event = self._events.popleft()
        self._count(-isinstance(event, AudioOutput))
        return event

    def end(self, message: str, *, was_clean: bool) -> None:
        """Take nothing more; only the first call counts. A clean end drops the rest."""
        if self._ended is not None:
            return
        self._ended = ConnectionClosedError(message, was_clean=was_clean)
        if was_clean:
            self._events.clear()
        self._arrived.set()
        self._room.set()

    def _count(self, more: int) -> None:
        self._audio += more
        if self._audio < MOST_AUDIO or self._ended is not None:
            self._room.set()
        else:
            self._room.clear()
