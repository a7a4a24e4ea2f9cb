"""Moves messages between a codec and a transport, and is the session's connection.

Three tasks belong to an open connection: one takes what the server sends, as soon as it
comes and whether or not the session asks for it; one sends what the codec answers by
itself, so that reading never waits for writing; one tells the codec when it is time.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import ProviderEvent, ProviderFailed
from realtime_run.wire.codec import Codec, Outcome

MOST_EVENTS = 2_048
"""When so many wait for the session, the server is not read from until it takes some:
the network then slows the server down."""
LAST_WORD_S = 1.0
"""How long a server that takes nothing any more may go on saying why."""


class Transport(Protocol):
    """Carries texts to a server and back."""

    async def send_text(self, text: str) -> None:
        """Send a text; waits while the network is slow.

        Raises:
            ConnectionClosedError: If the connection has ended.
        """

    async def receive_text(self) -> str | bytes:
        """Return what the server sent next. Cancelling this loses nothing.

        Raises:
            ConnectionClosedError: When the connection ends.
        """
        ...


class WireConnection:
    """A connection of the session over any transport."""

    def __init__(
        self, codec: Codec, transport: Transport, *, now: Callable[[], float]
    ) -> None:
        """Make a connection; `running` sets it going.

        Args:
            codec: A new one.
            transport: Open.
            now: The monotonic clock, in seconds.
        """
        self._codec = codec
        self._transport = transport
        self._now = now
        self._events: deque[ProviderEvent] = deque()
        self._unsent: deque[str] = deque()
        self._writing = asyncio.Lock()
        self._to_write = asyncio.Event()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._rescheduled = asyncio.Event()
        self._due: float | None = None
        self._exchanging = False
        self._end: ProviderError | None = None

    @property
    def session_config(self) -> Mapping[str, object]:
        """What the server acknowledged."""
        return self._codec.acknowledged or {}

    @property
    def ended(self) -> ProviderError | None:
        """Why the connection ended; None while it goes on."""
        return self._end

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Exchange messages until this is left."""
        failure: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(), name="server reader")
            writer = tasks.create_task(self._write(), name="server writer")
            clock = tasks.create_task(self._keep_time(), name="server clock")
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised again below, unwrapped
                failure = error
            finally:
                reader.cancel()
                writer.cancel()
                clock.cancel()
                message = "the connection was left"
                self.end(ConnectionClosedError(message, code="left", was_clean=True))
        if failure is not None:
            raise failure

    async def exchange(self, outcome: Outcome, reached: Callable[[], bool]) -> None:
        """Send what a codec opens its session with, and wait for what follows.

        Args:
            outcome: Of the codec.
            reached: True once the codec has what it waits for.

        Raises:
            ProviderError: If the server refuses, or leaves.
        """
        self._exchanging = True
        self._take(outcome)
        await self._flush()
        while not reached():
            if self._end is not None:
                raise self._end
            await self._anything_new()
        self._exchanging = False

    async def send(self, command: Command) -> None:
        """Do what is asked; returns when the bytes are on their way.

        Raises:
            ProviderError: If it cannot be done over this connection, or the connection
                has ended.
        """
        if self._end is not None:
            raise self._end
        outcome = self._codec.ask(command, self._now())
        if isinstance(command, AppendAudio):  # fifty a second: nothing else changes
            self._unsent.extend(outcome.messages)
        else:
            self._take(outcome)
        if self._unsent:
            await self._flush()

    async def receive(self) -> ProviderEvent:
        """Return what happened next. Cancelling this loses no event.

        Raises:
            ProviderError: After the last event, when the connection has ended: a
                `ConnectionClosedError` unless the server says that it cannot go on.
        """
        while not self._events:
            if self._end is not None:
                raise self._end
            await self._anything_new()
        event = self._events.popleft()
        self._room.set()
        return event

    def deliver(self, event: ProviderEvent) -> None:
        """Add an event of the transport's own, such as audio that came by RTP.

        The transport bounds what it adds.
        """
        self._events.append(event)
        self._news.set()

    def end(self, why: ProviderError) -> None:
        """End the connection; the first reason counts."""
        if self._end is None:
            self._end = why
        self._news.set()

    async def _anything_new(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _read(self) -> None:
        while self._end is None:
            try:
                text = await self._transport.receive_text()
            except ConnectionClosedError as error:
                self._take(self._codec.closed(error, self._now()))
                self.end(error)
            else:
                self._take(self._codec.receive(text, self._now()))
                self._write_soon()
            while len(self._events) >= MOST_EVENTS:
                self._room.clear()
                await self._room.wait()

    async def _keep_time(self) -> None:
        while self._end is None:
            self._rescheduled.clear()
            self._due = due = self._codec.deadline
            left_s = None if due is None else max(0.0, due - self._now())
            try:
                async with asyncio.timeout(left_s):
                    await self._rescheduled.wait()
            except TimeoutError:
                self._take(self._codec.tick(self._now()))
                self._write_soon()

    async def _write(self) -> None:
        while self._end is None:
            self._to_write.clear()
            await self._to_write.wait()
            try:
                await self._flush()
            except ProviderError as error:
                if self._end is None:
                    # Its sender waits behind this task, and will find it gone.
                    self.deliver(_not_sent(error))
                    self._write_soon()

    def _write_soon(self) -> None:
        if self._unsent:
            self._to_write.set()

    async def _flush(self) -> None:
        # Whoever holds the lock sends what is oldest: the order is the codec's.
        async with self._writing:
            while self._unsent:
                try:
                    await self._transport.send_text(self._unsent.popleft())
                except ConnectionClosedError as error:
                    raise await self._last_word(error) from None

    async def _last_word(self, closed: ConnectionClosedError) -> ProviderError:
        """Return why the server left: it may have said so, and not been read yet."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                while self._end is None:
                    await self._anything_new()
        self.end(closed)
        return self._end or closed

    def _take(self, outcome: Outcome) -> None:
        self._events.extend(outcome.events)
        self._unsent.extend(outcome.messages)
        if self._codec.deadline != self._due:
            self._rescheduled.set()
        if self._codec.failure is not None:
            self.end(self._codec.failure)
        if outcome.events or self._exchanging:
            self._news.set()


def _not_sent(error: ProviderError) -> ProviderFailed:
    return ProviderFailed(
        error=error.message,
        error_code=error.code,
        context="sending",
        setting=error.setting,
    )
