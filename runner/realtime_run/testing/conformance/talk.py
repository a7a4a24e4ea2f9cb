"""A real session over the provider under test, in the hand of a test."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from realtime_run.core.barge_in import BargeIn
from realtime_run.core.events import (
    RealtimeAgentSpeechStartedEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeResponseEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.api import Conversation, SessionInfo, Tool
from realtime_run.plugin.provider_api import Provider
from realtime_run.realtime import Realtime
from realtime_run.session.parts import Limits, NamedHandler, Parts
from realtime_run.testing.conformance.leaks import running_tasks, tasks_left_since
from realtime_run.testing.conformance.scenes import TELL, Scene, lacking
from realtime_run.testing.conformance.seen import Seen
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.invariants import violations
from realtime_run.testing.reports import misreports
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import HandClock, settle
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
    barge_in: BargeIn = "eager"
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
            barge_in=self.options.barge_in,
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


@asynccontextmanager
async def staged(
    subject: Subject, scene: Scene, *, speaks: bool = False
) -> AsyncGenerator[Provider]:
    """Give a provider that leads to a scene, or skip the test and say why.

    Args:
        subject: The provider under test.
        scene: What its far end plays.
        speaks: Whether the test needs an utterance.
    """
    excuse = subject.excuses.get(scene)
    if speaks and subject.speech is None:
        excuse = subject.excuses[Scene.SPEECH]
    reason = f"{subject.name}: {excuse}" if excuse else None
    failure: BaseException | None = None
    async with subject.stage(Scene.PLAIN if excuse else scene) as provider:
        missing = lacking(scene, provider.capabilities, speaks=speaks)
        if missing is not None:
            reason = f"{subject.name}: its capability {missing}"
        if reason is None:
            try:
                yield provider
            except BaseException as error:  # noqa: BLE001 - raised again below
                # A task group in the stage would wrap it: pytest must see it as it is.
                failure = error
    if failure is not None:
        raise failure
    if reason is not None:
        pytest.skip(reason)


@asynccontextmanager
async def talking(
    subject: Subject,
    scene: Scene,
    options: Options | None = None,
    *,
    speaks: bool = False,
) -> AsyncGenerator[Talk]:
    """Hold a conversation that is not connected yet, and judge all of it at its end.

    Args:
        subject: The provider under test.
        scene: What its far end plays.
        options: How the test wants it.
        speaks: Whether the test needs an utterance.
    """
    before = running_tasks()
    async with staged(subject, scene, speaks=speaks) as provider:
        watched = WatchedProvider(provider)
        talk = Talk(subject=subject, provider=watched, options=options or Options())
        try:
            async with patient(subject, talk.seen):
                yield talk
        finally:
            async with patient(subject, talk.seen):
                await talk.realtime.close()
        await settle()
        judge(talk)
    left = await tasks_left_since(before)
    assert left == (), "tasks are left behind"


@asynccontextmanager
async def patient(subject: Subject, seen: object = "") -> AsyncGenerator[None]:
    """Fail if something takes longer than the subject allows."""
    deadline = asyncio.timeout(subject.patience_s)
    try:
        async with deadline:
            yield
    except TimeoutError:
        if not deadline.expired():
            raise
        message = f"not done within {subject.patience_s:g} s; seen so far: {seen}"
        pytest.fail(message)


def judge(talk: Talk) -> None:
    """Fail if what was seen breaks a rule that holds for every conversation."""
    events = talk.seen.events
    assert [str(violation) for violation in violations(events)] == []
    for connection in talk.provider.connections:
        finished = talk.options.finishes and connection.end is None
        assert misreports(connection.reports, finished=finished) == ()
    told = [e.type for e in events if any(s in repr(e) for s in talk.subject.secrets)]
    assert told == [], "events show a secret"
