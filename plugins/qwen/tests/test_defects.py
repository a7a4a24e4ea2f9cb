"""What another client of Qwen got wrong, through the whole session."""

import json
from typing import Any

import pytest

from realtime_run.core.commands import AppendImage
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeDisconnectedEvent,
    RealtimeResponseEvent,
    ToolEndEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.still import Still
from realtime_run.testing.conformance.talk import Options
from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.defects import *  # noqa: F403 - the tests
from realtime_run.testing.simulated.tap import Tap
from realtime_run_qwen.digest import BEGIN, END

ADD = {"name": "add", "arguments": {"a": 2, "b": 3}}
ADD_AGAIN = {"name": "add", "arguments": {"a": 4, "b": 5}}
TURNS = [
    {"when": "Add*", "calls": [ADD, ADD_AGAIN], "say": "They are {results}."},
    {"say": "You are welcome."},
]
TOOLS = Options(tools=(Calculator(),))


@pytest.fixture
def holding(conversing: Conversing) -> Conversing:
    return conversing


def sent(tap: Tap, number: int = 0) -> list[dict[str, Any]]:
    """Return what was sent on a connection."""
    return [json.loads(text) for text in tap.sent[number]]


def kinds(tap: Tap) -> list[str]:
    return [message["type"] for message in sent(tap)]


async def test_a_text_is_answered_aloud(holding: Conversing) -> None:
    async with holding(turns=[{"say": "Hello."}]) as t:
        answer = await t.answer("Are you there?")

        heard_ms = t.audio_ms(answer.response_id)
    assert (answer.status, answer.text) == ("completed", "Hello.")
    assert heard_ms > 0


@pytest.mark.parametrize(
    ("server_goes_on", "asked"),
    [
        pytest.param(True, 0, id="the server goes on by itself"),
        pytest.param(False, 1, id="the server waits to be asked"),
    ],
)
async def test_parallel_calls_are_made_and_answered_once(
    holding: Conversing, tap: Tap, server_goes_on: bool, asked: int
) -> None:
    simulator = {"answers_tools": server_goes_on}
    async with holding(turns=TURNS, options=TOOLS, simulator=simulator, via=tap) as t:
        await t.realtime.simple_response("Add 2 and 3. Also add 4 and 5.")
        called = [await t.seen.until(ToolEndEvent, count=count) for count in (1, 2)]
        spoken = await t.seen.until(
            RealtimeResponseEvent, lambda e: e.is_complete and bool(e.text)
        )
        await t.hear_out(spoken.response_id)
        thanked = await t.answer("Thank you.")

    results = [
        message["item"]["output"]
        for message in sent(tap)
        if message.get("item", {}).get("type") == "function_call_output"
    ]
    last = len(kinds(tap)) - 1 - kinds(tap)[::-1].index("conversation.item.create")
    before_thanks = kinds(tap)[:last]
    assert [(call.success, call.result) for call in called] == [(True, 5), (True, 9)]
    assert results == ["5", "9"]
    assert spoken.text == "They are 5 and 9."
    assert before_thanks.count("response.create") == 1 + asked
    assert thanked.status == "completed"


async def test_a_cancelled_response_ends_though_the_server_never_says_so(
    holding: Conversing, tap: Tap
) -> None:
    turns = [{"say": STORY}, {"say": "Okay."}]
    async with holding(turns=turns, speed=1.0, via=tap) as t:
        first = await t.ask()
        await t.play(first.response_id, 200)
        await t.realtime.interrupt()
        over = await t.complete(first.response_id)
        second = await t.answer()

    said = [json.loads(text) for text in tap.connections[0].received]
    done = [m["response"]["status"] for m in said if m["type"] == "response.done"]
    assert "response.cancel" in kinds(tap)
    assert done == ["completed"]
    assert (over.status, second.text) == ("cancelled", "Okay.")


async def test_silence_keeps_a_connection_on_which_nobody_speaks(
    holding: Conversing, tap: Tap
) -> None:
    async with holding(
        simulator={"idle_timeout": "1.5s"}, provider={"keep_alive": "1s"}, via=tap
    ) as t:
        await tap.until(lambda: kinds(tap).count("input_audio_buffer.append") >= 2)
        connected = t.realtime.connected
        answer = await t.answer()

    assert connected
    assert (answer.status, t.provider.tries) == ("completed", 1)
    silence = [m["audio"] for m in sent(tap) if m["type"].endswith("buffer.append")]
    assert {text.rstrip("=").strip("A") for text in silence} == {""}


async def test_a_connection_that_nothing_keeps_is_made_again(
    holding: Conversing,
) -> None:
    async with holding(
        simulator={"idle_timeout": "0.3s"}, provider={"keep_alive": None}
    ) as t:
        gone = await t.seen.until(RealtimeDisconnectedEvent)
        await t.reconnected()

    assert gone.will_reconnect


async def test_a_picture_is_sent_after_some_sound_only(
    holding: Conversing, tap: Tap
) -> None:
    async with holding(via=tap) as t:
        t.realtime.watch_video(Still())
        await t.connection.until_asked(AppendImage)
        before = kinds(tap)
        t.say()
        begun = await t.seen.until(RealtimeResponseEvent)
        await t.hear_out(begun.response_id)

    image = kinds(tap).index("input_image_buffer.append")
    assert "input_image_buffer.append" not in before
    assert "input_audio_buffer.append" in kinds(tap)[:image]


async def test_a_new_session_is_told_what_was_heard_and_no_more(
    holding: Conversing, tap: Tap
) -> None:
    turns = [{"say": STORY}, {"say": "Okay."}]
    async with holding(turns=turns, via=tap) as t:
        first = await t.ask("Tell me.")
        await t.play(first.response_id, 400)
        await t.realtime.interrupt()
        heard = await t.seen.until(
            RealtimeAgentSpeechTranscriptionEvent, lambda e: e.mode == "final"
        )
        await t.complete(first.response_id)
        await tap.cut()
        await t.reconnected()

    [instructions] = [
        message["session"]["instructions"]
        for message in sent(tap, 1)
        if message["type"] == "session.update"
    ]
    lines = instructions.split(f"{BEGIN}\n")[1].split("\n")
    assert 0 < len(heard.text) < len(STORY)
    assert lines == ["User: Tell me.", f"You: {heard.text}", END]
