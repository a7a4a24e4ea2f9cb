import asyncio

import pytest

from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ResponseStarted,
)
from realtime_run_local.history import Said
from realtime_run_local.outbox import MOST_AUDIO, MOST_EVENTS, Outbox
from realtime_run_local.requests import MOST, Request, Requests

AUDIO = AudioOutput(response_id="r", pcm=b"\0\0")


def said(text: str) -> Said:
    return Said(item_id=text, role="user", text=text)


async def test_audio_waits_while_too_much_of_it_waits() -> None:
    outbox = Outbox()
    for _ in range(MOST_AUDIO):
        await outbox.put_audio(AUDIO)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outbox.put_audio(AUDIO))
        await asyncio.sleep(0)
        was_waiting = not waiting.done()
        await outbox.get()

    assert was_waiting
    assert waiting.done()


async def test_dropping_speech_keeps_the_rest_and_makes_room() -> None:
    outbox = Outbox()
    outbox.put(ResponseStarted(response_id="r"))
    outbox.put(AgentTranscript(response_id="r", text="a", mode="delta"))
    for _ in range(MOST_AUDIO):
        await outbox.put_audio(AUDIO)
    other = AudioOutput(response_id="other", pcm=b"")

    outbox.drop_speech("r")
    await outbox.put_audio(other)

    assert await outbox.get() == ResponseStarted(response_id="r")
    assert await outbox.get() == other


async def test_a_cancelled_get_loses_no_event() -> None:
    outbox = Outbox()
    async with asyncio.TaskGroup() as tasks:
        getting = tasks.create_task(outbox.get())
        await asyncio.sleep(0)
        outbox.put(AUDIO)
        getting.cancel()

    assert await outbox.get() == AUDIO


async def test_after_a_failure_what_was_reported_before_still_comes() -> None:
    outbox = Outbox()
    outbox.put(AUDIO)
    outbox.end("broken", was_clean=False)
    outbox.put(AUDIO)

    first = await outbox.get()
    with pytest.raises(ConnectionClosedError, match="broken") as closed:
        await outbox.get()

    assert first == AUDIO
    assert not closed.value.was_clean


async def test_who_never_listens_loses_the_connection() -> None:
    outbox = Outbox()
    for _ in range(MOST_EVENTS + 1):
        outbox.put(ResponseStarted(response_id="r"))

    assert outbox.ended is not None


def test_spoken_turns_in_a_row_become_one_and_written_ones_do_not() -> None:
    requests = Requests()

    for text, spoken in (("a", True), ("b", True), ("c", False), ("d", False)):
        requests.add(Request(news=(said(text),), spoken=spoken, input_seconds=1))

    assert requests.clear() == (
        Request(news=(said("a"), said("b")), spoken=True, input_seconds=2),
        Request(news=(said("c"),), input_seconds=1),
        Request(news=(said("d"),), input_seconds=1),
    )


def test_a_request_without_news_is_met_by_one_that_waits() -> None:
    requests = Requests()

    requests.add(Request())
    requests.add(Request())

    assert len(requests) == 1


def test_too_many_requests_give_up_the_oldest() -> None:
    requests = Requests()

    given_up = [requests.add(Request(news=(said(f"{n}"),))) for n in range(MOST + 1)]

    assert given_up == [None] * MOST + [Request(news=(said("0"),))]
    assert len(requests) == MOST
