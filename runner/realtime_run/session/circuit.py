"""The parts of a session, wired to each other."""

import threading
from typing import TYPE_CHECKING

from msgspec.structs import replace

from realtime_run.core import resample
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    Command,
    SendText,
)
from realtime_run.core.errors import CapabilityError
from realtime_run.core.events import (
    AudioDeviceChangedEvent,
    Event,
    Participant,
    RealtimeAudioPlayedEvent,
    RealtimeConnectedEvent,
    RealtimeErrorEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.core.policy import Policy
from realtime_run.core.provider_events import ResumptionOffered, ToolCalled
from realtime_run.core.resumption import Offer, offer_of
from realtime_run.core.turn_inputs import PlaybackEnded, PlaybackStarted
from realtime_run.media.ear import Ear
from realtime_run.media.playback import Ended, Note, Playback, Played, Started
from realtime_run.plugin.api import (
    Conversation,
    DeviceChange,
    HistoryItem,
    Microphone,
    Opening,
    Resumption,
)
from realtime_run.plugin.threads import run_in_thread
from realtime_run.session.clock import Clock
from realtime_run.session.engine import Engine, Reach
from realtime_run.session.hub import Hub, Stamp
from realtime_run.session.link import Link
from realtime_run.session.masking import without_secrets
from realtime_run.session.outbox import Outbox, OutboxFullError
from realtime_run.session.parts import Parts
from realtime_run.session.talk import Line
from realtime_run.session.toolbox import Toolbox
from realtime_run.session.user_side import UserSide

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from realtime_run.core.history import Said

_SURVIVES_THE_CONNECTION = (AppendAudio, AppendImage, AppendPicture, SendText)


class Circuit:
    """What a session runs on; making it opens nothing and starts no task."""

    def __init__(self, parts: Parts, conversation: Conversation, clock: Clock) -> None:
        """Wire the parts.

        Args:
            parts: What the session is made of.
            conversation: What tools are given.
            clock: The time.

        Raises:
            CapabilityError: If the provider cannot do what the parts ask for.
        """
        capabilities = parts.provider.capabilities
        self._parts = parts
        self._policy = _policy(parts)
        self._clock = clock
        self._offer: Offer | None = None
        self._capabilities = capabilities
        self._tools = tuple(parts.bind_tools(conversation))
        if self._tools and not capabilities.tools:
            message = f"provider {parts.provider_name!r} calls no tools"
            raise CapabilityError(message)
        self.speaking_as: Participant | None = None
        """Whose speech is being sent, if it is not the user's."""
        self.loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self.when_connected: Callable[[], None] = lambda: None
        """Called at each new connection, right after the event."""
        self.tasks: asyncio.TaskGroup | None = None
        """Where tools run; None while the session does not."""
        stamp = Stamp(
            session_id=parts.info.session_id,
            provider=parts.provider_name,
            agent=parts.agent,
        )
        self.hub = Hub(stamp, lambda: self.speaking_as or parts.user, clock)
        self.outbox = Outbox()
        self.playback = Playback(
            parts.audio.output_hz or capabilities.output_hz, self._pulled
        )
        self.toolbox = Toolbox(self._tools, self.emit, clock)
        self.engine = Engine(
            Reach(
                playback=self.playback,
                send=self.send,
                emit=self.emit,
                run_tool=self._run_tool,
                stop_tools=self.toolbox.stop,
                hold=lambda silence: self.user.hold(silence=silence),
                release=self._release,
                cancel_tools=self.toolbox.cancel,
                clock=clock,
            ),
            self._policy,
            capabilities.output_hz,
            greeting=parts.greeting,
        )
        self.link = Link(
            Line(
                provider=parts.provider,
                opening=self._opening,
                offered=self._offered,
                outbox=self.outbox,
                engine=self.engine,
                emit=self.emit,
                wanted=self.hub.wanted,
                clock=clock,
                attempts=parts.limits.connect_attempts,
                quiet=lambda: self.quiet,
                replays=self._policy.hearing != "manual",
                rotates=parts.limits.rotates,
            )
        )
        self.user = UserSide(
            self.outbox,
            self.engine,
            clock,
            input_hz=capabilities.input_hz,
            policy=self._policy,
        )

    @property
    def quiet(self) -> bool:
        """True while connected and nothing goes on, nor is about to."""
        busy = self.toolbox.running or self.outbox.busy
        return self.engine.idle and self.link.connected.is_set() and not busy

    async def prepare(self, microphone: Microphone | None) -> None:
        """Load what the conversation will need, before it begins to be heard."""
        self._thread = threading.get_ident()
        hears, speaks = self._capabilities.input_hz, self._capabilities.output_hz
        converts = microphone is not None and microphone.rate_hz != hears
        if converts or self.playback.rate_hz != speaks:
            await run_in_thread(resample.load)
        if self._policy.listens and self._parts.vad is not None:
            self.user.ear = await run_in_thread(Ear.load, self._parts.vad, hears)

    def send(self, command: Command) -> None:
        """Queue a command; what refers to a connection that is gone is dropped."""
        if not self.link.connected.is_set() and not isinstance(
            command, _SURVIVES_THE_CONNECTION
        ):
            return
        try:
            self.outbox.put(command)
        except OutboxFullError:
            self.link.stall()

    def emit(self, event: Event) -> None:
        """Tell all who listen."""
        if self.hub.wanted(event.type):
            self.hub.emit(self._placed(without_secrets(event, self._parts.secrets)))
        match event:
            case RealtimeUserSpeechTranscriptionEvent(mode="final"):
                self.speaking_as = None
            case RealtimeConnectedEvent():
                self.when_connected()
            case _:
                pass

    def _placed(self, event: Event) -> Event:
        """Say where in the spec the cause of an error stands."""
        match event:
            case RealtimeErrorEvent(setting=str(setting), place=None):
                return replace(event, place=self._parts.locate(setting))
            case _:
                return event

    def _release(self, since_ms: int | None) -> None:
        self.user.release(since_ms)

    def _run_tool(self, call: ToolCalled) -> None:
        if self.tasks is not None:
            self.toolbox.start(call, self.tasks, self.engine.finish_tool)

    def _opening(self) -> Opening:
        said = self.engine.history.items
        # What waits in the outbox is sent as it is: it must not be told twice.
        said = said[: len(said) - self.outbox.pending_texts]
        offer, resume = self._offer, None
        if offer is not None and offer.is_good(self._clock.now_ns()):
            resume = Resumption(handle=offer.handle, later=_told(offer.later(said)))
        return self._parts.opening(self._tools, _told(said), resume)

    def _offered(self, event: ResumptionOffered) -> None:
        engine = self.engine
        now_ns = self._clock.now_ns()
        self._offer = offer_of(event, engine.history, engine.turns, now_ns)

    def _pulled(self, notes: tuple[Note, ...]) -> None:
        """Take what a device's thread pulled over to the loop."""
        if not self.hub.wanted(RealtimeAudioPlayedEvent.type):
            notes = tuple(note for note in notes if not isinstance(note, Played))
        if not notes or self.loop is None or self.loop.is_closed():
            return
        if threading.get_ident() == self._thread:
            self.loop.call_soon(self._heard, notes)
        else:
            self.loop.call_soon_threadsafe(self._heard, notes)

    def _heard(self, notes: tuple[Note, ...]) -> None:
        for note in notes:
            match note:
                case Started(response_id):
                    self.engine.apply(PlaybackStarted(response_id=response_id))
                case Played(pcm):
                    self.emit(RealtimeAudioPlayedEvent(data=pcm))
                case DeviceChange():
                    self.emit(_shown(note))
                case Ended(response_id, played_ms):
                    self.engine.apply(
                        PlaybackEnded(response_id=response_id, played_ms=played_ms)
                    )


def _told(said: "Sequence[Said]") -> tuple[HistoryItem, ...]:
    return tuple(HistoryItem(role=item.role, text=item.text) for item in said)


def _shown(change: DeviceChange) -> AudioDeviceChangedEvent:
    return AudioDeviceChangedEvent(
        direction=change.direction,
        state=change.state,
        device=change.device,
        replacement=change.replacement,
        reason=change.reason,
    )


def _policy(parts: Parts) -> Policy:
    lowered = parts.lowered()
    for refusal in lowered.refusals:
        message = f"{refusal.field}: {refusal.message}; {refusal.hint}"
        raise CapabilityError(message)
    if lowered.policy.listens and parts.vad is None:
        message = "the runner must hear where the user speaks, and has no vad"
        raise CapabilityError(message)
    return lowered.policy
