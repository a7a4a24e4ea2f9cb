import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import SendText
from realtime_run.core.errors import RealtimeRunError
from realtime_run.core.events import Event
from realtime_run.plugin.api import Conversation, Listener, SessionInfo
from realtime_run.plugin.functions import FunctionHandler
from realtime_run.session.parts import Limits, NamedHandler
from realtime_run.session.subscriber import FAILURES, MOST_EVENTS
from realtime_run.testing.time import settle

HEARD = public.RealtimeUserSpeechTranscriptionEvent


def said(text: str) -> reported.UserTranscript:
    return reported.UserTranscript(text=text, mode="final")


def routed(*listeners: Listener, kind: type[Any] = HEARD) -> NamedHandler:
    handler = FunctionHandler("mine", {kind.type: listeners})
    return NamedHandler(name="mine", handler=handler)


class Recording:
    """A handler that opens, takes events in its thread, and closes."""

    events = frozenset({HEARD.type})

    def __init__(self) -> None:
        self.log: list[str] = []
        self.threads: set[int] = set()

    @contextmanager
    def open(self, session: SessionInfo) -> Generator[Listener, None, None]:
        self.log.append(f"open {session.session_id}")

        def take(event: Event, _: Conversation) -> None:
            self.threads.add(threading.get_ident())
            self.log.append(getattr(event, "text", ""))

        yield take
        self.log.append("close")


async def test_a_handler_opens_takes_what_it_wants_in_order_and_closes(
    talk: Any,
) -> None:
    recording = Recording()
    t = await talk(handlers=[NamedHandler(name="rec", handler=recording)])
    connection = await t.connection()

    connection.report(*(said(str(n)) for n in range(5)))
    await t.seen.until(HEARD, 5)
    await t.realtime.close()

    assert recording.log == ["open s-1", "0", "1", "2", "3", "4", "close"]
    assert threading.get_ident() not in recording.threads


async def test_a_handler_that_blocks_delays_nobody_else(talk: Any) -> None:
    release = threading.Event()
    t = await talk(handlers=[routed(lambda *_: release.wait(5))])
    connection = await t.connection()

    connection.report(said("one"), said("two"))
    await t.seen.until(HEARD, 2)

    connection.report(reported.AudioOutput(response_id="r1", pcm=bytes(480)))
    await t.seen.until(public.RealtimeAudioOutputEvent)
    release.set()


async def test_a_slow_handler_loses_its_own_oldest_events_with_a_count(
    talk: Any,
) -> None:
    release = asyncio.Event()
    texts: list[str] = []

    async def slow(event: Any, _: object) -> None:
        await release.wait()
        texts.append(event.text)

    t = await talk(handlers=[routed(slow)])
    connection = await t.connection()
    connection.report(said("first"))
    await t.seen.until(HEARD)

    for number in range(MOST_EVENTS + 3):
        connection.report(said(str(number)))
    await t.seen.until(HEARD, MOST_EVENTS + 4)
    await t.clock.forward(0.2)
    release.set()
    await t.realtime.close()

    lagged = t.seen.of(public.HandlerLaggedEvent)
    assert [(event.handler, event.dropped) for event in lagged] == [("mine", 3)]
    assert texts == ["first", *(str(n) for n in range(3, MOST_EVENTS + 3))]


async def test_a_failing_handler_is_reported_with_its_place_and_goes_on(
    talk: Any,
) -> None:
    texts: list[str] = []

    def fails_once(event: Any, _: object) -> None:
        texts.append(event.text)
        if event.text == "one":
            raise ValueError("no")

    t = await talk(handlers=[routed(fails_once)])
    connection = await t.connection()

    connection.report(said("one"), said("two"))
    failed = await t.seen.until(public.HandlerFailedEvent)
    await t.realtime.close()

    assert (failed.handler, failed.error, failed.paused) == (
        "mine",
        "ValueError: no",
        False,
    )
    assert failed.place is not None
    assert failed.place.startswith(f"{__file__}:")
    assert texts == ["one", "two"]


@pytest.mark.parametrize("on_the_loop", [True, False])
async def test_a_handler_that_fails_too_often_is_paused(
    talk: Any, on_the_loop: bool
) -> None:
    calls: list[int] = []

    def fails(event: Any, _: object) -> None:
        calls.append(1)
        raise RuntimeError

    async def fails_on_the_loop(event: Any, _: object) -> None:
        fails(event, _)

    t = await talk(handlers=[routed(fails_on_the_loop if on_the_loop else fails)])
    connection = await t.connection()

    connection.report(*(said("x") for _ in range(FAILURES * 2)))
    last = await t.seen.until(public.HandlerFailedEvent, FAILURES)
    await t.realtime.close()

    assert last.paused
    assert len(calls) == FAILURES


