"""One live conversation, from its first task to its last."""

import asyncio
from collections.abc import Mapping

from realtime_run.core.commands import ApproveToolCall
from realtime_run.core.errors import CapabilityError, NotConnectedError
from realtime_run.core.events import (
    Participant,
    SessionEndedEvent,
    UserTypingEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import Conversation, VideoSource
from realtime_run.session.causes import cause_of
from realtime_run.session.circuit import Circuit
from realtime_run.session.clock import Clock, RealClock
from realtime_run.session.hub import Hub
from realtime_run.session.listening import subscriber_of
from realtime_run.session.overdue import LOOK_LIVE_S, LOOK_S, Overdue
from realtime_run.session.parts import Parts
from realtime_run.session.user_side import TextInput
from realtime_run.session.watching import Watching


class _Ended(Exception):  # noqa: N818 - nothing went wrong
    """Leaves the task group of a conversation that has ended as it should."""


class Session:
    """Holds one conversation. Run it once."""

    def __init__(
        self, parts: Parts, conversation: Conversation, clock: Clock | None = None
    ) -> None:
        """Put a session together; nothing is opened and no task starts.

        Args:
            parts: What it is made of.
            conversation: What handlers and tools are given.
            clock: The time; a test's own, or the machine's.

        Raises:
            CapabilityError: If the provider cannot do what the parts ask for.
        """
        self._parts = parts
        self._conversation = conversation
        self._clock = clock or RealClock()
        self._circuit = Circuit(parts, conversation, self._clock)
        self._sound_open = asyncio.Event()
        self._end = asyncio.Event()
        self._reason = "closed"
        self._failed = False
        self._watching = Watching(self._circuit, parts, self._clock)
        self._circuit.when_connected = self._watching.connected

    @property
    def hub(self) -> Hub:
        """Delivers the events; takes subscribers."""
        return self._circuit.hub

    @property
    def connected(self) -> asyncio.Event:
        """Set while connected."""
        return self._circuit.link.connected

    @property
    def epoch(self) -> int:
        """How often the agent was interrupted."""
        return self._circuit.engine.turns.epoch

    @property
    def figures(self) -> Mapping[str, float]:
        """Counts of what has happened: see `SessionEndedEvent.figures`."""
        return {
            **self._circuit.engine.figures.values(),
            "input_frames_dropped": self._circuit.outbox.dropped_frames,
        }

    @property
    def fps(self) -> float:
        """The most pictures a second that the model is sent."""
        return self._watching.fps

    @fps.setter
    def fps(self, fps: float) -> None:
        self._watching.fps = fps

    async def run(
        self, text: TextInput | None = None, *, ends_when_quiet: bool = False
    ) -> None:
        """Hold the conversation until it ends; leaves no task, file or device behind.

        Args:
            text: Where the user's lines come from.
            ends_when_quiet: End by itself when speech and text are used up and the last
                answer was played. Otherwise it goes on until `end`.

        Raises:
            RealtimeRunError: What ended it, if something went wrong.
        """
        self._circuit.loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._circuit.hub.serve(self._conversation, tasks)
                try:
                    for named in self._parts.handlers:
                        subscriber = subscriber_of(named, self._parts.info)
                        await subscriber.open()
                        self._circuit.hub.add(subscriber)
                    await self._converse(text, ends_when_quiet=ends_when_quiet)
                finally:
                    self._circuit.emit(self._ended())
                    await self._circuit.hub.finish(self._parts.limits.handlers_at_end_s)
        except BaseExceptionGroup as group:
            raise cause_of(group) from None

    def end(self, reason: str = "closed") -> None:
        """Let `run` return soon: tools and handlers get their bounded time."""
        if not self._end.is_set():
            self._reason = reason
            self._end.set()

    def ask(self, text: str) -> None:
        """Send the user's text; the model answers it.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider takes no text.
        """
        _ = self._running
        if not self._parts.provider.capabilities.text_input:
            message = f"provider {self._parts.provider_name!r} takes no text"
            raise CapabilityError(message)
        self._circuit.engine.ask(text)

    def approve_tool(
        self, approval_id: str, *, approve: bool, reason: str | None
    ) -> None:
        """Tell the provider whether it may call a tool by itself.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider never asks.
        """
        _ = self._running
        if not self._parts.provider.capabilities.tool_approval:
            message = f"provider {self._parts.provider_name!r} asks for no approval"
            raise CapabilityError(message)
        self._circuit.engine.approve(
            ApproveToolCall(approval_id=approval_id, approve=approve, reason=reason)
        )

    async def say(self, pcm: Pcm, participant: Participant | None) -> None:
        """Send the user's speech; what is understood of it is the participant's.

        Raises:
            NotConnectedError: If the conversation is not running.
        """
        _ = self._running
        self._circuit.speaking_as = participant
        await self._circuit.user.say(pcm)

    def interrupt(self) -> None:
        """Silence the agent."""
        self._circuit.engine.interrupt()

    def talk(self, *, talking: bool) -> None:
        """Give the user the floor, or take it from him: push to talk.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the turns end in another way.
        """
        _ = self._running
        if self._parts.turn.end != "push_to_talk":
            message = "there is no talk key: write turn: {end: push_to_talk}"
            raise CapabilityError(message)
        self._circuit.user.talk(talking=talking)

    def typing(self, text: str, cursor: int | None = None) -> None:
        """Tell the handlers of the line that the user is typing, and of its cursor."""
        self._circuit.emit(UserTypingEvent(text=text, cursor=cursor))

    def watch(self, source: VideoSource) -> None:
        """Show the model what a source sees, in place of what it was shown before.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider takes no pictures.
        """
        self._watching.watch(source, self._running)

    def stop_watching(self) -> None:
        """Show the model nothing any more."""
        self._watching.stop()

    @property
    def _running(self) -> asyncio.TaskGroup:
        tasks = self._circuit.tasks
        if tasks is None or self._end.is_set():
            message = "the conversation is not running: connect() it first"
            raise NotConnectedError(message)
        return tasks

    async def _converse(self, text: TextInput | None, *, ends_when_quiet: bool) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                self._circuit.tasks = tasks
                overdue = Overdue(
                    self._circuit,
                    self._parts.limits,
                    self.end if ends_when_quiet else lambda _: None,
                    look_s=LOOK_LIVE_S if self._parts.audio.live else LOOK_S,
                )
                if text is not None:
                    self._circuit.user.will_write(text)
                    tasks.create_task(self._write(text), name="text")
                tasks.create_task(self._sound(), name="audio")
                tasks.create_task(self._connect(), name="connection")
                tasks.create_task(overdue.look(self._clock), name="overdue")
                await self._end.wait()
                await self._circuit.toolbox.finish(self._parts.limits.tools_at_end_s)
                raise _Ended  # noqa: TRY301 - leaves the group, whose tasks are endless
        except* _Ended:
            pass
        except* Exception as group:
            self._reason, self._failed = str(cause_of(group)), True
            raise
        finally:
            self._end.set()

    async def _write(self, text: TextInput) -> None:
        await self._circuit.link.connected.wait()
        interruptible = self._parts.barge_in.possible
        interrupt = self._circuit.engine.interrupt if interruptible else lambda: None
        await self._circuit.user.write(text, interrupt)

    async def _sound(self) -> None:
        async with self._parts.audio.open(self._circuit.playback) as microphone:
            await self._circuit.prepare(microphone)
            self._sound_open.set()
            await self._circuit.link.connected.wait()
            await self._circuit.user.listen(microphone)

    async def _connect(self) -> None:
        # A file that is no sound, a device that is gone: told before anything is paid.
        await self._sound_open.wait()
        await self._circuit.link.run()

    def _ended(self) -> SessionEndedEvent:
        return SessionEndedEvent(
            reason=self._reason,
            failed=self._failed,
            figures=self.figures,
        )
