import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from realtime_run.core.commands import CreateResponse, SendText
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.provider_events import (
    AudioOutput,
    ProviderFailed,
    ResponseDone,
    ResponseStarted,
)
from realtime_run.plugin.api import HistoryItem
from realtime_run.testing.time import settle
from realtime_run.wire.connection import MOST_EVENTS, WireConnection
from realtime_run_openai.codec import Codec, CodecOptions
from realtime_run_openai.dialect import OPENAI
from realtime_run_openai.opening import open_session


class Wire:
    """A transport within the process."""

    def __init__(self) -> None:
        self.inbound: asyncio.Queue[str | ConnectionClosedError] = asyncio.Queue()
        self.outbound: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.answers: list[str] = []
        self.reads = 0
        self.slow = asyncio.Event()
        self.slow.set()
        self.gone: ConnectionClosedError | None = None

    def say(self, type_: str, **fields: object) -> None:
        self.inbound.put_nowait(json.dumps({"type": type_, **fields}))

    async def send_text(self, text: str) -> None:
        await self.slow.wait()
        if "too long" in text:
            message = "the message is too long"
            raise ProviderError(message, code="message_too_large")
        if self.gone is not None:
            raise self.gone
        self.outbound.put_nowait(json.loads(text))
        if self.answers:
            self.inbound.put_nowait(self.answers.pop(0))

    async def receive_text(self) -> str:
        message = await self.inbound.get()
        self.reads += 1
        if isinstance(message, ConnectionClosedError):
            raise message
        return message


