"""A provider that plays every scene of the conformance suite, and can be broken."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

import pytest

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    SendText,
    SendToolResults,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ConnectionExpires,
    ItemChanged,
    ProviderEvent,
    ProviderFailed,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserTranscript,
)
from realtime_run.media.background import running
from realtime_run.plugin.provider_api import Connection, Opening, Provider
from realtime_run.testing.conformance import Scene, Subject

HZ = 16_000
PIECE = b"\x10\x00" * (HZ // 10)
"""100 ms."""
SPEECH = Pcm(b"\x00\x20" * HZ, HZ)
KEY = "key-of-the-puppet"
SILENT_FRAMES = 20
LONG_SCENES = (
    Scene.LONG,
    Scene.FAST,
    Scene.STEADY,
    Scene.LATE_AUDIO,
    Scene.FALSE_ALARM,
)
END_SCENES = (Scene.DROP, Scene.RECALL, Scene.CLOSE)


class Flaw(Enum):
    """What is broken in a puppet."""

    NONE = auto()
    ACCEPTS_ALL = auto()
    ANSWERS_RESULTS_TWICE = auto()
    BLOCKS = auto()
    CANCELLED_RECEIVE_LOSES = auto()
    CANCEL_STICKS = auto()
    CANNOT_CANCEL = auto()
    CANNOT_CANCEL_WHAT_ENDED = auto()
    CANNOT_TRUNCATE = auto()
    CLOSE_LOOKS_BROKEN = auto()
    CLOSE_RAISES = auto()
    DONE_TWICE = auto()
    DROP_IS_FATAL = auto()
    FALSE_ALARM_MUTES = auto()
    FORGETS_HISTORY = auto()
    GARBAGE_ENDS_IT = auto()
    HALF_A_SAMPLE = auto()
    HANGS_AFTER_LEAVING = auto()
    HISTORY_IS_REFUSED = auto()
    KEEPS_SPEAKING = auto()
    LEAKS_A_FILE = auto()
    LEAKS_A_TASK = auto()
    LEAKS_WHEN_CANCELLED = auto()
    LEAKS_WHILE_SPEAKING = auto()
    MUTE = auto()
    NEVER_DONE = auto()
    NEVER_EXPIRES = auto()
    NO_CONFIG = auto()
    NO_TRANSCRIPT_OF_USER = auto()
    ONE_AT_A_TIME = auto()
    PICTURES_REFUSED = auto()
    REFUSED_IS_FATAL = auto()
    RESPONSE_ID_AGAIN = auto()
    RESULTS_FORGOTTEN = auto()
    SHOWS_THE_KEY = auto()
    SLOW = auto()
    STALE_UNDER_A_NEW_ID = auto()
    STALE_UNDER_THE_NEXT_ID = auto()
    STALL_HANGS_THE_END = auto()
    TOOL_ERRORS_HIDDEN = auto()
    TOOLS_BLOCK = auto()
    UNAUTHORISED_IS_TRIED_AGAIN = auto()
    WAITS_FOR_EVER_WHEN_LEFT = auto()
    ALWAYS_INTERRUPTS = auto()


@dataclass(eq=False)
class Puppet:
    """Opens connections to itself."""

    scene: Scene
    flaw: Flaw = Flaw.NONE
    opened: int = 0
    held: list[object] = field(default_factory=list)
    capabilities: Capabilities = Capabilities(
        input_hz=HZ, output_hz=HZ, video="images", max_session_s=None
    )

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncIterator[Connection]:
        self.opened += 1
        if self.scene is Scene.REFUSED:
            fatal = self.flaw is Flaw.REFUSED_IS_FATAL
            raise ProviderError("nobody answers", is_recoverable=not fatal)
        if self.scene is Scene.UNAUTHORISED:
            again = self.flaw is Flaw.UNAUTHORISED_IS_TRIED_AGAIN
            raise ProviderError("put the api_key right", is_recoverable=again)
        if self.flaw is Flaw.HISTORY_IS_REFUSED and opening.history:
            raise ProviderError("no history, please")
        if self.flaw is Flaw.ONE_AT_A_TIME and self.held:
            raise ProviderError("busy")
        if self.flaw is Flaw.BLOCKS:
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                pass
        if self.flaw is Flaw.LEAKS_WHEN_CANCELLED:
            self._leak()
        await asyncio.sleep(0.002)
        if self.flaw is Flaw.LEAKS_WHEN_CANCELLED:
            self.held.pop().cancel()
        if self.flaw is Flaw.LEAKS_A_TASK:
            self._leak()
        if self.flaw is Flaw.LEAKS_A_FILE:
            self.held.append(socket.socket())
        connection = PuppetConnection(self, opening, first=self.opened == 1)
        if self.flaw is Flaw.ONE_AT_A_TIME:
            self.held.append(connection)
        async with running(connection.speak):
            try:
                yield connection
            finally:
                connection.leave()
                if connection.stalled and self.flaw is Flaw.STALL_HANGS_THE_END:
                    await asyncio.Event().wait()
                self.held = [h for h in self.held if h is not connection]
                if self.flaw is Flaw.LEAKS_WHILE_SPEAKING and connection.speaking:
                    self._leak()

    def _leak(self) -> None:
        loop = asyncio.get_running_loop()
        self.held.append(loop.create_task(asyncio.sleep(30)))


class PuppetConnection:
    """One conversation."""

    def __init__(self, puppet: Puppet, opening: Opening, *, first: bool) -> None:
        self._scene = puppet.scene
        self._flaw = puppet.flaw
        self._first = first
        self._opening = opening
        self._reports: asyncio.Queue[ProviderEvent | Exception] = asyncio.Queue()
        self._wanted: asyncio.Queue[Callable[[], AsyncIterator[ProviderEvent]]] = (
            asyncio.Queue()
        )
        self._left = self.stalled = self._hearing = self._cancelled = False
        self._quiet = self._answers = self._responses = 0
        self._results_due = self._sticks = False
        self._known = [item.text for item in opening.history]
        if self._flaw is Flaw.FORGETS_HISTORY:
            self._known = []
        self.speaking = ""
        self._resume = asyncio.Event()
        if self._scene is Scene.EXPIRY and first and not self._is(Flaw.NEVER_EXPIRES):
            self._reports.put_nowait(ConnectionExpires(in_s=8))

    def _is(self, flaw: Flaw) -> bool:
        return self._flaw is flaw

    @property
    def session_config(self) -> Mapping[str, object]:
        if self._is(Flaw.NO_CONFIG):
            return {}
        key = KEY if self._is(Flaw.SHOWS_THE_KEY) else "***"
        return {"model": "puppet", "key": key}

    async def receive(self) -> ProviderEvent:
        if self._left and self._reports.empty():
            if self._is(Flaw.HANGS_AFTER_LEAVING):
                await asyncio.Event().wait()
            raise ConnectionClosedError("left", was_clean=True)
        report = await self._reports.get()
        if self._is(Flaw.CANCELLED_RECEIVE_LOSES):
            await asyncio.sleep(0)
        if isinstance(report, Exception):
            self._left = self._left or isinstance(report, ConnectionClosedError)
            raise report
        return report

    def leave(self) -> None:
        self._left = True
        if not self._is(Flaw.WAITS_FOR_EVER_WHEN_LEFT):
            self._reports.put_nowait(ConnectionClosedError("left", was_clean=True))

    async def send(self, command: Command) -> None:
        if self._left:
            raise ConnectionClosedError("left", was_clean=True)
        if self.stalled:
            await asyncio.Event().wait()
        match command:
            case AppendAudio(pcm=pcm):
                self._hear(pcm)
            case SendText(text=text):
                self._known.append(text)
                self._item("user", text)
                self._answer(text)
            case SendToolResults(results=results, respond=respond):
                self._take(respond, all(result.success for result in results))
            case CreateResponse():
                self._answer("")
            case CancelResponse(response_id=response_id):
                self._cancel(response_id)
            case Truncate(item_id=item_id, heard=heard):
                if self._is(Flaw.CANNOT_TRUNCATE):
                    raise ProviderError("there is no such item")
                self._item("assistant", heard, item_id or "item", "incomplete")
            case AppendImage() if not self._is(Flaw.PICTURES_REFUSED):
                pass
            case AppendImage() | AppendPicture() | ApproveToolCall():
                if not self._is(Flaw.ACCEPTS_ALL):
                    raise ProviderError(f"a puppet takes no {type(command).__name__}")

    def _take(self, respond: bool, success: bool) -> None:
        self._results_due = False
        if self._is(Flaw.TOOL_ERRORS_HIDDEN) and not success:
            raise ProviderError("results must be results")
        if respond and not self._is(Flaw.RESULTS_FORGOTTEN):
            self._answer("")
            if self._is(Flaw.ANSWERS_RESULTS_TWICE):
                self._answer("")

    def _item(
        self, role: str, text: str, item_id: str = "", status: str = "completed"
    ) -> None:
        self._reports.put_nowait(
            ItemChanged(
                item_id=item_id or f"item_{id(self)}_{len(self._known)}",
                item_type="message",
                status=status,
                role=role,
                content=({"type": "text", "text": text},),
            )
        )

    def _hear(self, pcm: Pcm) -> None:
        loud = any(pcm.data)
        self._quiet = 0 if loud else self._quiet + 1
        if loud and not self._hearing:
            self._hearing = True
            self._begin_turn()
        elif self._hearing and self._quiet >= SILENT_FRAMES:
            self._hearing = False
            self._end_turn()

    def _begin_turn(self) -> None:
        self._reports.put_nowait(SpeechStarted())
        interrupts = self._opening.interruptible or self._is(Flaw.ALWAYS_INTERRUPTS)
        if interrupts and self._scene is not Scene.FALSE_ALARM:
            speaking = self.speaking
            self._cancel(None)
            if self._is(Flaw.STALE_UNDER_A_NEW_ID):
                self._reports.put_nowait(ResponseStarted(response_id="stale"))
                self._reports.put_nowait(AudioOutput(response_id="stale", pcm=PIECE))
                self._reports.put_nowait(ResponseDone(response_id="stale"))
            if self._scene is Scene.LATE_AUDIO and speaking:
                old = AudioOutput(response_id=speaking, pcm=PIECE)
                self._reports.put_nowait(old)
                if self._is(Flaw.STALE_UNDER_THE_NEXT_ID):
                    late = AudioOutput(response_id="never-begun", pcm=PIECE)
                    self._reports.put_nowait(late)

    def _end_turn(self) -> None:
        self._reports.put_nowait(SpeechEnded())
        if self._scene is Scene.FALSE_ALARM:
            self._reports.put_nowait(UserTranscript(text="", mode="final"))
            self._resume.set()
            return
        if not self._is(Flaw.NO_TRANSCRIPT_OF_USER):
            said = UserTranscript(text="hello", mode="final")
            self._reports.put_nowait(said)
        self._item("user", "hello")
        self._answer("")

    def _cancel(self, response_id: str | None) -> None:
        if self._is(Flaw.CANNOT_CANCEL):
            raise ProviderError("it cannot be stopped")
        self._sticks = self._is(Flaw.CANCEL_STICKS)
        if not self.speaking and self._is(Flaw.CANNOT_CANCEL_WHAT_ENDED):
            raise ConnectionClosedError("nothing to cancel")
        if response_id in (None, self.speaking) and not self._is(Flaw.KEEPS_SPEAKING):
            self._cancelled = bool(self.speaking)
        if response_id is None:
            while not self._wanted.empty():
                self._wanted.get_nowait()

    def _answer(self, text: str) -> None:
        if self._sticks:
            return
        self._answers += 1
        calls = self._answers == 1 and self._scene in (Scene.TOOL, Scene.TWO_TOOLS)
        kind = self._calls if calls else lambda: self._say(text)
        self._wanted.put_nowait(kind)

    async def speak(self) -> None:
        while True:
            make = await self._wanted.get()
            if self._is(Flaw.TOOLS_BLOCK) and self._results_due:
                while self._results_due:
                    await asyncio.sleep(0.01)
            async for report in make():
                self._reports.put_nowait(report)
            self.speaking = ""
            self._after_answer()

    def _after_answer(self) -> None:
        if not (self._first and self._answers == 1):
            return
        if self._scene is Scene.STALL:
            self.stalled = True
        if self._scene in END_SCENES:
            clean = self._scene is Scene.CLOSE
            if clean and self._is(Flaw.CLOSE_RAISES):
                self._reports.put_nowait(RuntimeError("closed"))
            self._reports.put_nowait(
                ConnectionClosedError(
                    "gone",
                    was_clean=clean and not self._is(Flaw.CLOSE_LOOKS_BROKEN),
                    is_recoverable=clean or not self._is(Flaw.DROP_IS_FATAL),
                )
            )

    def _new_response(self) -> str:
        self._responses += 1
        if self._is(Flaw.RESPONSE_ID_AGAIN):
            return "response"
        return f"response_{id(self)}_{self._responses}"

    async def _calls(self) -> AsyncIterator[ProviderEvent]:
        name = self._new_response()
        yield ResponseStarted(response_id=name)
        numbers = [(2, 3), (4, 5)][: 1 + (self._scene is Scene.TWO_TOOLS)]
        for a, b in numbers:
            yield ToolCalled(
                response_id=name,
                call_id=f"call_{name}_{a}",
                name="add",
                arguments=f'{{"a": {a}, "b": {b}}}',
            )
        self._results_due = True
        yield ResponseDone(response_id=name)

    async def _say(self, text: str) -> AsyncIterator[ProviderEvent]:
        name = self.speaking = self._new_response()
        self._cancelled = False
        if self._scene is Scene.GARBAGE:
            if self._is(Flaw.GARBAGE_ENDS_IT):
                self._reports.put_nowait(ConnectionClosedError("what?"))
            yield ProviderFailed(error="what was that?")
        item_id = f"item_{name}"
        yield ResponseStarted(response_id=name)
        pieces = 32 if self._scene in LONG_SCENES else 8
        words = self._words(text, pieces)
        status = "completed"
        for at, word in enumerate(words):
            yield AgentTranscript(
                response_id=name, item_id=item_id, text=word, mode="delta"
            )
            if not self._is(Flaw.MUTE):
                odd = b"\0" * self._is(Flaw.HALF_A_SAMPLE)
                yield AudioOutput(response_id=name, item_id=item_id, pcm=PIECE + odd)
            if self._scene is Scene.FALSE_ALARM and at == 5:
                await self._resume.wait()
                if not self._is(Flaw.FALSE_ALARM_MUTES):
                    yield ResponseStarted(response_id=name)
            steady = self._scene is Scene.STEADY or self._is(Flaw.SLOW)
            await asyncio.sleep(0.1 if steady else 0.002)
            if self._cancelled:
                status = "cancelled"
                break
        whole = "".join(words)
        if status == "completed":
            yield AgentTranscript(
                response_id=name, item_id=item_id, text=whole, mode="final"
            )
        self._item("assistant", whole, item_id)
        done = ResponseDone(response_id=name, status=status, item_id=item_id)
        if not self._is(Flaw.NEVER_DONE):
            yield done
        if self._is(Flaw.DONE_TWICE):
            yield done

    def _words(self, text: str, pieces: int) -> list[str]:
        if "What is my name" in text:
            known = re.findall(r"My name is (\w+)", " ".join(self._known))
            return [f"{name} " for name in known[-1:] or ["Nobody"]] * 3
        return [f"word{number} " for number in range(pieces)]


@pytest.fixture
def puppet() -> Callable[[Flaw], Subject]:
    """Make a subject of a puppet with a flaw."""

    def subject(flaw: Flaw) -> Subject:
        @asynccontextmanager
        async def stage(scene: Scene) -> AsyncIterator[Provider]:
            puppet = Puppet(scene, flaw)
            yield puppet
            for held in puppet.held:
                if isinstance(held, socket.socket):
                    held.close()

        return Subject(
            name="puppet",
            stage=stage,
            speech=SPEECH,
            patience_s=1.5,
            silence_ms=600,
            secrets=frozenset({KEY}),
        )

    return subject


@pytest.fixture
def flaws() -> type[Flaw]:
    return Flaw
