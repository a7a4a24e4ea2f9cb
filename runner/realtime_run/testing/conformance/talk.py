"""A real session over the provider under test, in the hand of a test."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from realtime_run.core.events import (
    RealtimeAgentSpeechStartedEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeResponseEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.presets import PRESETS, Preset
from realtime_run.plugin.api import Conversation, SessionInfo, Tool
from realtime_run.realtime import Realtime
from realtime_run.session.parts import Limits, NamedHandler, Parts
from realtime_run.testing.conformance.scenes import TELL, Scene
from realtime_run.testing.conformance.seen import Seen
from realtime_run.testing.conformance.sounds import LoudVad
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import HandClock
from realtime_run.testing.watched import WatchedConnection, WatchedProvider

FRAME_MS = 20
_NUDGE_S = 1.0
_LOOK_S = 0.01
LIMITS = Limits(answer_within_s=3600.0, tools_at_end_s=0.0)
"""The clock stands still: nothing is overdue unless a test says so."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a test wants its conversation."""

    tools: Sequence[Tool] = ()
    limits: Limits = LIMITS
    barge_in: Preset = "eager"
    greeting: str | None = None
    finishes: bool = True
    """Whether every response will have been done at the end, on every connection."""


@dataclass(kw_only=True)
class Talk:
    """A conversation with the provider under test."""

    subject: Subject
    provider: WatchedProvider
    options: Options
    audio: HandAudio = field(default_factory=HandAudio)
    clock: HandClock = field(default_factory=HandClock)
    seen: Seen = field(default_factory=Seen)

    def __post_init__(self) -> None:
        if self.audio.microphone is not None:
            self.audio.microphone.patient = True  # no frame of an utterance is lost
        capabilities = self.provider.capabilities
        parts = Parts(
            provider_name=self.subject.name,
            provider=self.provider,
            audio=self.audio,
            handlers=(NamedHandler(name="conformance", handler=self.seen.handler),),
            bind_tools=self._bind,
            instructions="Be brief.",
            barge_in=PRESETS[self.options.barge_in],
            greeting=self.options.greeting,
            vad=LoudVad(),
            limits=self.options.limits,
            info=SessionInfo(
                session_id=str(uuid.uuid4()),
                agent_name="conformance",
                provider=self.subject.name,
                capabilities=capabilities,
            ),
        )
        self.realtime = Realtime(parts, clock=self.clock)

    def _bind(self, conversation: Conversation) -> Sequence[Tool]:
        del conversation
        return self.options.tools

    @property
    def connection(self) -> WatchedConnection:
        """The newest connection."""
        return self.provider.connections[-1]

    def say(self, *, silence: bool = True) -> None:
        """Let the user speak, into the microphone."""
        if self.subject.speech is None:
            pytest.skip(self.subject.excuses[Scene.SPEECH])
        self.hear(self.subject.speech)
        if silence:
            self.be_silent()

    def be_silent(self) -> None:
        """Let the microphone hear nothing, long enough to end an utterance."""
        rate_hz = 16_000
        self.hear(Pcm.silence(self.subject.silence_ms, rate_hz))

    def hear(self, pcm: Pcm) -> None:
        """Let the microphone hear something."""
        if self.audio.microphone is not None:
            self.audio.microphone.say(pcm.resample(self.audio.microphone.rate_hz))

    async def ask(self, text: str = TELL) -> RealtimeResponseEvent:
        """Ask in writing, or aloud if that cannot be; return how the answer begins."""
        before = len(self.seen.of(RealtimeResponseEvent, _begins))
        if self.provider.capabilities.text_input:
            await self.realtime.simple_response(text)
        else:
            self.say()
        return await self.seen.until(RealtimeResponseEvent, _begins, count=before + 1)

    async def complete(self, response_id: str) -> RealtimeResponseEvent:
        """Wait until the model has said all of a response."""
        return await self.seen.until(
            RealtimeResponseEvent,
            lambda e: e.is_complete and e.response_id == response_id,
        )

    async def answer(self, text: str = TELL) -> RealtimeResponseEvent:
        """Ask, hear the answer to its end, and return it."""
        begun = await self.ask(text)
        return await self.hear_out(begun.response_id)

    async def hear_out(self, response_id: str) -> RealtimeResponseEvent:
        """Play a response to its end, as fast as it comes; return it, complete."""
        complete = await self.complete(response_id)
        over = self.over(response_id)
        while self.audio_ms(response_id) and not self.seen.of(*over):
            self.audio.play(FRAME_MS)
            self.seen.check_goes_on()
            await asyncio.sleep(0)
        return complete

    async def play_on(self, milliseconds: int) -> bytes:
        """Play at the pace of a device, and return what was heard."""
        heard: list[bytes] = []
        for _ in range(milliseconds // FRAME_MS):
            await asyncio.sleep(FRAME_MS / 1000)
            heard.append(self.audio.play(FRAME_MS))
        return b"".join(heard)

    def over(
        self, response_id: str
    ) -> tuple[
        type[RealtimeAudioOutputDoneEvent],
        Callable[[RealtimeAudioOutputDoneEvent], bool],
    ]:
        """Return what to look for to know that a response has fallen silent."""
        return RealtimeAudioOutputDoneEvent, lambda e: e.response_id == response_id

    def audio_ms(self, response_id: str) -> float:
        """Return how much sound of a response has come."""
        return sum(
            event.data.duration_ms
            for event in self.seen.of(RealtimeAudioOutputEvent)
            if event.response_id == response_id
        )

    async def play(self, response_id: str, milliseconds: int) -> None:
        """Play the first part of a response, as soon as that much has come."""
        while self.audio_ms(response_id) < milliseconds:
            await self.seen.news()
        for _ in range(milliseconds // FRAME_MS):
            self.audio.play(FRAME_MS)
        await self.seen.until(
            RealtimeAgentSpeechStartedEvent, lambda e: e.response_id == response_id
        )

    async def reconnected(self, number: int = 2) -> RealtimeConnectedEvent:
        """Let time go on until there is a connection of that number; return it."""
        while len(self.seen.of(RealtimeConnectedEvent)) < number:
            await self.clock.forward(_NUDGE_S)
            await asyncio.sleep(_LOOK_S)
        return self.seen.of(RealtimeConnectedEvent)[number - 1]


def _begins(event: RealtimeResponseEvent) -> bool:
    return not (event.is_complete or event.text)
