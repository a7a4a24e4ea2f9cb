"""Who listens: stamps events and hands them to every subscriber that wants them."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from realtime_run.core.events import (
    Event,
    HandlerFailedEvent,
    HandlerLaggedEvent,
    Participant,
    RealtimeAgentSpeechEndedEvent,
    RealtimeAgentSpeechStartedEvent,
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioInputEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeAudioPlayedEvent,
    RealtimeConversationItemEvent,
    RealtimeResponseEvent,
    RealtimeUserSpeechEndedEvent,
    RealtimeUserSpeechStartedEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.plugin.api import Conversation
from realtime_run.session.clock import Clock
from realtime_run.session.subscriber import Failure, Subscriber

_log = logging.getLogger(__name__)

_BY_USER = (
    RealtimeUserSpeechTranscriptionEvent,
    RealtimeUserSpeechStartedEvent,
    RealtimeUserSpeechEndedEvent,
    RealtimeAudioInputEvent,
)
_BY_AGENT = (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAgentSpeechStartedEvent,
    RealtimeAgentSpeechEndedEvent,
    RealtimeResponseEvent,
    RealtimeAudioOutputEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioPlayedEvent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the session knows of every event."""

    session_id: str
    provider: str
    agent: Participant


class Hub:
    """Delivers one ordered stream of events to many subscribers."""

    def __init__(
        self, stamp: Stamp, user: Callable[[], Participant], clock: Clock
    ) -> None:
        """Make a hub without subscribers.

        Args:
            stamp: What goes into every event.
            user: Says who the user is at the moment.
            clock: Where the monotonic time comes from.
        """
        self._stamp = stamp
        self._user = user
        self._clock = clock
        self._subscribers: list[Subscriber] = []
        self._serving: Callable[[Subscriber], None] | None = None
        self._tasks: dict[Subscriber, asyncio.Task[None]] = {}

    def wanted(self, type_: str) -> bool:
        """Return whether anybody listens to events of this type."""
        return any(s.wants is None or type_ in s.wants for s in self._subscribers)

    def add(self, subscriber: Subscriber) -> None:
        """Let a subscriber listen; it must be open."""
        self._subscribers.append(subscriber)
        if self._serving is not None:
            self._serving(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Let a subscriber see the events that wait for it, and no more."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)
            subscriber.finish()

    def emit(self, event: Event) -> None:
        """Stamp an event and queue it for all who want it; returns at once."""
        takers = [
            subscriber
            for subscriber in self._subscribers
            if subscriber.wants is None or event.type in subscriber.wants
        ]
        if not takers:
            return
        stamped = self._stamped(event)
        for subscriber in takers:
            subscriber.put(stamped)
            if subscriber.dropped == 1:
                # Told once, when it begins; the count comes with `report_lag`.
                _log.info("handler %s is too slow: events dropped", subscriber.name)

    def serve(self, conversation: Conversation, tasks: asyncio.TaskGroup) -> None:
        """Begin to deliver; each subscriber has a task of its own in `tasks`."""

        def serving(subscriber: Subscriber) -> None:
            task = tasks.create_task(
                self._serve(subscriber, conversation), name=f"handler {subscriber.name}"
            )
            self._tasks[subscriber] = task
            task.add_done_callback(lambda _: self._tasks.pop(subscriber, None))

        self._serving = serving
        for subscriber in self._subscribers:
            serving(subscriber)

    async def finish(self, within_s: float) -> None:
        """Deliver what waits and close all subscribers, within a bound."""
        self._serving = None  # who comes now comes too late
        serving = dict(self._tasks)
        for subscriber in serving:
            self.remove(subscriber)
        if serving:
            await asyncio.wait(serving.values(), timeout=within_s)
        for subscriber, task in serving.items():
            if not task.done():
                _log.warning(
                    "handler %s did not finish within %g s: left behind",
                    subscriber.name,
                    within_s,
                )
                task.cancel()

    async def _serve(self, subscriber: Subscriber, conversation: Conversation) -> None:
        def report(failure: Failure) -> None:
            self._failed(subscriber, failure)

        try:
            await subscriber.serve(conversation, report)
            await subscriber.close()
        except Exception as error:  # noqa: BLE001 - its end must not be the others' end
            _log.error("handler %s failed while closing: %s", subscriber.name, error)
        finally:
            subscriber.release()

    def _failed(self, subscriber: Subscriber, failure: Failure) -> None:
        event = HandlerFailedEvent(
            handler=subscriber.name,
            error=failure.error,
            place=failure.place,
            paused=failure.paused,
        )
        paused = "; paused after too many failures" if failure.paused else ""
        _log.info(
            "%s: handler %s failed: %s%s",
            failure.place or subscriber.name,
            subscriber.name,
            failure.error,
            paused,
        )
        self._tell_others(subscriber, event)

    def report_lag(self) -> None:
        """Tell of events that slow subscribers lost since the last call."""
        for subscriber in tuple(self._subscribers):
            dropped, subscriber.dropped = subscriber.dropped, 0
            if dropped:
                event = HandlerLaggedEvent(handler=subscriber.name, dropped=dropped)
                self._tell_others(subscriber, event)

    def _tell_others(self, subscriber: Subscriber, event: Event) -> None:
        stamped = self._stamped(event)
        for other in self._subscribers:
            if other is not subscriber and (
                other.wants is None or event.type in other.wants
            ):
                other.put(stamped)

    def _stamped(self, event: Event) -> Event:
        who: Participant | None = None
        if isinstance(event, _BY_USER):
            who = self._user()
        elif isinstance(event, _BY_AGENT):
            who = self._stamp.agent
        elif isinstance(event, RealtimeConversationItemEvent):
            who = {"user": self._user(), "assistant": self._stamp.agent}.get(
                event.role or ""
            )
        return replace(
            event,
            event_id=str(uuid.uuid4()),
            timestamp=datetime.now(UTC),
            monotonic_ns=self._clock.now_ns(),
            session_id=self._stamp.session_id,
            provider=self._stamp.provider,
            participant=who,
        )
