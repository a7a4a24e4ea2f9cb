import asyncio
import math
from array import array
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from realtime_run.builtin.echo_provider import Echo
from realtime_run.builtin.settings import EchoSettings
from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    CancelResponse,
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
    ItemChanged,
    ProviderEvent,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    UserTranscript,
)
from realtime_run.plugin.api import Connection, HistoryItem, Opening

EventT = TypeVar("EventT")

TONE = array("h", (round(8000 * math.sin(at / 5)) for at in range(16_000))).tobytes()
SILENCE = bytes(16_000)
"""Half a second."""


def echo(**settings: object) -> Echo:
    return Echo(EchoSettings.model_validate(settings))


async def say(connection: Connection, samples: bytes) -> None:
    for at in range(0, len(samples), 640):
        await connection.send(AppendAudio(pcm=Pcm(samples[at : at + 640], 16_000)))


async def until(
    connection: Connection, kind: type[EventT]
) -> tuple[list[ProviderEvent], EventT]:
    events: list[ProviderEvent] = []
    while True:
        events.append(await connection.receive())
        if isinstance(events[-1], kind):
            return events, events[-1]


def kinds(events: list[ProviderEvent]) -> list[str]:
    names: list[str] = []
    for event in events:
        name = type(event).__name__
        if name != "AudioOutput" or names[-1:] != [name]:
            names.append(name)
    return names


def audio_of(events: list[ProviderEvent]) -> bytes:
    return b"".join(each.pcm for each in events if isinstance(each, AudioOutput))


async def test_speech_is_repeated() -> None:
    async with echo().connect(Opening()) as connection:
        await say(connection, SILENCE + TONE + SILENCE)
        events, done = await until(connection, ResponseDone)

    assert kinds(events) == [
        "SpeechStarted", "SpeechEnded", "ItemChanged", "UserTranscript",
        "ResponseStarted", "ItemChanged", "AgentTranscript", "AudioOutput",
        "AgentTranscript", "ItemChanged", "ResponseDone",
    ]  # fmt: skip
    assert isinstance(events[0], SpeechStarted)
    assert isinstance(events[1], SpeechEnded)
    assert (events[0].audio_ms, events[1].audio_ms) == (500, 1500)
    assert isinstance(events[3], UserTranscript)
    assert (events[3].text, events[3].mode) == ("(1.0 s of speech)", "final")
    assert TONE in audio_of(events)
    assert len(audio_of(events)) == 32_000 * 1.3
    assert (done.status, done.text) == ("completed", "(echo of 1.0 s)")
    assert done.usage == {"seconds": 1.3}


async def test_text_is_answered_with_a_beep_for_each_word() -> None:
    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="go forward  please"))
        events, done = await until(connection, ResponseDone)

    deltas = [
        (event.text, event.audio_ms)
        for event in events
        if isinstance(event, AgentTranscript) and event.mode == "delta"
    ]
    assert deltas == [("go", 0), (" forward", 60), (" please", 120)]
    assert done.text == "go forward please"
    assert len(audio_of(events)) == 3 * 60 * 32
    loudest = max(map(abs, array("h", audio_of(events))))
    assert 5000 < loudest <= 6000


async def test_a_user_who_speaks_interrupts() -> None:
    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="word " * 2000))
        await until(connection, AudioOutput)
        saying = asyncio.timeout(5)
        async with saying, asyncio.TaskGroup() as tasks:
            tasks.create_task(say(connection, TONE + SILENCE))
            _, interrupted = await until(connection, ResponseDone)
            _, answered = await until(connection, ResponseDone)

    assert interrupted.status == "cancelled"
    assert interrupted.text is None
    assert answered.text == "(echo of 1.0 s)"


async def test_an_agent_that_cannot_be_interrupted_answers_afterwards() -> None:
    opening = Opening(interruptible=False)

    async with echo().connect(opening) as connection:
        await connection.send(SendText(text="word " * 200))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(say(connection, TONE + SILENCE))
            _, first = await until(connection, ResponseDone)
            _, second = await until(connection, ResponseDone)

    assert (first.status, second.status) == ("completed", "completed")
    assert second.text == "(echo of 1.0 s)"


