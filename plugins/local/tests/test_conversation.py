import asyncio
import json
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    CancelResponse,
    CreateResponse,
    SendText,
    SendToolResults,
    ToolResult,
    Truncate,
)
from realtime_run.core.errors import ConnectionClosedError, ProviderError
from realtime_run.core.pcm import Pcm
from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ItemChanged,
    ProviderFailed,
    ResponseDone,
    ResponseStarted,
    SpeechEnded,
    SpeechStarted,
    ToolCalled,
    UserTranscript,
)
from realtime_run.plugin.api import HistoryItem, ToolDefinition

MOVE = ToolDefinition(
    name="move",
    description="Drive the rover.",
    parameters={
        "type": "object",
        "properties": {
            "direction": {"type": "string"},
            "meters": {"type": "number"},
        },
    },
)
ROVER = {
    "speech_to_text": {
        "use": "pocketsphinx",
        "phrases": ["go forward ten meters", "stop", "what time is it"],
    },
    "brain": {
        "use": "rules",
        "replies": [
            {
                "when": "go {direction} {meters} meters",
                "tool": "move",
                "say": "Done: {result}.",
            }
        ],
    },
}
LONG = {
    "brain": {
        "use": "rules",
        "replies": [{"when": "talk", "say": "This is one of many sentences. " * 40}],
    }
}
LOCAL_THREADS = ("local-hearing", "local-speaking", "local-loading", "local-thinking")


