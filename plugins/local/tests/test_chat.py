import asyncio
import json
from typing import Any

import pytest

from realtime_run.core.commands import (
    CancelResponse,
    CreateResponse,
    SendText,
    SendToolResults,
    ToolResult,
    Truncate,
)
from realtime_run.core.provider_events import (
    AudioOutput,
    ProviderFailed,
    ToolCalled,
)
from realtime_run.plugin.api import HistoryItem, ToolDefinition
from realtime_run_local.brain.chat import MOST_ROUNDS

TIME = ToolDefinition(
    name="time", description="Tells the time.", parameters={"type": "object"}
)
END = b"data: [DONE]\n\n"


def chunk(text: str = "", finish: "str | None" = None, **delta: Any) -> bytes:
    delta = {"content": text, **delta}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


def chat(endpoint: Any, **settings: Any) -> dict[str, Any]:
    return {
        "brain": {
            "use": "chat",
            "base_url": endpoint.url,
            "model": "tiny",
            **settings,
        }
    }


def body(endpoint: Any, at: int = -1) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(endpoint.requests[at][1])
    return asked


async def test_an_answer_in_fragments_is_spoken_sentence_by_sentence(
    talking: Any, endpoint: Any
) -> None:
    stream = chunk("Hello the") + chunk("re. How are") + chunk(" you é?", "stop")
    usage = b'data: {"choices": [], "usage": {"total_tokens": 9}}\n\n'
    whole = stream + usage + END
    endpoint.answers(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    async with talking(chat(endpoint), instructions="Be kind.") as talk:
        await talk.send(SendText(text="hi"))
        done = await talk.done()

    assert (done.status, done.text) == ("completed", "Hello there. How are you é?")
    assert done.usage is not None
    assert done.usage["total_tokens"] == 9
    assert body(endpoint)["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "hi"},
    ]
    assert (body(endpoint)["stream"], body(endpoint)["model"]) == (True, "tiny")


async def test_a_response_is_told_what_it_alone_shall_do_in_a_further_message(
    talking: Any, endpoint: Any
) -> None:
    endpoint.answers(chunk("Welcome.", "stop"), END)
    endpoint.answers(chunk("Hello.", "stop"), END)
    async with talking(chat(endpoint), instructions="Be kind.") as talk:
        await talk.send(CreateResponse(instructions="Greet the user."))
        await talk.done()
        await talk.send(SendText(text="hi"))
        await talk.done()

    assert body(endpoint, 0)["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Greet the user."},
    ]
    assert body(endpoint, 1)["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": "Welcome."},
        {"role": "user", "content": "hi"},
    ]


async def test_the_first_sentence_sounds_before_the_answer_is_complete(
    talking: Any, endpoint: Any
) -> None:
    gate = asyncio.Event()
    endpoint.answers(chunk("First one. "), gate, chunk("Second.", "stop"), END)
    async with talking(chat(endpoint)) as talk:
        await talk.send(SendText(text="hi"))
        await talk.until(AudioOutput)
        gate.set()
        done = await talk.done()

    assert done.text == "First one. Second."


async def test_a_tool_is_called_and_its_result_goes_back(
    talking: Any, endpoint: Any
) -> None:
    function = {"name": "time", "arguments": '{"zo'}
    part = {"index": 0, "id": "c1", "type": "function", "function": function}
    rest = {"index": 0, "function": {"arguments": 'ne": "UTC"}'}}
    endpoint.answers(
        chunk(tool_calls=[part]), chunk(tool_calls=[rest], finish="tool_calls"), END
    )
    endpoint.answers(chunk("It is noon.", "stop"), END)
    async with talking(chat(endpoint), tools=(TIME,)) as talk:
        await talk.send(SendText(text="what time is it"))
        called = await talk.until(ToolCalled)
        await talk.done()
        result = ToolResult(call_id="c1", name="time", output="12:00")
        await talk.send(SendToolResults(results=(result,), respond=True))
        done = await talk.done()

    assert (called.call_id, called.arguments) == ("c1", '{"zone": "UTC"}')
    assert done.text == "It is noon."
    assert body(endpoint)["tools"][0]["function"]["name"] == "time"
    assert [message["role"] for message in body(endpoint)["messages"]] == [
        "user",
        "assistant",
        "tool",
    ]


async def test_the_model_forgets_what_was_not_heard(
    talking: Any, endpoint: Any
) -> None:
    endpoint.answers(chunk("One two three.", "stop"), END)
    endpoint.answers(chunk("Yes.", "stop"), END)
    history = (HistoryItem(role="assistant", text="Welcome."),)
    async with talking(chat(endpoint), history=history) as talk:
        await talk.send(SendText(text="count"))
        done = await talk.done()
        await talk.send(
            Truncate(
                response_id=done.response_id, item_id=None, played_ms=1, heard="One two"
            )
        )
        await talk.send(SendText(text="go on"))
        await talk.done()

    assert [m["content"] for m in body(endpoint)["messages"]] == [
        "Welcome.",
        "count",
        "One two",
        "go on",
    ]


