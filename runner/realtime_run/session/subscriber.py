"""One subscriber: its own queue, its own thread, its own failures."""

import asyncio
import inspect
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from realtime_run.core.errors import RealtimeRunError
from realtime_run.core.events import Event
from realtime_run.plugin.api import Conversation, Listener
from realtime_run.plugin.threads import Worker

MOST_EVENTS = 2048
"""How many events wait for a slow subscriber (20 s of all audio events); then its
oldest are dropped, and counted."""
FAILURES = 5
"""With this many failures in `FAILURE_WINDOW_S`, a subscriber is paused."""
FAILURE_WINDOW_S = 60.0

Routes: TypeAlias = Mapping[str, tuple[Listener, ...]]
"""What takes the events of each type; under the key `*`, what takes all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception of a subscriber."""

    error: str
    place: str | None
    """`file:line` in the subscriber's own code."""
    paused: bool


class Subscriber:
    """Hands events to one subscriber, in order, and never makes anybody else wait."""

    def __init__(
        self,
        name: str,
        *,
        wants: frozenset[str] | None,
        open_: Callable[[], AbstractContextManager[Routes]],
    ) -> None:
        """Make a subscriber; nothing is opened yet.

        Args:
            name: What to call it in messages.
            wants: Types of events; None for all.
            open_: Opens what takes them, in the subscriber's own thread.
        """
        self.name = name
        self.wants = wants
        self.paused = False
        self.dropped = 0
        """Events dropped since this was last asked for and reset."""
        self._context = open_()
        self._worker = Worker(f"handler {name}")
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._finishing = False
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._routes: Routes = {}
        self._opened = False

    async def open(self) -> None:
        """Open it, if it shall not be left to `serve`; raises what its opening does."""
        self._routes = await self._worker.run(self._context.__enter__)
        self._opened = True

    def put(self, event: Event) -> None:
        """Queue an event; when the queue is full, the oldest is dropped."""
        if self.paused:
            return
        if len(self._waiting) >= MOST_EVENTS:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(event)
        self._news.set()

    def finish(self) -> None:
        """Let `serve` return after the events that wait."""
        self._finishing = True
        self._news.set()

    async def serve(
        self, conversation: Conversation, report: Callable[[Failure], None]
    ) -> None:
        """Deliver until finished; `report` is told of each failure."""
        if not self._opened:
            await self.open()
        while True:
            while not self._waiting:
                if self._finishing:
                    return
                self._news.clear()
                await self._news.wait()
            batch = tuple(self._waiting)
            self._waiting.clear()
            for run in _runs(batch, self._listeners):
                if self.paused:
                    break
                await self._deliver(run, conversation, report)

    async def close(self) -> None:
        """Close it, in its own thread."""
        await self._worker.run(self._context.__exit__, None, None, None)

    def release(self) -> None:
        """Let its thread end after what it is doing."""
        self._worker.stop()

    def _listeners(self, event: Event) -> tuple[Listener, ...]:
        return (*self._routes.get(event.type, ()), *self._routes.get("*", ()))

    async def _deliver(
        self,
        run: "_Run",
        conversation: Conversation,
        report: Callable[[Failure], None],
    ) -> None:
        if run.is_async:
            for listener, event in run.calls:
                if self.paused:
                    return
                try:
                    await listener(event, conversation)  # type: ignore[misc]  # it is async
                except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - foreign code
                    self._failed(listener, error, report)
            return
        now = asyncio.get_running_loop().time()
        recent = sum(now - at <= FAILURE_WINDOW_S for at in self._failed_at)
        failures = await self._worker.run(
            _call_all, run.calls, conversation, FAILURES - recent
        )
        for listener, failure in failures:
            self._failed(listener, failure, report)

    def _failed(
        self,
        listener: Listener,
        error: BaseException,
        report: Callable[[Failure], None],
    ) -> None:
        now = asyncio.get_running_loop().time()
        self._failed_at.append(now)
        often = len(self._failed_at) == FAILURES
        too_often = often and now - self._failed_at[0] <= FAILURE_WINDOW_S
        # An error made for users, such as a full disk, is no accident of one event.
        self.paused = too_often or isinstance(error, RealtimeRunError)
        if self.paused:
            self._waiting.clear()
        made_for_users = isinstance(error, RealtimeRunError)
        text = str(error) if made_for_users else f"{type(error).__name__}: {error}"
        report(
            Failure(
                error=text.removesuffix(": "),
                place=place(error, listener),
                paused=self.paused,
            )
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """Calls that go the same way: into the thread in one hop, or onto the loop."""

    is_async: bool
    calls: tuple[tuple[Listener, Event], ...]


def _runs(
    batch: tuple[Event, ...], listeners: Callable[[Event], tuple[Listener, ...]]
) -> tuple[_Run, ...]:
    runs: list[_Run] = []
    calls: list[tuple[Listener, Event]] = []
    kind = False
    for event in batch:
        for listener in listeners(event):
            is_async = inspect.iscoroutinefunction(
                listener
            ) or inspect.iscoroutinefunction(
                getattr(listener, "__call__", None)  # noqa: B004 - an object with an async one
            )
            if calls and is_async != kind:
                runs.append(_Run(kind, tuple(calls)))
                calls = []
            kind = is_async
            calls.append((listener, event))
    if calls:
        runs.append(_Run(kind, tuple(calls)))
    return tuple(runs)


def _call_all(
    calls: tuple[tuple[Listener, Event], ...],
    conversation: Conversation,
    most_failures: int,
) -> list[tuple[Listener, BaseException]]:
    failures: list[tuple[Listener, BaseException]] = []
    for listener, event in calls:
        try:
            listener(event, conversation)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - a user's code may do so
            failures.append((listener, error))
            if len(failures) == most_failures or isinstance(error, RealtimeRunError):
                break  # it is paused now
    return failures


def place(error: BaseException, listener: Listener) -> str | None:
    """Return `file:line` of the deepest frame in the file that `listener` is from."""
    code = getattr(inspect.unwrap(listener), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    deepest = (own or list(frames))[-1:]
    return f"{deepest[0].filename}:{deepest[0].lineno}" if deepest else None
