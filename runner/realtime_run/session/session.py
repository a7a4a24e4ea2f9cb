"""One live conversation, from its first task to its last."""

import asyncio

from realtime_run.core.barge_in import policy_for
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    Command,
    SendText,
)
from realtime_run.core.errors import CapabilityError, NotConnectedError
from realtime_run.core.events import (
    Event,
    Participant,
    RealtimeAudioPlayedEvent,
    RealtimeErrorEvent,
    RealtimeUserSpeechTranscriptionEvent,
    SessionEndedEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.turn_state import AnswerOverdue, PlaybackEnded, PlaybackStarted
from realtime_run.media.playback import Ended, Note, Playback, Played, Started
from realtime_run.plugin.api import Conversation, HistoryItem, Opening, VideoSource
from realtime_run.session.causes import cause_of
from realtime_run.session.clock import Clock, RealClock
from realtime_run.session.engine import Engine, Reach
from realtime_run.session.hub import Hub, Stamp
from realtime_run.session.link import Line, Link
from realtime_run.session.listening import subscriber_of
from realtime_run.session.masking import without_secrets
from realtime_run.session.outbox import Outbox, OutboxFullError
from realtime_run.session.parts import Parts
from realtime_run.session.toolbox import Toolbox
from realtime_run.session.user_side import TextInput, UserSide
from realtime_run.session.video import VideoPump

_LOOK_S = 0.1
"""How often the session looks whether something is overdue."""
_SURVIVES_THE_CONNECTION = (AppendAudio, AppendImage, SendText)


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
        capabilities = parts.provider.capabilities
        self._parts = parts
        self._conversation = conversation
        self._clock = clock or RealClock()
        self._tools = tuple(parts.bind_tools(conversation))
        if self._tools and not capabilities.tools:
            message = f"provider {parts.provider_name!r} calls no tools"
            raise CapabilityError(message)
        self._speaking_as: Participant | None = None
        stamp = Stamp(
            session_id=parts.info.session_id,
            provider=parts.provider_name,
            agent=parts.agent,
        )
        self.hub = Hub(stamp, lambda: self._speaking_as or parts.user, self._clock)
        self._outbox = Outbox()
        self._playback = Playback(
            parts.audio.output_hz or capabilities.output_hz, self._pulled
        )
        self._toolbox = Toolbox(self._tools, self._emit, self._clock)
        self._engine = Engine(
            Reach(
                playback=self._playback,
                send=self._send,
                emit=self._emit,
                run_tool=lambda call: self._toolbox.start(
                    call, self._running, self._engine.finish_tool
                ),
                stop_tools=self._toolbox.stop,
                clock=self._clock,
            ),
            policy_for(parts.barge_in, capabilities),
            capabilities.output_hz,
        )
        self._link = Link(
            Line(
                provider=parts.provider,
                opening=self._opening,
                outbox=self._outbox,
                engine=self._engine,
                emit=self._emit,
                clock=self._clock,
                attempts=parts.limits.connect_attempts,
            )
        )
        self._user = UserSide(
            self._outbox, self._engine, self._clock, input_hz=capabilities.input_hz
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._sound_open = asyncio.Event()
        self._end = asyncio.Event()
        self._reason = "closed"
        self._video: asyncio.Task[None] | None = None
        self.fps: float = parts.fps

    @property
    def connected(self) -> asyncio.Event:
        """Set while connected."""
        return self._link.connected

    @property
    def epoch(self) -> int:
        """How often the agent was interrupted."""
        return self._engine.turns.epoch

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
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                self.hub.serve(self._conversation, tasks)
                try:
                    for named in self._parts.handlers:
                        subscriber = subscriber_of(named, self._parts.info)
                        await subscriber.open()
                        self.hub.add(subscriber)
                    await self._converse(text, ends_when_quiet=ends_when_quiet)
                finally:
                    self._emit(self._ended())
                    await self.hub.finish(self._parts.limits.handlers_at_end_s)
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
        self._engine.ask(text)

    async def say(self, pcm: Pcm, participant: Participant | None) -> None:
        """Send the user's speech; what is understood of it is the participant's.

        Raises:
            NotConnectedError: If the conversation is not running.
        """
        _ = self._running
        self._speaking_as = participant
        await self._user.say(pcm)

    def interrupt(self) -> None:
        """Silence the agent."""
        self._engine.interrupt()

    def watch(self, source: VideoSource) -> None:
        """Show the model what a source sees, in place of what it was shown before.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider takes no pictures.
        """
        tasks = self._running
        if self._parts.provider.capabilities.video == "none":
            message = f"provider {self._parts.provider_name!r} takes no video"
            raise CapabilityError(message)
        self.stop_watching()
        pump = VideoPump(
            source, fps=lambda: self.fps, send=self._send, clock=self._clock
        )
        self._video = tasks.create_task(self._show(pump), name="video")

    def stop_watching(self) -> None:
        """Show the model nothing any more."""
        if self._video is not None:
            self._video.cancel()
            self._video = None

    @property
    def _running(self) -> asyncio.TaskGroup:
        if self._tasks is None or self._end.is_set():
            message = "the conversation is not running: connect() it first"
            raise NotConnectedError(message)
        return self._tasks

    async def _converse(self, text: TextInput | None, *, ends_when_quiet: bool) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                if text is not None:
                    self._user.will_write(text)
                    tasks.create_task(self._write(text), name="text")
                tasks.create_task(self._sound(), name="audio")
                tasks.create_task(self._connect(), name="connection")
                tasks.create_task(self._look(ends_when_quiet), name="overdue")
                await self._end.wait()
                await self._toolbox.finish(self._parts.limits.tools_at_end_s)
                raise _Ended  # noqa: TRY301 - leaves the group, whose tasks are endless
        except* _Ended:
            pass
        except* Exception as group:
            self._reason = str(cause_of(group))
            raise
        finally:
            self._end.set()

    async def _write(self, text: TextInput) -> None:
        await self._link.connected.wait()
        interruptible = self._parts.barge_in != "off"
        interrupt = self._engine.interrupt if interruptible else lambda: None
        await self._user.write(text, interrupt)

    async def _sound(self) -> None:
        async with self._parts.audio.open(self._playback) as microphone:
            self._sound_open.set()
            await self._link.connected.wait()
            await self._user.listen(microphone)

    async def _connect(self) -> None:
        # A file that is no sound, a device that is gone: told before anything is paid.
        await self._sound_open.wait()
        await self._link.run()

    async def _show(self, pump: VideoPump) -> None:
        try:
            await pump.run()
        except* Exception as group:
            # A plugin's code: the talk goes on without pictures.
            error = str(cause_of(group))
            self._emit(RealtimeErrorEvent(error=error, context="video"))

    async def _look(self, ends_when_quiet: bool) -> None:  # noqa: FBT001 - a task's own
        """Notice what did not happen: an overdue answer, the end of all input."""
        limits = self._parts.limits
        awaited = quiet = 0.0
        while True:
            await self._clock.sleep(_LOOK_S)
            self.hub.report_lag()
            awaited = awaited + _LOOK_S if self._engine.turns.awaiting else 0.0
            if awaited >= limits.answer_within_s:
                self._engine.apply(AnswerOverdue(waited_s=limits.answer_within_s))
            quiet = quiet + _LOOK_S if self._user.used_up and self._quiet() else 0.0
            if ends_when_quiet and quiet >= limits.quiet_s:
                self.end("the input is used up")

    def _quiet(self) -> bool:
        busy = self._toolbox.running or self._outbox.busy
        return self._engine.idle and self._link.connected.is_set() and not busy

    def _opening(self) -> Opening:
        said = self._engine.history.items
        # What waits in the outbox is sent as it is: it must not be told twice.
        said = said[: len(said) - self._outbox.pending_texts]
        history = tuple(HistoryItem(role=item.role, text=item.text) for item in said)
        return self._parts.opening(self._tools, history)

    def _send(self, command: Command) -> None:
        if not self._link.connected.is_set() and not isinstance(
            command, _SURVIVES_THE_CONNECTION
        ):
            return  # it refers to a connection that is gone
        try:
            self._outbox.put(command)
        except OutboxFullError:
            self._link.stall()

    def _emit(self, event: Event) -> None:
        self.hub.emit(without_secrets(event, self._parts.secrets))
        match event:
            case RealtimeUserSpeechTranscriptionEvent(mode="final"):
                self._speaking_as = None
            case _:
                pass

    def _pulled(self, notes: tuple[Note, ...]) -> None:
        """Take what a device thread pulled over to the loop."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard, notes)

    def _heard(self, notes: tuple[Note, ...]) -> None:
        for note in notes:
            match note:
                case Started(response_id):
                    self._engine.apply(PlaybackStarted(response_id=response_id))
                case Played(pcm):
                    self._emit(RealtimeAudioPlayedEvent(data=pcm))
                case Ended(response_id, played_ms):
                    self._engine.apply(
                        PlaybackEnded(response_id=response_id, played_ms=played_ms)
                    )

    def _ended(self) -> SessionEndedEvent:
        return SessionEndedEvent(
            reason=self._reason,
            figures={
                "interruptions": self._engine.interruptions,
                "input_frames_dropped": self._outbox.dropped_frames,
            },
        )
