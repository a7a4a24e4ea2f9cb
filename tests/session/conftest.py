import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from realtime_run.core.events import EVENT_TYPES, Event, RealtimeEvent
from realtime_run.core.presets import PRESETS
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.plugin.api import Conversation, SessionInfo, Tool
from realtime_run.plugin.functions import FunctionHandler
from realtime_run.realtime import Realtime
from realtime_run.session.parts import Limits, NamedHandler, Parts
from realtime_run.session.session import Session
from realtime_run.testing.scripted import ScriptedConnection, ScriptedProvider
from realtime_run.testing.sound import HandAudio
from realtime_run.testing.time import HandClock, settle

EventT = TypeVar("EventT", bound=RealtimeEvent)


class Seen:
    """Keeps all events, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    async def see(self, event: Event, _: Conversation) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def until(self, kind: type[EventT], count: int = 1) -> EventT:
        while len(self.of(kind)) < count:
            self._news.clear()
            await self._news.wait()
        return self.of(kind)[count - 1]


@dataclass
class Talk:
    """A running session in the hand of a test."""

    provider: ScriptedProvider
    audio: HandAudio
    clock: HandClock
    seen: Seen
    realtime: Realtime
    ended: "asyncio.Task[None]"

    @property
    def session(self) -> Session:
        return self.realtime._session

    async def connection(self, number: int = 1) -> ScriptedConnection:
        connection = await self.provider.connection(number)
        await settle()
        return connection

    async def play(self, milliseconds: int) -> bytes:
        await self.audio.opened.wait()
        await settle()
        played = self.audio.play(milliseconds)
        await settle()
        return played


@dataclass
class Setting:
    provider: ScriptedProvider = field(default_factory=ScriptedProvider)
    audio: HandAudio = field(default_factory=HandAudio)
    handlers: Sequence[NamedHandler] = ()
    tools: Sequence[Tool] = ()
    limits: Limits = field(default_factory=Limits)
    barge_in: Any = "eager"
    turn: TurnDetection = field(default_factory=TurnDetection)
    vad: Any = None
    greeting: str | None = None
    video: Any = None
    fps: float = 1.0
    text: Any = None
    ends_when_quiet: bool = False


Begin = Callable[..., Awaitable[Talk]]


@pytest.fixture
async def talk() -> AsyncIterator[Begin]:
    """Begin a session; it ends with the test, and must leave no task behind."""
    async with AsyncExitStack() as stack:

        async def begin(**options: Any) -> Talk:
            return await stack.enter_async_context(_talk(Setting(**options)))

        yield begin
    await settle()
    assert [task for task in asyncio.all_tasks() if _is_ours(task)] == []


def _is_ours(task: "asyncio.Task[Any]") -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "realtime_run" in code.co_filename


@asynccontextmanager
async def _talk(setting: Setting) -> AsyncIterator[Talk]:
    seen = Seen()
    watcher = FunctionHandler("seen", dict.fromkeys(EVENT_TYPES, (seen.see,)))
    clock = HandClock()
    parts = Parts(
        provider_name="scripted",
        provider=setting.provider,
        audio=setting.audio,
        handlers=(
            NamedHandler(name="seen", handler=watcher),
            *setting.handlers,
        ),
        bind_tools=lambda _: setting.tools,
        instructions="Be kind.",
        barge_in=PRESETS.get(setting.barge_in, setting.barge_in),
        turn=setting.turn,
        vad=setting.vad,
        greeting=setting.greeting,
        video=setting.video,
        fps=setting.fps,
        limits=setting.limits,
        info=SessionInfo(
            session_id="s-1",
            agent_name="tester",
            provider="scripted",
            capabilities=setting.provider.capabilities,
        ),
    )
    realtime = Realtime(parts, clock=clock)
    async with asyncio.TaskGroup() as tasks:
        ended = tasks.create_task(
            _quietly(
                realtime.run(setting.text, ends_when_quiet=setting.ends_when_quiet)
            )
        )
        await asyncio.sleep(0)  # so that it has begun
        talk = Talk(setting.provider, setting.audio, clock, seen, realtime, ended)
        try:
            yield talk
        finally:
            await realtime.close()


async def _quietly(run: Awaitable[None]) -> None:
    """A session's error is asked for by the tests that expect one."""
    with suppress(Exception):  # see wait_closed in the tests
        await run
