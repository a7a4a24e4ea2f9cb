"""`Realtime`: a conversation, as library users, handlers and the CLI hold it."""

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self, TypeVar

from realtime_run.assembly.build import build
from realtime_run.core.errors import NotConnectedError
from realtime_run.core.events import Participant, RealtimeEvent
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import TextProcessor, VideoSource
from realtime_run.plugin.functions import listener as taking
from realtime_run.plugin.functions import types_of
from realtime_run.plugin.host import Host
from realtime_run.session.clock import Clock
from realtime_run.session.listening import function_routes
from realtime_run.session.parts import Parts
from realtime_run.session.session import Session
from realtime_run.session.subscriber import Subscriber
from realtime_run.session.user_side import TextInput

_INSIDE: "ContextVar[Realtime | None]" = ContextVar("inside", default=None)
"""The conversation whose task is running, if it is one's."""

EventT = TypeVar("EventT", bound=RealtimeEvent)
ListenerT = TypeVar("ListenerT", bound=Callable[..., Any])


class Realtime:
    """A live conversation between a person and a speech-to-speech model.

    ```python
    async with Realtime.from_spec("agent.yaml") as realtime:
        await realtime.simple_response("Say hello.")
        await realtime.wait_closed()
    ```

    All methods belong to the thread of the event loop.
    """

    def __init__(self, parts: Parts, clock: Clock | None = None) -> None:
        """Put a conversation together; nothing is opened.

        Args:
            parts: What it is made of.
            clock: The time; a test's own, or the machine's.

        Raises:
            CapabilityError: If the provider cannot do what the parts ask for.
        """
        self._parts = parts
        self._session = Session(parts, self, clock)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_spec(
        cls,
        spec: str | Path,
        *,
        overrides: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        host: Host | None = None,
    ) -> Self:
        """Return the conversation that a spec describes.

        Args:
            spec: The YAML file.
            overrides: As with `--set`: `"provider.voice=marin"`.
            environ: Where `${NAME}` comes from; None takes the process's.
            host: The plugins that the spec may name, such as some that are registered
                and not installed; None takes what is installed.

        Raises:
            SpecError: If the spec is wrong, or a handler or tool file does not load;
                holds every problem.
            CapabilityError: If the provider cannot do what the spec asks for.
        """
        built = build(Path(spec), overrides=overrides, environ=environ, host=host)
        return cls(built.parts)

    @property
    def connected(self) -> bool:
        """True between RealtimeConnectedEvent and RealtimeDisconnectedEvent."""
        return self._session.connected.is_set()

    @property
    def session_id(self) -> str:
        """The UUID of this session; stable across reconnects."""
        return self._parts.info.session_id

    @property
    def epoch(self) -> int:
        """How often the agent was interrupted; never falls."""
        return self._session.epoch

    @property
    def fps(self) -> float:
        """Video frames a second sent to the model: a cap, never an error."""
        return self._session.fps

    @fps.setter
    def fps(self, fps: float) -> None:
        if fps <= 0:
            message = f"fps must be positive, not {fps}"
            raise ValueError(message)
        self._session.fps = fps

    @property
    def figures(self) -> Mapping[str, float]:
        """Counts of what has happened: see `SessionEndedEvent.figures`."""
        return self._session.figures

    def subscribe(
        self, kind: type[EventT], listener: Callable[..., Any]
    ) -> Callable[[], None]:
        """Let a function take the events of one class, in order.

        Args:
            kind: An event class; a base class stands for all that derive from it.
            listener: Called with the event, or with the event and this. A plain
                function runs in a thread of its own and may block; an `async def` on
                the loop.

        Returns:
            A function that ends it.
        """
        taker = taking(listener)
        types = types_of(kind)
        subscriber = Subscriber(
            getattr(listener, "__qualname__", repr(listener)),
            wants=types,
            open_=lambda: function_routes(types, taker),
        )
        self._session.hub.add(subscriber)
        return lambda: self._session.hub.remove(subscriber)

    def on(self, kind: type[EventT]) -> Callable[[ListenerT], ListenerT]:
        """Decorate a function that takes the events of one class; see `subscribe`."""

        def decorate(listener: ListenerT) -> ListenerT:
            self.subscribe(kind, listener)
            return listener

        return decorate

    async def connect(self) -> None:
        """Begin the conversation; returns when it is connected. Idempotent.

        Raises:
            NotConnectedError: If it has ended: a conversation begins once.
            RealtimeRunError: If it cannot be: what `Provider.connect` raises.
        """
        if self._task is not None and self._task.done():
            message = "the conversation has ended: make a new one"
            raise NotConnectedError(message)
        self._begin(self._session.run())
        connected = asyncio.get_running_loop().create_task(
            self._session.connected.wait()
        )
        task = self._running
        try:
            await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            connected.cancel()
        if task.done():
            await task

    async def close(self) -> None:
        """End the conversation; returns when everything is closed. Idempotent.

        In a handler or a tool it returns at once: the end waits for them.
        """
        if self._task is None:
            return
        self._session.end()
        if _INSIDE.get() is self:
            return
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.exception()  # told already, by `connect` or `wait_closed`

    async def wait_closed(self) -> None:
        """Return when the conversation has ended.

        Raises:
            RealtimeRunError: What ended it, if something went wrong.
        """
        await asyncio.shield(self._running)

    async def run(
        self, text: TextInput | None = None, *, ends_when_quiet: bool = True
    ) -> None:
        """Hold the whole conversation.

        Args:
            text: Where the user's lines come from.
            ends_when_quiet: End by itself when speech and text are used up and the last
                answer was played.

        Raises:
            RealtimeRunError: What ended it, if something went wrong.
        """
        self._begin(self._session.run(text, ends_when_quiet=ends_when_quiet))
        try:
            await asyncio.shield(self._running)
        except asyncio.CancelledError:
            await self.close()
            raise

    def end(self, reason: str) -> None:
        """Let the conversation end soon, without waiting for it."""
        self._session.end(reason)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def simple_response(
        self,
        text: str,
        processors: Sequence[TextProcessor] | None = None,
        participant: Participant | None = None,
    ) -> None:
        """Send a text prompt; the model answers with audio.

        Args:
            text: What the user says in writing.
            processors: See the text in turn before it is sent, and may change it.
            participant: Who it is from, for the processors; None is the user.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider takes no text.
        """
        for processor in processors or ():
            changed = processor(text, participant or self._parts.user)
            if inspect.isawaitable(changed):
                changed = await changed
            text = text if changed is None else changed
        self._session.ask(text)

    async def simple_audio_response(
        self, pcm: Pcm, participant: Participant | None = None
    ) -> None:
        """Send speech; the model answers it. Returns when all of it was taken.

        Args:
            pcm: Of any rate, mono or stereo.
            participant: Whose speech it is; None is the user.

        Raises:
            NotConnectedError: If the conversation is not running.
        """
        await self._session.say(pcm, participant)

    async def approve_tool(
        self, approval_id: str, *, approve: bool = True, reason: str | None = None
    ) -> None:
        """Answer a `ToolApprovalRequestedEvent`: may the provider call its tool?

        Args:
            approval_id: The event's.
            approve: False: it may not.
            reason: Why not; the model is told.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider never asks.
        """
        self._session.approve_tool(approval_id, approve=approve, reason=reason)

    async def interrupt(self) -> None:
        """Silence the agent: what it has not said yet is dropped, and `epoch` rises.

        Where nothing is being said, nor about to be, this does nothing: two calls are
        one interruption.
        """
        self._session.interrupt()

    async def start_talking(self) -> None:
        """Give the user the floor: push to talk. What is said from now on is one turn.

        The agent is interrupted, unless `barge_in` protects it. Idempotent.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If `turn.end` is not `push_to_talk`.
        """
        self._session.talk(talking=True)

    async def stop_talking(self) -> None:
        """Take the floor from the user: the turn is over, and is answered. Idempotent.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If `turn.end` is not `push_to_talk`.
        """
        self._session.talk(talking=False)

    def typing(self, text: str, cursor: int | None = None) -> None:
        """Tell the handlers of the line that the user is typing: `UserTypingEvent`.

        Args:
            text: All of it so far; empty when it was sent or given up.
            cursor: Where in it the next character goes; None: at its end.
        """
        self._session.typing(text, cursor)

    def watch_video(self, source: VideoSource) -> None:
        """Show the model what `source` sees, at most `fps` pictures a second.

        Raises:
            NotConnectedError: If the conversation is not running.
            CapabilityError: If the provider takes no video.
        """
        self._session.watch(source)

    def stop_watching_video(self) -> None:
        """Show the model nothing any more."""
        self._session.stop_watching()

    @property
    def _running(self) -> asyncio.Task[None]:
        if self._task is None:
            message = "the conversation has not begun: connect() it first"
            raise NotConnectedError(message)
        return self._task

    def _begin(self, run: Coroutine[Any, Any, None]) -> None:
        """Start the one task that is not in a group: this owns it until `close`."""
        if self._task is not None:
            run.close()
            return
        context = contextvars.copy_context()
        context.run(_INSIDE.set, self)
        self._task = asyncio.get_running_loop().create_task(
            run, name="realtime", context=context
        )
