"""Talks over one connection: what is asked goes out, what is reported comes in."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.events import Event, RealtimeAudioInputEvent, RealtimeErrorEvent
from realtime_run.core.provider_events import (
    AudioOutput,
    ConnectionExpires,
    ProviderEvent,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    ResumptionOffered,
    UserTranscript,
)
from realtime_run.core.turn_state import Turns
from realtime_run.plugin.api import Connection, Opening, Provider
from realtime_run.session.causes import cause_of
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine
from realtime_run.session.held import Held
from realtime_run.session.outbox import Outbox
from realtime_run.session.rotation import Rotation

_log = logging.getLogger(__name__)
LAST_WORDS_S = 1.0
"""How long a connection that takes nothing any more may go on telling."""
_LEVELS = {"debug": logging.DEBUG, "warning": logging.WARNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a link works on."""

    provider: Provider
    opening: Callable[[], Opening]
    offered: Callable[[ResumptionOffered], None]
    """Is given each handle to go on by."""
    outbox: Outbox
    engine: Engine
    emit: Callable[[Event], None]
    wanted: Callable[[str], bool]
    """Tells whether anybody listens to events of a type."""
    clock: Clock
    attempts: int
    """How often in a row to try again."""
    quiet: Callable[[], bool] = lambda: False
    """Tells whether a connection may be exchanged now: nobody speaks, nothing runs."""
    replays: bool = True
    """Say to a new connection what the user has just said to the one before; not where
    the user's turns are kept for it anyway."""
    rotates: bool = True
    """Move to a new connection before one expires."""


class Talk:
    """The conversation, as long as one connection holds it."""

    def __init__(
        self, line: Line, connection: Connection, held: Held, rotation: Rotation
    ) -> None:
        self._line = line
        self._connection = connection
        self._held = held
        self._rotation = rotation
        self._rotating: asyncio.Task[None] | None = None

    async def run(self, stalled: asyncio.Event) -> None:
        """Talk until another connection takes over.

        Args:
            stalled: Set when the connection takes no more commands.

        Raises:
            ConnectionClosedError: If the connection is lost.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                workers = (
                    tasks.create_task(_mind(stalled), name="connection stall"),
                    tasks.create_task(self._write(), name="connection writer"),
                    tasks.create_task(self._read(tasks), name="connection reader"),
                )
                await self._held.handed_over.wait()
                for task in (*workers, self._rotating):
                    if task is not None:
                        task.cancel()
        except BaseExceptionGroup as group:
            raise cause_of(group) from None

    async def _write(self) -> None:
        replay = self._held.replay
        for frame in replay:
            self._held.spoken.add(frame)  # it may have to be heard by yet another
        for frame in replay:
            await self._connection.send(frame)
        while True:
            await self._send(await self._line.outbox.get())

    async def _send(self, command: Command) -> None:
        if isinstance(command, AppendAudio) and self._line.replays:
            self._held.spoken.add(command)  # before it is sent: it may not arrive
        try:
            await self._connection.send(command)
        except ProviderError as error:
            await self._refused(command, error)
        else:
            if isinstance(command, AppendAudio):
                self._sent(command)

    async def _refused(self, command: Command, error: ProviderError) -> None:
        """Report what cannot be done; raises what ends the connection."""
        closed = isinstance(error, ConnectionClosedError)
        if closed or not error.is_recoverable:
            # What it told before its end counts, and so does why it ended: the reader
            # raises that after the last event.
            await self._line.clock.sleep(LAST_WORDS_S)
        if closed:
            raise error
        self._line.emit(
            RealtimeErrorEvent(
                error=error.message,
                error_code=error.code,
                context=type(command).__name__,
                is_recoverable=error.is_recoverable,
                setting=error.setting,
            )
        )
        if not error.is_recoverable:
            raise error

    def _sent(self, command: AppendAudio) -> None:
        if self._line.wanted(RealtimeAudioInputEvent.type):
            self._line.emit(RealtimeAudioInputEvent(data=command.pcm))

    async def _read(  # noqa: C901 - a table: one line for each kind of event
        self, tasks: asyncio.TaskGroup
    ) -> None:
        limit_s = self._line.provider.capabilities.max_session_s
        if limit_s is not None:
            self._rotate(ConnectionExpires(in_s=limit_s), tasks)
        while True:
            event = await self._connection.receive()
            match event:
                case AudioOutput():  # most of what comes
                    self._line.engine.apply(event)
                case ConnectionExpires():
                    self._rotate(event, tasks)
                case ResumptionOffered():
                    self._line.offered(event)
                case ProviderNoted(message=message, level=level):
                    _log.log(_LEVELS[level], "%s", message)
                case _:
                    if _is_an_answer(event):
                        self._held.used = True
                    if _understood(event, self._line.engine.turns):
                        self._held.spoken.answered()
                    self._line.engine.apply(event)
            # A burst that is buffered is received without waiting: the others must
            # have their turn, a barge-in first of all.
            await asyncio.sleep(0)

    def _rotate(self, term: ConnectionExpires, tasks: asyncio.TaskGroup) -> None:
        """Look for the moment to move on; the last word on when counts."""
        if self._rotating is not None:
            self._rotating.cancel()
        if self._line.rotates and self._held.successor is None:
            self._rotating = tasks.create_task(
                self._rotation.run(self._held, term), name="connection rotation"
            )


def _is_an_answer(event: ProviderEvent) -> bool:
    return isinstance(event, ResponseDone) and event.status != "failed"


def _understood(event: ProviderEvent, turns: Turns) -> bool:
    """Return whether a provider that tells this knows what the user said."""
    match event:
        case ResponseStarted():
            return True
        case UserTranscript(mode="final", text=text):
            # A new connection is told of it in words; of an open sentence it is a part.
            return bool(text.strip()) and not turns.user_speaking
        case _:
            return False


async def _mind(stalled: asyncio.Event) -> None:
    stalled.clear()
    await stalled.wait()
    message = "the connection takes no more commands"
    raise ConnectionClosedError(message, code="stalled")