async def test_a_cancelled_response_says_no_more() -> None:
    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="word " * 2000))
        _, started = await until(connection, ResponseStarted)
        await connection.send(CancelResponse(response_id=started.response_id))
        events, done = await until(connection, ResponseDone)
        await connection.send(CancelResponse(response_id=started.response_id))
        await connection.send(SendText(text="next"))
        _, next_ = await until(connection, ResponseDone)

    assert done.status == "cancelled"
    assert len(audio_of(events)) < 2000 * 60 * 32
    assert next_.text == "next"


async def test_what_has_not_begun_can_be_cancelled() -> None:
    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="one"))
        await connection.send(CancelResponse(response_id=None))
        await connection.send(SendText(text="two"))
        _, done = await until(connection, ResponseDone)

    assert done.text == "two"


async def test_what_was_not_heard_is_forgotten() -> None:
    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="one two three"))
        _, done = await until(connection, ResponseDone)
        await connection.send(
            Truncate(
                response_id=done.response_id, item_id=None, played_ms=70, heard="one"
            )
        )
        _, item = await until(connection, ItemChanged)

    assert (item.item_id, item.status) == (done.item_id, "incomplete")
    assert item.content == ({"type": "audio", "transcript": "one", "audio_end_ms": 70},)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (AppendImage(jpeg=b"", width=1, height=1), "unsupported"),
        (SendToolResults(results=(), respond=True), "unsupported"),
        (AppendAudio(pcm=Pcm(b"\0\0", 8_000)), "invalid_audio"),
        (
            Truncate(response_id="resp_x", item_id=None, played_ms=0, heard=""),
            "item_not_found",
        ),
    ],
)
async def test_what_it_cannot_do_is_refused(command: Any, code: str) -> None:
    async with echo().connect(Opening()) as connection:
        with pytest.raises(ProviderError) as raised:
            await connection.send(command)

    assert raised.value.code == code


async def test_too_many_requests_are_refused() -> None:
    async with echo().connect(Opening()) as connection:
        for _ in range(16):
            await connection.send(CreateResponse())
        with pytest.raises(ProviderError) as raised:
            await connection.send(CreateResponse())

    assert raised.value.code == "busy"


async def test_it_says_again_what_an_earlier_connection_heard() -> None:
    history = (
        HistoryItem(role="user", text="hello there"),
        HistoryItem(role="assistant", text="(echo)"),
    )

    async with echo().connect(Opening(history=history)) as connection:
        await connection.send(CreateResponse())
        _, done = await until(connection, ResponseDone)

    assert done.text == "hello there"


async def test_a_paced_echo_takes_as_long_as_its_sound(clock: Any) -> None:
    settings = EchoSettings.model_validate({"faster_than_realtime": False})

    async with Echo(settings, clock).connect(Opening()) as connection:
        await connection.send(SendText(text="word " * 50))
        await until(connection, ResponseDone)

    assert clock.time == pytest.approx(3.0, abs=0.021)


async def test_a_receiver_learns_that_it_was_closed() -> None:
    ends: list[ConnectionClosedError] = []

    async def listen(connection: Connection) -> None:
        try:
            await connection.receive()
        except ConnectionClosedError as error:
            ends.append(error)

    async with (
        asyncio.TaskGroup() as tasks,
        echo().connect(Opening()) as connection,
    ):
        tasks.create_task(listen(connection))
        await asyncio.sleep(0)
    with pytest.raises(ConnectionClosedError):
        await connection.receive()
    with pytest.raises(ConnectionClosedError):
        await connection.send(CreateResponse())

    assert [end.was_clean for end in ends] == [True]


async def test_nothing_is_left_behind() -> None:
    before = len(asyncio.all_tasks())

    async with echo().connect(Opening()) as connection:
        await connection.send(SendText(text="word " * 2000))
        await until(connection, AudioOutput)

    assert len(asyncio.all_tasks()) == before


async def test_cancelling_a_receiver_loses_nothing() -> None:
    async with echo().connect(Opening()) as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await connection.receive()
        await connection.send(SendText(text="one"))
        events, _ = await until(connection, ResponseDone)

    assert isinstance(events[0], ItemChanged)


def test_silence_has_bounds() -> None:
    with pytest.raises(ValidationError, match=r"silence"):
        EchoSettings.model_validate({"silence": "1ms"})
