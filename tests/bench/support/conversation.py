"""A session at the pace of real time, whose every step is stamped.

The provider is the scripted one of `realtime_run.testing`; microphone and speaker have
no device. What the runner does between them is what is measured.
"""

from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import perf_counter_ns

from realtime_run.core.commands import AppendAudio, Command
from realtime_run.core.events import EVENT_TYPES, Event
from realtime_run.core.pcm import FRAME_MS, Pcm
from realtime_run.core.provider_events import ProviderEvent
from realtime_run.media.background import running
from realtime_run.media.clock import FrameCounter, SystemTime, Ticker
from realtime_run.media.speaker import discard, play_forever
from realtime_run.plugin.api import (
    Conversation,
    Microphone,
    Opening,
    Playback,
    SessionInfo,
)
from realtime_run.plugin.functions import FunctionHandler
from realtime_run.realtime import Realtime
from realtime_run.session.parts import NamedHandler, Parts
from realtime_run.testing.scripted import ScriptedConnection, ScriptedProvider


class StampedConnection:
    """Passes everything on, and notes when it did."""

    def __init__(self, scripted: ScriptedConnection) -> None:
        self.scripted = scripted
        self.sent_ns: list[int] = []
        """When each microphone frame came."""
        self.handled: list[tuple[ProviderEvent, int]] = []
        """Each event received, and how long it took until the next was asked for."""
        self._received: tuple[ProviderEvent, int] | None = None

    @property
    def session_config(self) -> Mapping[str, object]:
        return self.scripted.session_config

    async def send(self, command: Command) -> None:
        if isinstance(command, AppendAudio):
            # Not kept by the scripted connection: memory is measured as well.
            self.sent_ns.append(perf_counter_ns())
        else:
            await self.scripted.send(command)

    async def receive(self) -> ProviderEvent:
        if self._received is not None:
            event, at_ns = self._received
            self.handled.append((event, perf_counter_ns() - at_ns))
        event = await self.scripted.receive()
        self._received = (event, perf_counter_ns())
        return event


class StampedProvider(ScriptedProvider):
    """Opens connections that are stamped."""

    stamped: StampedConnection

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncIterator[StampedConnection]:
        async with super().connect(opening) as scripted:
            self.stamped = StampedConnection(scripted)
            yield self.stamped


class PacedMicrophone:
    """Gives 20 ms of sound every 20 ms, and notes when it did."""

    used_up = False
    patient = False

    def __init__(self, rate_hz: int) -> None:
        self.read_ns: list[int] = []
        self._frames = FrameCounter(rate_hz)
        self.rate_hz = rate_hz
        self._ticker: Ticker | None = None

    async def read(self) -> Pcm:
        self._ticker = self._ticker or Ticker(SystemTime())
        await self._ticker.tick()
        pcm = Pcm(b"\1\0" * self._frames.next(), self.rate_hz)
        self.read_ns.append(perf_counter_ns())
        return pcm


class PacedAudio:
    """A microphone, and a speaker that pulls in real time and is not heard."""

    output_hz: int | None = None

    def __init__(self, microphone_hz: int) -> None:
        self._microphone_hz = microphone_hz
        self.microphone: PacedMicrophone | None = None
        self.playback: Playback | None = None

    @asynccontextmanager
    async def open(self, playback: Playback) -> AsyncIterator[Microphone | None]:
        self.microphone = PacedMicrophone(self._microphone_hz)
        self.playback = playback

        async def play() -> None:
            await play_forever(playback, discard, clock=SystemTime())

        async with running(play):
            yield self.microphone


class Talk:
    """One running session."""

    def __init__(self, microphone_hz: int = 16_000) -> None:
        self.provider = StampedProvider()
        self.audio = PacedAudio(microphone_hz)
        self.events: list[Event] = []
        """What a handler saw, without sound."""
        handler = FunctionHandler("seen", dict.fromkeys(EVENT_TYPES, (self._see,)))
        self.realtime = Realtime(
            Parts(
                provider_name="scripted",
                provider=self.provider,
                audio=self.audio,
                handlers=(NamedHandler(name="seen", handler=handler),),
                info=SessionInfo(
                    session_id="bench",
                    agent_name="bench",
                    provider="scripted",
                    capabilities=self.provider.capabilities,
                ),
            )
        )

    async def _see(self, event: Event, _conversation: Conversation) -> None:
        if not hasattr(event, "data"):
            self.events.append(event)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[StampedConnection]:
        """Connect; leaving ends it."""
        async with self.realtime:
            yield self.provider.stamped

    def uplink_ms(self) -> list[float]:
        """Return how long each frame took, from the read that completed it."""
        assert self.audio.microphone is not None
        reads = self.audio.microphone.read_ns
        return [
            (sent - reads[bisect_right(reads, sent) - 1]) / 1e6
            for sent in self.provider.stamped.sent_ns
        ]

    def late_ms(self) -> list[float]:
        """Return how much later than its period each read came."""
        assert self.audio.microphone is not None
        reads = self.audio.microphone.read_ns
        due = range(reads[0], reads[-1] + 1, FRAME_MS * 1_000_000)
        return [(read - at) / 1e6 for read, at in zip(reads, due, strict=False)]