@pytest.mark.parametrize(
    ("status", "text", "code", "words"),
    [
        (
            "401 Unauthorized",
            b'{"error": {"message": "bad key sk-1", "code": "invalid_api_key"}}',
            "invalid_api_key",
            "refused (401): bad key **********",
        ),
        ("500 Oops", b"<html>broken</html>", "500", "refused (500): <html>broken"),
        ("200 OK", b"data: {broken\n\n", "bad_json", "broken JSON"),
    ],
)
async def test_an_error_is_reported_and_the_conversation_goes_on(
    talking: Any, endpoint: Any, status: str, text: bytes, code: str, words: str
) -> None:
    endpoint.answers(text, status=status)
    endpoint.answers(chunk("Fine.", "stop"), END)
    async with talking(chat(endpoint, api_key="sk-1")) as talk:
        await talk.send(SendText(text="hi"))
        failed = await talk.until(ProviderFailed)
        first = await talk.done()
        await talk.send(SendText(text="again"))
        second = await talk.done()

    assert (failed.error_code, failed.is_recoverable) == (code, True)
    assert words in failed.error
    assert (first.status, second.status) == ("failed", "completed")
    assert "authorization: bearer sk-1" in endpoint.requests[0][0].lower()


async def test_an_endpoint_that_stalls_is_given_up(talking: Any, endpoint: Any) -> None:
    endpoint.answers(chunk("One. "), asyncio.Event())
    async with talking(chat(endpoint, timeout="200ms")) as talk:
        await talk.send(SendText(text="hi"))
        failed = await talk.until(ProviderFailed)
        done = await talk.done()

    assert failed.error_code == "timeout"
    assert "did not answer in 0.2 s" in failed.error
    assert (done.status, done.text) == ("failed", "One.")


async def test_an_endpoint_that_is_not_there_is_reported(talking: Any) -> None:
    brain = {"use": "chat", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
    async with talking({"brain": brain}) as talk:
        await talk.send(SendText(text="hi"))
        failed = await talk.until(ProviderFailed)
        done = await talk.done()

    assert failed.error.startswith("'http://127.0.0.1:9/v1' cannot be reached")
    assert done.status == "failed"


async def test_an_answer_that_is_cut_off_is_incomplete(
    talking: Any, endpoint: Any
) -> None:
    endpoint.answers(chunk("One two", "length"), END)
    async with talking(chat(endpoint)) as talk:
        await talk.send(SendText(text="hi"))
        done = await talk.done()

    assert (done.status, done.text) == ("incomplete", "One two")


async def test_cancelling_hangs_up(talking: Any, endpoint: Any) -> None:
    endpoint.answers(chunk("One. "), asyncio.Event())
    async with talking(chat(endpoint)) as talk:
        await talk.send(SendText(text="hi"))
        await talk.until(AudioOutput)
        await talk.send(CancelResponse(response_id=None))
        done = await talk.done()
        async with asyncio.timeout(5):
            await endpoint.hung_up.wait()

    assert done.status == "cancelled"


async def test_leaving_while_the_endpoint_stalls_is_quick(
    talking: Any, endpoint: Any
) -> None:
    endpoint.answers(asyncio.Event())
    loop = asyncio.get_running_loop()
    async with talking(chat(endpoint)) as talk:
        await talk.send(SendText(text="hi"))
        async with asyncio.timeout(5):
            await endpoint.asked.wait()
        began = loop.time()

    assert loop.time() - began < 1


async def test_a_page_instead_of_a_stream_is_reported(
    talking: Any, endpoint: Any
) -> None:
    endpoint.answers(b"<html>Welcome</html>\n\n")
    async with talking(chat(endpoint)) as talk:
        await talk.send(SendText(text="hi"))
        failed = await talk.until(ProviderFailed)
        done = await talk.done()

    assert failed.error_code == "bad_stream"
    assert failed.error.startswith(f"'{endpoint.url}' sent no stream of events, but ")
    assert done.status == "failed"


async def test_a_model_that_calls_tools_for_ever_is_stopped(
    talking: Any, endpoint: Any
) -> None:
    function = {"name": "time", "arguments": "{}"}
    for at in range(MOST_ROUNDS + 1):
        part = {"index": 0, "id": f"c{at}", "type": "function", "function": function}
        endpoint.answers(chunk(tool_calls=[part], finish="tool_calls"), END)
    async with talking(chat(endpoint), tools=(TIME,)) as talk:
        await talk.send(SendText(text="what time is it"))
        for _ in range(MOST_ROUNDS + 1):
            called = await talk.until(ToolCalled)
            await talk.done()
            result = ToolResult(call_id=called.call_id, name="time", output="12:00")
            await talk.send(SendToolResults(results=(result,), respond=True))
        failed = await talk.until(ProviderFailed)
        done = await talk.done()

    assert failed.error_code == "too_many_calls"
    assert done.status == "failed"
    assert len(endpoint.requests) == MOST_ROUNDS + 1