async def test_a_spoken_command_calls_its_tool_and_the_result_is_spoken(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    speech = recording("go_forward_ten_meters.wav")
    async with talking(ROVER, tools=(MOVE,)) as talk:
        await talk.say(speech)
        called = await talk.until(ToolCalled)
        calling = await talk.done()
        result = ToolResult(call_id=called.call_id, name="move", output="12 meters")
        await talk.send(SendToolResults(results=(result,), respond=True))
        answered = await talk.done()

    started, ended = talk.of(SpeechStarted)[0], talk.of(SpeechEnded)[0]
    assert json.loads(called.arguments) == {"direction": "forward", "meters": 10}
    assert (calling.status, calling.text, calling.item_id) == ("completed", "", None)
    assert answered.text == "Done: 12 meters."
    assert started.audio_ms is not None
    assert ended.audio_ms is not None
    assert 300 <= started.audio_ms < ended.audio_ms <= 2786
    assert answered.usage is not None
    assert set(answered.usage) == {"input_seconds", "output_seconds", "characters"}


async def test_the_events_of_a_spoken_turn_come_in_order(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    async with talking() as talk:
        await talk.say(recording("five_five.wav"))
        done = await talk.done()

    heard = [e for e in talk.of(UserTranscript) if e.mode == "final"]
    order = [name for name in talk.order if name != "UserTranscript"]
    assert [e.text for e in heard] == ["five five"]
    assert {e.mode for e in talk.of(UserTranscript)} == {"replacement", "final"}
    assert done.text == "I heard: five five"
    assert order == [
        "SpeechStarted",
        "SpeechEnded",
        "ItemChanged",
        "ResponseStarted",
        "ItemChanged",
        "AgentTranscript",
        "AudioOutput",
        "AgentTranscript",
        "ItemChanged",
        "ResponseDone",
    ]
    items = [(e.item_id, e.role, e.status) for e in talk.of(ItemChanged)]
    assert items == [
        (heard[0].item_id, "user", "completed"),
        (done.item_id, "assistant", "in_progress"),
        (done.item_id, "assistant", "completed"),
    ]
    assert talk.of(ItemChanged)[0].content == (
        {"type": "input_audio", "transcript": "five five"},
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("go_forward_ten_meters.wav", "go forward ten meters"),
        ("ten_of_clubs.wav", "ten of clubs"),
        ("four_queen_of_clubs.wav", "four queen of clubs"),
    ],
)
async def test_a_grammar_makes_commands_exact(
    talking: Any, recording: Callable[[str], Pcm], name: str, said: str
) -> None:
    grammar = (
        "#JSGF V1.0;\ngrammar cards;\n// what may be said\n"
        "public <all> = [four] <card> | go forward <number> meters;\n"
        "<card> = (<number> | queen) of clubs;\n"
        "<number> = four | five | ten;\n"
    )
    settings = {"speech_to_text": {"use": "pocketsphinx", "grammar_text": grammar}}
    async with talking(settings) as talk:
        await talk.say(recording(name))
        final = await talk.until(UserTranscript, lambda e: e.mode == "final")

    assert final.text == said


async def test_noise_is_not_answered(talking: Any) -> None:
    random = Random(7)  # noqa: S311 - noise is no secret
    hiss = b"".join(
        random.randint(-3000, 3000).to_bytes(2, "little", signed=True)
        for _ in range(16_000)
    )
    click = (b"\xff\x7f" * 8 + bytes(6384)) * 10
    async with talking() as talk:
        await talk.say(Pcm(hiss, 16_000))
        await talk.say(Pcm(click, 16_000))
        await talk.send(SendText(text="stop"))
        await talk.done()

    assert talk.of(SpeechStarted) == []
    assert [e.text for e in talk.of(ResponseDone)] == ["Okay."]


async def test_speech_that_is_not_understood_is_closed_and_not_answered(
    talking: Any, spoken: Callable[[str], Pcm]
) -> None:
    settings = {
        "speech_to_text": {"use": "pocketsphinx", "phrases": ["open the window please"]}
    }
    async with talking(settings) as talk:
        await talk.say(spoken("oh"))
        final = await talk.until(UserTranscript, lambda e: e.mode == "final")
        await talk.until(ItemChanged)
        await talk.send(SendText(text="stop"))
        done = await talk.done()

    assert final.text == ""
    assert done.text == "Okay."
    assert len(talk.of(ResponseStarted)) == 1


async def test_a_written_message_is_an_item_and_is_answered(talking: Any) -> None:
    async with talking() as talk:
        await talk.send(SendText(text="what is two plus two"))
        done = await talk.done()

    item = talk.of(ItemChanged)[0]
    assert (item.role, item.status) == ("user", "completed")
    assert item.content == ({"type": "input_text", "text": "what is two plus two"},)
    assert done.text == "It is 4."


async def test_audio_comes_in_short_pieces_and_sentences_tell_where_they_begin(
    talking: Any,
) -> None:
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        done = await talk.done()

    samples = 0
    for event in talk.events:
        if isinstance(event, AudioOutput):
            assert 0 < len(event.pcm) <= 2 * 2205
            samples += len(event.pcm) // 2
        if isinstance(event, AgentTranscript) and event.mode == "delta":
            assert event.audio_ms == samples * 1000 // 22_050
    deltas = [e.text for e in talk.of(AgentTranscript) if e.mode == "delta"]
    finals = [e.text for e in talk.of(AgentTranscript) if e.mode == "final"]
    assert len(deltas) == 40
    assert "".join(deltas) == done.text
    assert finals == [done.text]
    assert samples > 22_050 * 40


async def test_speaking_waits_for_a_session_that_does_not_listen(talking: Any) -> None:
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await talk.send(CancelResponse(response_id=None))
        done = await talk.done()

    assert done.status == "cancelled"
    assert len(talk.of(AudioOutput)) <= 2
    assert len(done.text or "") < 1200


async def test_cancelling_stops_the_response_once(talking: Any) -> None:
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        started = await talk.until(ResponseStarted)
        await talk.until(AudioOutput)
        for _ in range(3):
            await talk.send(CancelResponse(response_id=started.response_id))
        first = await talk.done()
        await talk.send(CancelResponse(response_id=started.response_id))
        await talk.send(CancelResponse(response_id=None))
        await talk.send(SendText(text="stop"))
        second = await talk.done()

    assert (first.response_id, first.status) == (started.response_id, "cancelled")
    assert (second.status, second.text) == ("completed", "Okay.")
    incomplete = [e for e in talk.of(ItemChanged) if e.status == "incomplete"]
    assert [e.item_id for e in incomplete] == [first.item_id]


async def test_cancelling_what_has_not_begun_drops_what_waits(talking: Any) -> None:
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await talk.send(SendText(text="hello"))
        await talk.send(CancelResponse(response_id=None))
        await talk.done()
        await talk.send(SendText(text="stop"))
        await talk.done()

    assert [e.status for e in talk.of(ResponseDone)] == ["cancelled", "completed"]


async def test_messages_written_during_a_response_are_answered_after_it(
    talking: Any,
) -> None:
    async with talking() as talk:
        for text in ("what is one plus one", "what is one plus two", "stop"):
            await talk.send(SendText(text=text))
        answers = [(await talk.done()).text for _ in range(3)]

    assert answers == ["It is 2.", "It is 3.", "Okay."]


async def test_the_user_interrupts_by_speaking(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await talk.say(recording("five_five.wav"))
        stopped = await talk.done()
        answered = await talk.done()

    order = talk.order
    assert (stopped.status, answered.status) == ("cancelled", "completed")
    assert answered.text == "I heard: five five"
    assert order.index("SpeechStarted") < order.index("ResponseDone")
    after = order[order.index("SpeechStarted") : order.index("ResponseDone")]
    assert "AudioOutput" not in after


async def test_an_uninterruptible_agent_speaks_on_and_answers_afterwards(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    async with talking(LONG, interruptible=False) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)
        await talk.say(recording("five_five.wav"))
        first = await talk.done()
        second = await talk.done()

    assert (first.status, len(first.text or "")) == ("completed", 1239)
    assert second.text == "I heard: five five"


async def test_nothing_is_answered_while_the_user_speaks(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    async with talking() as talk:
        await talk.say(recording("five_five.wav"), silence_ms=0)
        await talk.until(SpeechStarted)
        await talk.send(SendText(text="stop"))
        await talk.say(Pcm.silence(900, 16_000), silence_ms=0)
        await talk.done()
        await talk.done()

    order = talk.order
    assert order.index("SpeechEnded") < order.index("ResponseStarted")
    assert [e.text for e in talk.of(ResponseDone)] == ["Okay.", "I heard: five five"]


async def test_a_clip_without_silence_behind_it_is_answered_too(
    talking: Any, recording: Callable[[str], Pcm]
) -> None:
    async with talking({"vad": {"silence": "100ms"}}) as talk:
        await talk.say(recording("five_five.wav"), silence_ms=0)
        done = await talk.done()

    assert done.text == "I heard: five five"


async def test_a_result_that_needs_no_answer_is_only_recorded(talking: Any) -> None:
    async with talking(ROVER, tools=(MOVE,)) as talk:
        await talk.send(SendText(text="go back two meters"))
        called = await talk.until(ToolCalled)
        await talk.done()
        result = ToolResult(call_id=called.call_id, name="move", output="ok")
        await talk.send(SendToolResults(results=(result,), respond=False))
        await talk.send(SendText(text="stop"))
        done = await talk.done()

    outputs = [
        e.content for e in talk.of(ItemChanged) if e.item_type == "function_call_output"
    ]
    assert done.text == "Okay."
    assert outputs == [
        (
            {
                "type": "function_call_output",
                "call_id": called.call_id,
                "output": "ok",
            },
        )
    ]


async def test_a_response_may_be_asked_for_with_the_history_of_before(
    talking: Any,
) -> None:
    history = (
        HistoryItem(role="user", text="what is two plus three"),
        HistoryItem(role="assistant", text="It is"),
    )
    async with talking(history=history) as talk:
        await talk.send(CreateResponse())
        done = await talk.done()

    assert done.text == "It is 5."


async def test_truncating_reports_what_is_left(talking: Any) -> None:
    async with talking() as talk:
        await talk.send(SendText(text="hello"))
        done = await talk.done()
        truncate = Truncate(
            response_id=done.response_id,
            item_id=done.item_id,
            played_ms=300,
            heard="Hello,",
        )
        await talk.send(truncate)
        item = await talk.until(ItemChanged)

    assert (item.item_id, item.status) == (done.item_id, "incomplete")
    assert item.content == ({"type": "output_audio", "transcript": "Hello,"},)


async def test_images_and_audio_of_another_rate_are_refused(talking: Any) -> None:
    async with talking() as talk:
        with pytest.raises(ProviderError, match="takes no images"):
            await talk.send(AppendImage(jpeg=b"", width=1, height=1))
        with pytest.raises(ProviderError, match="takes 16000 Hz mono"):
            await talk.send(AppendAudio(pcm=Pcm(b"\0\0", 24_000)))
        await talk.send(SendText(text="stop"))
        done = await talk.done()

    assert done.text == "Okay."


async def test_leaving_closes_the_connection_and_leaves_nothing_behind(
    talking: Any,
) -> None:
    tasks = asyncio.all_tasks()
    async with talking(LONG) as talk:
        await talk.send(SendText(text="talk"))
        await talk.until(AudioOutput)

    with pytest.raises(ConnectionClosedError) as received:
        await talk.connection.receive()
    with pytest.raises(ConnectionClosedError):
        await talk.send(CreateResponse())
    assert received.value.was_clean
    assert asyncio.all_tasks() == tasks
    for thread in threading.enumerate():
        if thread.name in LOCAL_THREADS:
            thread.join(2)
            assert not thread.is_alive()


async def test_an_error_of_the_session_comes_out_as_it_is(talking: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        async with talking():
            raise ZeroDivisionError


async def test_a_rule_that_names_an_unknown_tool_refuses_the_connection(
    talking: Any,
) -> None:
    with pytest.raises(ProviderError, match="unknown tool 'move'; 'tools:' names none"):
        async with talking(ROVER):
            pass


async def test_the_configuration_is_told_without_secrets(talking: Any) -> None:
    brain = {"use": "chat", "model": "m", "api_key": "sk-secret"}
    async with talking({"brain": brain}, tools=(MOVE,)) as talk:
        config = talk.connection.session_config

    assert "sk-secret" not in repr(config)
    assert config["tools"] == ["move"]
    assert json.loads(json.dumps(config))["brain"]["model"] == "m"


async def test_instructions_that_no_rule_can_read_are_told_of(talking: Any) -> None:
    async with talking(instructions="Be kind.") as talk:
        failed = await talk.until(ProviderFailed)

        assert failed.error.startswith("the rules brain does not read 'instructions'")
        assert failed.is_recoverable