class Clock:
    """The loop's clock, which can be set forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead_s


class Opener(WireConnection):
    """A connection that opens its session as the plugin does."""

    def __init__(self, codec: Codec, wire: Wire, now: Callable[[], float]) -> None:
        super().__init__(codec, wire, now=now)
        self._own = codec

    async def open(
        self, session: Mapping[str, object] | None, history: Sequence[HistoryItem]
    ) -> None:
        await open_session(self, codec=self._own, session=session, history=history)


@pytest.fixture
def make() -> Callable[..., WireConnection]:
    def made(
        wire: Wire,
        now: Callable[[], float] | None = None,
        transport: Literal["websocket", "webrtc"] = "websocket",
    ) -> WireConnection:
        options = CodecOptions(
            dialect=OPENAI,
            transport=transport,
            creates_responses=True,
            images_kept=8,
            cost=lambda usage: None,
            setting_of=lambda param: None,
        )
        return Opener(Codec(options), wire, now or Clock())

    return made


@pytest.fixture
def opened(make: Callable[..., Any]) -> Callable[..., object]:
    @asynccontextmanager
    async def open_(
        wire: Wire, now: Callable[[], float] | None = None
    ) -> AsyncGenerator[WireConnection]:
        connection = make(wire, now)
        async with connection.running():
            wire.say("session.created", session={"model": "m"})
            wire.say("session.updated", session={"model": "m"})
            await connection.open(None, ())
            yield connection

    return open_


async def test_a_session_is_open_when_the_server_has_acknowledged_it(
    make: Callable[..., Any],
) -> None:
    wire = Wire()
    connection = make(wire)

    async with connection.running(), asyncio.TaskGroup() as tasks:
        history = (HistoryItem(role="user", text="Hi."),)
        opening = tasks.create_task(connection.open({"type": "realtime"}, history))
        wire.say("session.created", session={})
        sent = [await wire.outbound.get() for _ in range(2)]
        early = opening.done()
        wire.say("session.updated", session={"model": "m"})
        await opening

    assert not early
    assert [message["type"] for message in sent] == [
        "session.update",
        "conversation.item.create",
    ]
    assert connection.session_config == {"model": "m"}


async def test_a_refused_session_is_raised_as_it_is(make: Callable[..., Any]) -> None:
    wire = Wire()
    connection = make(wire)

    refusal = {"type": "error", "error": {"message": "No such voice."}}
    wire.answers.append(json.dumps(refusal))
    wire.say("session.created", session={})

    async with connection.running():
        with pytest.raises(ProviderError) as refused:
            await connection.open({"type": "realtime"}, ())

    assert refused.value.message == "No such voice"
    assert not refused.value.is_recoverable


async def test_what_came_before_the_end_is_received_before_it(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.say("response.created", response={"id": "r1"})
        wire.inbound.put_nowait(ConnectionClosedError("gone", was_clean=True))

        assert await connection.receive() == ResponseStarted(response_id="r1")
        for _ in range(2):
            with pytest.raises(ConnectionClosedError, match="gone"):
                await connection.receive()
        with pytest.raises(ConnectionClosedError, match="gone"):
            await connection.send(CreateResponse())


async def test_what_the_codec_held_back_is_received_before_the_end(
    make: Callable[..., Any],
) -> None:
    wire = Wire()
    connection = make(wire, transport="webrtc")

    async with connection.running():
        wire.say("session.created", session={"model": "m"})
        await connection.open(None, ())
        wire.say("response.created", response={"id": "r1"})
        audible = {"item_id": "a1", "content_index": 0, "part": {"type": "audio"}}
        wire.say("response.content_part.added", response_id="r1", **audible)
        wire.say("output_audio_buffer.started", response_id="r1")
        wire.say("response.done", response={"id": "r1", "status": "completed"})
        wire.inbound.put_nowait(ConnectionClosedError("gone"))

        events = [await connection.receive() for _ in range(2)]
        with pytest.raises(ConnectionClosedError, match="gone"):
            await connection.receive()

    assert events == [
        ResponseStarted(response_id="r1"),
        ResponseDone(response_id="r1"),
    ]


async def test_a_clean_close_is_read_once(opened: Callable[..., Any]) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.inbound.put_nowait(ConnectionClosedError("bye", was_clean=True))
        wire.inbound.put_nowait(ConnectionClosedError("bye again", was_clean=True))
        reads = wire.reads
        with pytest.raises(ConnectionClosedError, match="bye"):
            await connection.receive()
        for _ in range(100):
            await asyncio.sleep(0)

        assert wire.reads == reads + 1
        assert connection.ended is not None


async def test_what_the_server_cannot_go_on_after_is_raised_after_the_events(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.say("response.created", response={"id": "r1"})
        wire.say("error", error={"code": "insufficient_quota", "message": "Empty."})

        assert await connection.receive() == ResponseStarted(response_id="r1")
        with pytest.raises(ProviderError, match="Empty; add credit"):
            await connection.receive()


async def test_a_server_that_greets_and_leaves_is_asked_for_its_reason(
    make: Callable[..., Any],
) -> None:
    wire = Wire()
    connection = make(wire)

    wire.gone = ConnectionClosedError("closed (1000)", was_clean=True)
    async with connection.running(), asyncio.TaskGroup() as tasks:
        opening = tasks.create_task(_refusal_of(connection))
        wire.say("session.created", session={})
        for _ in range(20):
            await asyncio.sleep(0)  # it is refused, and waits to be told why
        wire.say("error", error={"code": "insufficient_quota", "message": "Empty."})
        wire.inbound.put_nowait(wire.gone)

    assert opening.result() == "Empty; add credit to the account, or raise its limit"


async def test_a_server_that_leaves_is_asked_for_its_reason_before_the_close_is_told(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.gone = ConnectionClosedError("closed (1000)", was_clean=True)
        wire.say("error", error={"code": "insufficient_quota", "message": "Empty."})
        wire.inbound.put_nowait(wire.gone)
        with pytest.raises(ProviderError, match="Empty; add credit"):
            await connection.send(CreateResponse())


async def test_a_server_that_takes_nothing_and_says_nothing_is_given_up(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime_run.wire.connection.LAST_WORD_S", 0.01)
    wire = Wire()
    connection = make(wire)

    wire.gone = ConnectionClosedError("broken pipe")
    wire.say("session.created", session={})

    async with connection.running():
        with pytest.raises(ConnectionClosedError, match="broken pipe"):
            await connection.open({"type": "realtime"}, ())


async def test_cancelling_a_wait_loses_no_event(opened: Callable[..., Any]) -> None:
    wire = Wire()
    received: list[str] = []

    async with opened(wire) as connection:
        for number in range(50):
            try:
                async with asyncio.timeout(0):
                    received.append((await connection.receive()).error)
            except TimeoutError:
                pass
            wire.say("error", error={"message": str(number)})
            await asyncio.sleep(0)
        while len(received) < 50:
            received.append((await connection.receive()).error)

    assert received == [str(number) for number in range(50)]


async def test_what_the_codec_answers_by_itself_is_sent(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.say("response.created", response={"id": "r1"})
        await connection.receive()
        await connection.send(SendText(text="Hi."))
        item = await wire.outbound.get()
        wire.say("response.done", response={"id": "r1"})
        request = await wire.outbound.get()

    assert item["type"] == "conversation.item.create"
    assert request["type"] == "response.create"


async def test_a_slow_network_does_not_keep_the_server_from_being_heard(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection, asyncio.TaskGroup() as tasks:
        wire.slow.clear()
        sending = tasks.create_task(connection.send(SendText(text="Hi.")))
        wire.say("response.created", response={"id": "r1"})
        event = await connection.receive()
        early = sending.done()
        wire.slow.set()

    assert event == ResponseStarted(response_id="r1")
    assert not early


async def test_a_message_that_cannot_be_sent_ends_nothing_whoever_sends_it(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()

    async with opened(wire) as connection:
        wire.say("response.created", response={"id": "r1"})
        await connection.receive()
        await connection.send(SendText(text="Hi."))  # it is answered after r1
        wire.slow.clear()
        wire.say("response.done", response={"id": "r1", "status": "completed"})
        await connection.receive()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(connection.send(SendText(text="This is too long.")))
            await settle()
            wire.slow.set()
        failed = await connection.receive()
        await connection.send(SendText(text="Short."))
        sent = [json.dumps(wire.outbound.get_nowait()) for _ in range(3)]

    assert isinstance(failed, ProviderFailed)
    assert (failed.error, failed.error_code) == (
        "the message is too long",
        "message_too_large",
    )
    assert "Short." in sent[-1]


async def test_time_passes_while_nothing_is_received(
    opened: Callable[..., Any],
) -> None:
    wire, clock = Wire(), Clock()

    async with opened(wire, clock) as connection:
        clock.ahead_s = -9.99  # the request is made almost ten seconds ago
        await connection.send(CreateResponse())
        clock.ahead_s = 0.0
        wire.say("ping")
        event = await connection.receive()

    assert isinstance(event, ProviderFailed)
    assert event.error_code == "response_timeout"


async def test_a_session_that_takes_nothing_slows_the_server_down(
    opened: Callable[..., Any],
) -> None:
    wire, total = Wire(), MOST_EVENTS + 100

    async with opened(wire) as connection:
        for number in range(total):
            wire.say("error", error={"message": str(number)})
        for _ in range(3 * total):
            await asyncio.sleep(0)
        left = wire.inbound.qsize()
        received = [(await connection.receive()).error for _ in range(total)]

    assert left == 100
    assert received == [str(number) for number in range(total)]


async def test_events_of_the_transport_come_in_their_order(
    opened: Callable[..., Any],
) -> None:
    wire = Wire()
    audio = AudioOutput(response_id="r1", pcm=b"\0\0")

    async with opened(wire) as connection:
        wire.say("response.created", response={"id": "r1"})
        first = await connection.receive()
        connection.deliver(audio)
        second = await connection.receive()

    assert [first, second] == [ResponseStarted(response_id="r1"), audio]


async def test_what_is_raised_inside_comes_out_as_it_was(
    opened: Callable[..., Any],
) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with opened(Wire()):
            raise LookupError("mine")


async def test_a_connection_that_was_left_says_so_to_who_waits(
    opened: Callable[..., Any],
) -> None:
    async with asyncio.TaskGroup() as tasks, opened(Wire()) as connection:
        waiting = tasks.create_task(_reason_of(connection))
        await asyncio.sleep(0)

    assert waiting.result() == "the connection was left"
    with pytest.raises(ConnectionClosedError, match="was left"):
        await connection.send(CreateResponse())


async def _refusal_of(connection: WireConnection) -> str:
    try:
        await connection.open({"type": "realtime"}, ())
    except ProviderError as error:
        return error.message
    return ""


async def _reason_of(connection: WireConnection) -> str:
    try:
        await connection.receive()
    except ConnectionClosedError as error:
        return error.message
    return ""
