"""Whatever a server does that it should not, the conversation goes on or says why."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.errors import ProviderError
from realtime_run.core.events import (
    RealtimeErrorEvent,
    RealtimeResponseEvent,
    ToolEndEvent,
)
from realtime_run.testing.conformance.calculator import Calculator
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])
ADD: dict[str, Any] = {"name": "add", "arguments": {"a": 2, "b": 3}}
TURNS: list[dict[str, Any]] = [
    {"when": "Add*", "calls": [ADD, ADD], "say": "It is {results}."},
    {"when": "*Thank you*", "say": "You are welcome."},
]


@both
@pytest.mark.parametrize(
    "fault",
    [
        {"duplicate_create": ""},
        {"out_of_order": ""},
        {"trickle": "20"},
        {"unknown_event": ""},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_tools_and_answers_survive_a_strange_server(
    conversing: Conversing, transport: str, fault: dict[str, str]
) -> None:
    options = Options(tools=(Calculator(),), finishes=False)
    async with conversing(transport, turns=TURNS, faults=fault, options=options) as t:
        await t.realtime.simple_response("Add 2 and 3, twice.")
        await t.seen.until(ToolEndEvent, count=2)
        sum_of = await t.seen.until(RealtimeResponseEvent, _is_the_sum)
        await t.hear_out(sum_of.response_id)
        thanked = await t.answer("Thank you.")

    assert thanked.text == "You are welcome."
    assert len(t.seen.of(RealtimeResponseEvent, _is_the_sum)) == 1
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_an_exhausted_account_ends_the_session_with_what_to_do(
    conversing: Conversing, transport: str
) -> None:
    broke = conversing(transport, faults={"quota": ""}, options=Options(finishes=False))

    with pytest.raises(ProviderError) as failed:
        async with broke as t:
            await t.realtime.wait_closed()

    assert (failed.value.code, failed.value.is_recoverable) == (
        "insufficient_quota",
        False,
    )
    assert "add credit to the account" in str(failed.value)


def _is_the_sum(event: RealtimeResponseEvent) -> bool:
    return event.is_complete and event.text == "It is 5 and 5."