@pytest.mark.parametrize("error", [SystemExit("3"), KeyboardInterrupt("3")])
@pytest.mark.parametrize("on_the_loop", [True, False])
async def test_a_handler_that_wants_to_exit_ends_nothing(
    talk: Any, error: BaseException, on_the_loop: bool
) -> None:
    def exits(*_: object) -> None:
        raise error

    async def exits_on_the_loop(*_: object) -> None:
        raise error

    t = await talk(handlers=[routed(exits_on_the_loop if on_the_loop else exits)])
    connection = await t.connection()

    connection.report(said("x"))

    failed = await t.seen.until(public.HandlerFailedEvent)
    assert failed.error == f"{type(error).__name__}: 3"
    assert t.realtime.connected


async def test_a_handler_that_cannot_open_stops_the_start_and_says_why(
    talk: Any,
) -> None:
    closed: list[str] = []

    class Unwritable:
        events = None

        @contextmanager
        def open(self, session: SessionInfo) -> Generator[Listener, None, None]:
            raise RealtimeRunError("cannot write 'x.jsonl': permission denied")
            yield

    class Opened(Recording):
        @contextmanager
        def open(self, session: SessionInfo) -> Generator[Listener, None, None]:
            yield lambda *_: None
            closed.append("closed")

    t = await talk(
        handlers=[
            NamedHandler(name="a", handler=Opened()),
            NamedHandler(name="b", handler=Unwritable()),
        ]
    )

    with pytest.raises(RealtimeRunError, match="permission denied"):
        await t.realtime.wait_closed()
    assert t.provider.connections == []
    assert closed == ["closed"]


async def test_a_handler_that_never_ends_is_left_behind(
    talk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    forever = threading.Event()
    t = await talk(
        handlers=[routed(lambda *_: forever.wait())], limits=Limits(handlers_at_end_s=0)
    )
    connection = await t.connection()
    connection.report(said("x"))
    await t.seen.until(HEARD)

    await t.realtime.close()

    assert "handler mine did not finish" in caplog.text
    forever.set()


async def test_an_async_handler_may_use_the_conversation(talk: Any) -> None:
    async def answer(event: Any, realtime: Conversation) -> None:
        await realtime.simple_response(f"you said {event.text}")

    t = await talk(handlers=[routed(answer)])
    connection = await t.connection()

    connection.report(said("hello"))

    assert await connection.until(SendText) == [SendText(text="you said hello")]


async def test_functions_subscribe_and_unsubscribe_by_event_class(talk: Any) -> None:
    t = await talk()
    texts: list[str] = []
    news = asyncio.Event()

    async def take(event: public.RealtimeUserSpeechTranscriptionEvent) -> None:
        texts.append(event.text)
        news.set()

    stop = t.realtime.subscribe(HEARD, take)
    connection = await t.connection()
    connection.report(said("one"))
    await news.wait()
    stop()
    connection.report(said("two"))
    await t.seen.until(HEARD, 2)
    await settle()

    assert texts == ["one"]


async def test_a_handler_may_end_the_conversation_that_it_listens_to(talk: Any) -> None:
    after: list[str] = []

    async def leave(_: object, realtime: Conversation) -> None:
        await realtime.close()
        after.append("went on")

    t = await talk(handlers=[routed(leave)])
    connection = await t.connection()

    connection.report(said("goodbye"))
    await t.realtime.wait_closed()

    assert after == ["went on"]
    assert t.seen.types[-1] == "session_ended"


async def test_who_subscribes_to_the_base_class_gets_all_events(talk: Any) -> None:
    t = await talk()
    types: list[str] = []

    async def take(event: public.RealtimeEvent) -> None:
        types.append(event.type)

    t.realtime.subscribe(public.RealtimeEvent, take)
    connection = await t.connection()
    connection.report(said("hello"))
    await t.seen.until(HEARD)
    await t.realtime.close()

    assert types[-3:] == [
        "realtime_user_speech_transcription",
        "realtime_disconnected",
        "session_ended",
    ]


async def test_a_handler_that_cannot_go_on_is_paused_at_once(talk: Any) -> None:
    calls: list[int] = []

    def disk_full(*_: object) -> None:
        calls.append(1)
        message = "cannot write 'x.jsonl': no space left"
        raise RealtimeRunError(message)

    t = await talk(handlers=[routed(disk_full)])
    connection = await t.connection()

    connection.report(said("one"), said("two"))
    failed = await t.seen.until(public.HandlerFailedEvent)
    await t.realtime.close()

    assert (failed.error, failed.paused) == (
        "cannot write 'x.jsonl': no space left",
        True,
    )
    assert calls == [1]
