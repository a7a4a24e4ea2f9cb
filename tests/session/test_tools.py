import asyncio
import threading
from typing import Any

import pytest

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse, SendToolResults, ToolResult
from realtime_run.plugin.functions import FunctionTool
from realtime_run.session.parts import Limits
from realtime_run.testing.time import settle

STARTED = reported.ResponseStarted(response_id="r1")
DONE = reported.ResponseDone(response_id="r1")
SAYS_FIRST = reported.AgentTranscript(
    response_id="r1", text="One moment.", mode="delta"
)


def called(call_id: str, name: str, arguments: str = "{}") -> reported.ToolCalled:
    return reported.ToolCalled(
        response_id="r1", call_id=call_id, name=name, arguments=arguments
    )


async def double(number: int) -> int:
    """Double a number."""
    return 2 * number


def fail() -> None:
    """Fail."""
    message = "the motor is hot"
    raise RuntimeError(message)


async def results(connection: Any) -> tuple[ToolResult, ...]:
    sent: list[SendToolResults] = await connection.until(SendToolResults)
    return sent[0].results


async def test_a_call_is_run_and_its_result_goes_back(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(double)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", "double", '{"number": 21}'), DONE)

    assert await connection.until(SendToolResults) == [
        SendToolResults(
            results=(ToolResult(call_id="c1", name="double", output="42"),),
            respond=True,
        )
    ]
    start = await t.seen.until(public.ToolStartEvent)
    end = await t.seen.until(public.ToolEndEvent)
    assert (start.tool_name, start.arguments, start.tool_call_id) == (
        "double",
        {"number": 21},
        "c1",
    )
    assert (end.success, end.result, end.error) == (True, 42, None)


async def test_the_model_sees_the_tools(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(double)])
    connection = await t.connection()

    assert [tool.name for tool in connection.opening.tools] == ["double"]


async def test_parallel_calls_get_one_continuation(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(double)])
    connection = await t.connection()

    connection.report(
        STARTED,
        called("c1", "double", '{"number": 1}'),
        called("c2", "double", '{"number": 2}'),
        DONE,
    )
    sent = await connection.until(SendToolResults)
    await settle()

    assert [r.output for r in sent[0].results] == ["2", "4"]
    assert len(await connection.until(SendToolResults)) == 1


async def test_an_exception_of_a_tool_becomes_its_result(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(fail)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", "fail"), DONE)

    assert await results(connection) == (
        ToolResult(
            call_id="c1",
            name="fail",
            output="error: RuntimeError: the motor is hot",
            success=False,
        ),
    )
    end = await t.seen.until(public.ToolEndEvent)
    assert (end.success, end.error) == (False, "RuntimeError: the motor is hot")


async def test_arguments_that_do_not_fit_go_back_to_the_model(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(double)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", "double", '{"number": "many"}'), DONE)

    result = (await results(connection))[0]
    assert not result.success
    assert "number" in result.output
    assert len(t.seen.of(public.ToolStartEvent)) == 1


async def test_an_unknown_tool_is_told_with_the_known_ones(talk: Any) -> None:
    t = await talk(tools=[FunctionTool(double)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", "triple"), DONE)

    assert (await results(connection))[0].output == (
        "error: no tool 'triple' (known: double)"
    )


async def test_a_tool_that_takes_too_long_is_given_up(talk: Any) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait).with_timeout(0.01)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", "wait"), DONE)

    result = (await results(connection))[0]
    assert (result.success, result.output) == (False, "error: no result within 0.01 s")


async def test_a_slow_tool_does_not_delay_audio(talk: Any) -> None:
    release = threading.Event()

    def block() -> str:
        """Block."""
        release.wait(5)
        return "done"

    t = await talk(tools=[FunctionTool(block)])
    connection = await t.connection()
    connection.report(STARTED, called("c1", "block"))
    await t.seen.until(public.ToolStartEvent)

    connection.report(reported.AudioOutput(response_id="r1", pcm=bytes(48 * 20)))
    await t.seen.until(public.RealtimeAudioOutputEvent)
    await t.play(20)
    await t.seen.until(public.RealtimeAudioPlayedEvent)

    assert t.seen.of(public.ToolEndEvent) == []
    release.set()


async def test_closing_waits_for_tools_within_a_bound(talk: Any) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait)], limits=Limits(tools_at_end_s=0))
    connection = await t.connection()
    connection.report(STARTED, called("c1", "wait"))
    await t.seen.until(public.ToolStartEvent)

    await t.realtime.close()

    assert [event.error for event in t.seen.of(public.ToolEndEvent)] == ["cancelled"]


