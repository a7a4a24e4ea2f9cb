"""A provider without a service: plays every scene of the conformance suite, in process.

It shows in code what each scene asks for, and is what the suite itself is tested with.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import assert_never
from uuid import uuid4

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import (
    ConnectionExpires,
    ProviderEvent,
    ProviderFailed,
    ResponseStarted,
    ResponseStatus,
    ResumptionOffered,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)
from realtime_run.media.background import running
from realtime_run.plugin.provider_api import Connection, Opening
from realtime_run.testing import puppet_lines as lines
from realtime_run.testing.conformance.scenes import Scene
from realtime_run.testing.puppet_lines import Asked

_CONNECT_S = 0.002
_WORD_S = 0.002
_EXPIRES_S = 8.0
_WORDS_BEFORE_ALARM = 6
_LEAST_TURN_MS = 100
_MOST_ASKED = 16
"""Answers that wait to be spoken; more are refused."""


EVERYTHING = Capabilities(
    input_hz=lines.HZ,
    output_hz=lines.HZ,
    video="images",
    manual_responses=True,
    manual_turns=True,
    response_instructions=True,
    resume=True,
)
"""What a puppet can do: all but a video track and tools of its own."""


class Puppet:
    """Opens connections to itself."""

    def __init__(self, scene: Scene, capabilities: Capabilities = EVERYTHING) -> None:
        """Make a puppet.

        Args:
            scene: What it plays.
            capabilities: What it says that it can do; what it is then not asked for, it
                does not do.
        """
        self.scene = scene
        self.capabilities = capabilities
        self._opened = 0
        self._memories: dict[str, tuple[str, ...]] = {}

    @asynccontextmanager
    async def connect(self, opening: Opening) -> AsyncGenerator[Connection]:
        """Open a connection, or refuse it, as the scene has it."""
        if self.scene is Scene.REFUSED:
            message = "nobody answers"
            raise ProviderError(message)
        if self.scene is Scene.UNAUTHORISED:
            message = "the api_key is refused: put it right"
            raise ProviderError(
                message, is_recoverable=False, setting="provider.api_key"
            )
        await asyncio.sleep(_CONNECT_S)
        self._opened += 1
        connection = PuppetConnection(
            self.scene, opening, self._memories, first=self._opened == 1
        )
        async with running(connection.speak):
            try:
                yield connection
            finally:
                connection.leave()


class PuppetConnection:
    """One conversation."""

    session_config: Mapping[str, object] = {"model": "puppet"}

    def __init__(
        self,
        scene: Scene,
        opening: Opening,
        memories: dict[str, tuple[str, ...]],
        *,
        first: bool,
    ) -> None:
        self._scene = scene
        self._memories = memories
        self._first = first
        self._opening = opening
        self._said = lines.remembered(opening, memories)
        self._reports: deque[ProviderEvent] = deque()
        self._news = asyncio.Event()
        self._asked: asyncio.Queue[Asked] = asyncio.Queue(_MOST_ASKED)
        self._end: ConnectionClosedError | None = None
        self._stalled = False
        self._ears = lines.Ears()
        self._turn_ms: float | None = None
        """How much was heard of a turn that the session marks; None: it marks none."""
        self._goes_on = asyncio.Event()
        self._speaking: str | None = None
        self._cancelled = False
        self._answers = 0
        if scene is Scene.EXPIRY and first:
            self._report(ConnectionExpires(in_s=_EXPIRES_S))

    async def receive(self) -> ProviderEvent:
        """Return what happens next."""
        while not self._reports:
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
        return self._reports.popleft()

    async def send(self, command: Command) -> None:  # noqa: C901 - a table
        """Do what is asked."""
        await self._let_in()
        match command:
            case AppendAudio():
                self._hear(command)
            case SendText(text=text):
                self._said.append(text)
                self._report(lines.item(f"item_{uuid4().hex}", "user", text))
                self._ask(Asked(text))
            case SendToolResults(respond=True):
                self._ask(Asked())
            case CreateResponse(instructions=instructions):
                self._ask(Asked(instructions=instructions))
            case StartTurn() | EndTurn() if self._opening.manual_turns:
                self._mark(command)
            case CancelResponse(response_id=response_id):
                self._cancel(response_id)
            case Truncate(item_id=str() as item_id, heard=heard):
                self._report(lines.item(item_id, "assistant", heard, "incomplete"))
            case AppendImage() | SendToolResults() | Truncate():
                pass
            case AppendPicture() | ApproveToolCall() | StartTurn() | EndTurn():
                message = f"a puppet takes no {type(command).__name__}"
                raise ProviderError(message, code="unsupported")
            case _:
                assert_never(command)

    async def _let_in(self) -> None:
        if self._end is not None:
            raise self._end
        if self._stalled:
            await asyncio.Event().wait()

    def leave(self) -> None:
        """Let nobody wait for this connection any more."""
        self._close(ConnectionClosedError("it was left", was_clean=True))

    async def speak(self) -> None:
        """Answer what is asked, one after another, as long as the connection lasts."""
        while True:
            asked = await self._asked.get()
            self._answers += 1
            name = f"response_{uuid4().hex}"
            called = lines.calls(self._scene, name) if self._answers == 1 else None
            if called is None:
                await self._say(name, lines.words(self._scene, asked, self._said))
            else:
                self._report(*called)
            self._after_an_answer()

    async def _say(self, name: str, words: tuple[str, ...]) -> None:
        self._speaking, self._cancelled = name, False
        if self._scene is Scene.GARBAGE:
            self._report(ProviderFailed(error="what was that?", error_code="garbage"))
        self._report(ResponseStarted(response_id=name))
        steady = self._scene is Scene.STEADY
        for number, word in enumerate(words, start=1):
            self._report(*lines.piece(name, word, number))
            if self._scene is Scene.FALSE_ALARM and number == _WORDS_BEFORE_ALARM:
                await self._goes_on.wait()
                self._report(ResponseStarted(response_id=name))
            await asyncio.sleep(lines.PIECE_MS / 1000 if steady else _WORD_S)
            if self._cancelled:
                break
        status: ResponseStatus = "cancelled" if self._cancelled else "completed"
        self._report(*lines.ending(name, words, status))
        self._speaking = None

    def _after_an_answer(self) -> None:
        handle = uuid4().hex
        self._memories[handle] = tuple(self._said)
        self._report(ResumptionOffered(handle=handle))
        if self._first and self._answers == 1:
            self._stalled = self._scene is Scene.STALL
            end = lines.end_of(self._scene)
            if end is not None:
                self._close(end)

    def _mark(self, command: StartTurn | EndTurn) -> None:
        heard_ms, self._turn_ms = self._turn_ms, None
        if isinstance(command, StartTurn):
            self._turn_ms = 0.0
        elif heard_ms is None or heard_ms < _LEAST_TURN_MS:
            self._report(UserTranscript(text="", mode="final"))
        else:
            self._understand()
            self._ask(Asked())

    def _understand(self) -> None:
        heard = UserTranscript(text="hello", mode="final")
        item = lines.item(f"item_{uuid4().hex}", "user", heard.text)
        self._report(heard, item)

    def _hear(self, command: AppendAudio) -> None:
        if self._opening.manual_turns:
            if self._turn_ms is not None:
                self._turn_ms += command.pcm.duration_ms
            return
        match self._ears.hear(command.pcm):
            case "began":
                self._report(SpeechStarted())
                self._let_be_interrupted()
            case "ended" if self._scene is Scene.FALSE_ALARM:
                self._report(SpeechEnded(), UserTranscript(text="", mode="final"))
                self._goes_on.set()
            case "ended":
                self._report(SpeechEnded())
                self._understand()
                if self._opening.answers:
                    self._ask(Asked())
            case None:
                pass

    def _let_be_interrupted(self) -> None:
        if not self._opening.interruptible or self._scene is Scene.FALSE_ALARM:
            return
        if self._scene is Scene.LATE_AUDIO and self._speaking is not None:
            self._report(lines.sound(self._speaking, 0))
        self._cancel(None)

    def _ask(self, asked: Asked) -> None:
        try:
            self._asked.put_nowait(asked)
        except asyncio.QueueFull as error:
            message = f"{_MOST_ASKED} answers are waiting"
            raise ProviderError(message, code="busy") from error

    def _cancel(self, response_id: str | None) -> None:
        if response_id in (None, self._speaking):
            self._cancelled = True
        while response_id is None and not self._asked.empty():
            self._asked.get_nowait()

    def _close(self, end: ConnectionClosedError) -> None:
        self._end = self._end or end
        self._news.set()

    def _report(self, *reports: ProviderEvent) -> None:
        # Grows no faster than it is asked: a test that reads late sees all of it.
        self._reports.extend(reports)
        self._news.set()
