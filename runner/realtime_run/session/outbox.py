"""The commands that wait for the connection, in order."""

import asyncio
from collections import deque

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    Command,
    SendText,
)

MOST_AUDIO = 250
"""Microphone frames (5 s); then the oldest is dropped, for the newest matter more."""
MOST_COMMANDS = 256
"""Other commands; more means that the connection takes nothing: `OutboxFullError`."""


class OutboxFullError(Exception):
    """The connection has stopped taking commands."""


class Outbox:
    """Holds what is to be sent; belongs to the loop's thread."""

    def __init__(self) -> None:
        self._commands: deque[Command] = deque()
        self._audio = 0
        self._most_audio = MOST_AUDIO
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self.dropped_frames = 0
        """Microphone frames that were dropped because the connection was slow."""

    def put(self, command: Command) -> None:
        """Append a command.

        Raises:
            OutboxFullError: If too many wait. Of audio, the oldest is dropped instead.
        """
        match command:
            case AppendAudio():
                if self._audio >= self._most_audio:
                    self._drop_oldest(AppendAudio)
                    self._audio -= 1
                    self.dropped_frames += 1
                self._audio += 1
            case AppendImage() | AppendPicture():
                self._drop_oldest(type(command))  # the latest picture wins
            case _ if len(self._commands) - self._audio >= MOST_COMMANDS:
                raise OutboxFullError
            case _:
                pass
        self._commands.append(command)
        self._ready.set()

    def replay(self, command: AppendAudio) -> None:
        """Append audio that was held back: it comes at once, and none of it is dropped.

        Who holds it back sets the bound.
        """
        self._most_audio = max(self._most_audio, self._audio + 1 + MOST_AUDIO)
        self.put(command)

    async def put_audio(self, command: AppendAudio) -> None:
        """Append audio that must not be lost: waits for room."""
        while self._audio >= self._most_audio:
            self._room.clear()
            await self._room.wait()
        self.put(command)

    async def get(self) -> Command:
        """Remove and return the oldest command; waits for one."""
        while not self._commands:
            self._ready.clear()
            await self._ready.wait()
        command = self._commands.popleft()
        if isinstance(command, AppendAudio):
            self._audio -= 1
            self._most_audio = max(
                MOST_AUDIO, min(self._most_audio, self._audio + MOST_AUDIO)
            )
            self._room.set()
        return command

    @property
    def pending_texts(self) -> int:
        """How many texts of the user wait."""
        return sum(isinstance(command, SendText) for command in self._commands)

    @property
    def busy(self) -> bool:
        """True if anything waits but what the user's devices give all the time."""
        given = AppendAudio | AppendImage | AppendPicture
        return any(not isinstance(command, given) for command in self._commands)

    def disconnected(self) -> None:
        """Drop what referred to the connection that is gone.

        The user's words stay: audio, and text that was not sent yet.
        """
        kept = [c for c in self._commands if isinstance(c, AppendAudio | SendText)]
        self._commands = deque(kept)

    def _drop_oldest(self, kind: type[Command]) -> None:
        for index, command in enumerate(self._commands):
            if isinstance(command, kind):
                del self._commands[index]
                return