async def test_calls_that_the_model_cancels_are_stopped(talk: Any) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait)])
    connection = await t.connection()
    connection.report(STARTED, called("c1", "wait"))
    await t.seen.until(public.ToolStartEvent)

    connection.report(reported.ToolCallsCancelled(call_ids=("c1",)), DONE)

    end = await t.seen.until(public.ToolEndEvent)
    assert end.error == "cancelled"


@pytest.mark.parametrize("says", [(), (SAYS_FIRST,)])
async def test_a_connection_lost_during_a_call_leaves_nobody_without_an_answer(
    talk: Any, says: tuple[reported.ProviderEvent, ...]
) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait)])
    connection = await t.connection()
    await t.realtime.simple_response("Wait for it.")
    connection.report(STARTED, *says, called("c1", "wait"), DONE)
    await t.seen.until(public.ToolStartEvent)
    await t.play(1000)

    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(60)
    second = await t.connection(2)

    assert await second.until(CreateResponse) == [CreateResponse()]


async def test_a_call_lost_after_more_was_said_is_not_asked_about_again(
    talk: Any,
) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait)])
    connection = await t.connection()
    await t.realtime.simple_response("Wait for it.")
    connection.report(STARTED, called("c1", "wait"), DONE)
    await t.seen.until(public.ToolStartEvent)
    await t.realtime.simple_response("And what is new?")
    said = reported.AgentTranscript(response_id="r2", text="Nothing.", mode="delta")
    done = reported.ResponseDone(response_id="r2")
    connection.report(reported.ResponseStarted(response_id="r2"), said, done)
    await t.seen.until(public.RealtimeResponseEvent, 4)

    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(60)
    second = await t.connection(2)

    assert second.sent == []


async def test_a_call_that_was_to_be_silent_is_not_asked_about_again(talk: Any) -> None:
    forever = asyncio.Event()

    async def wait() -> None:
        """Wait."""
        await forever.wait()

    t = await talk(tools=[FunctionTool(wait)])
    connection = await t.connection()
    await t.realtime.simple_response("Wait for it.")
    connection.report(STARTED, called("c1", "wait"), DONE)
    await t.seen.until(public.ToolStartEvent)

    await t.realtime.interrupt()
    connection.drop()
    await t.seen.until(public.RealtimeDisconnectedEvent)
    await t.clock.forward(60)
    second = await t.connection(2)

    assert second.sent == []


def circular() -> object:
    """Return what JSON cannot hold."""
    ring: dict[str, object] = {}
    ring["ring"] = ring
    return ring


def odd_keys() -> object:
    """Return keys that JSON has not."""
    return {(1, 2): 3}


def no_number() -> object:
    """Return what is no number."""
    return {"far": float("nan")}


def exits() -> None:
    """Leave."""
    raise SystemExit(3)


async def interrupts() -> None:
    """Press Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("function", [circular, odd_keys, no_number, exits, interrupts])
async def test_whatever_a_tool_does_it_is_its_result(talk: Any, function: Any) -> None:
    t = await talk(tools=[FunctionTool(function)])
    connection = await t.connection()

    connection.report(STARTED, called("c1", function.__name__), DONE)

    result = (await results(connection))[0]
    assert (result.success, result.output.startswith("error: ")) == (False, True)
    assert t.realtime.connected
