"""What the spec tells the server not to do, the runner does."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.commands import CancelResponse
from realtime_run.core.events import RealtimeErrorEvent, RealtimeResponseEvent
from realtime_run.testing.conformance.scenes import STORY
from realtime_run.testing.conformance.talk import Options, Talk

Conversing: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]
both = pytest.mark.parametrize("transport", ["websocket", "webrtc"])


def turns(**fields: Any) -> dict[str, Any]:
    detection = {"type": "server_vad", **fields}
    return {"session": {"audio": {"input": {"turn_detection": detection}}}}


@both
async def test_a_server_that_may_not_interrupt_is_told_to_stop(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(
        transport,
        turns=[{"say": STORY}],
        speed=1.0,
        provider=turns(interrupt_response=False),
        options=Options(finishes=False),
    ) as t:
        story = await t.ask()
        await t.play(story.response_id, 200)
        t.say()
        over = await t.seen.until(*t.over(story.response_id))
        complete = await t.complete(story.response_id)

    assert (over.interrupted, over.played_ms) == (True, 200)
    assert complete.status == "cancelled"
    (cancel,) = t.connection.asked(CancelResponse)
    assert cancel.response_id == story.response_id
    assert t.seen.of(RealtimeErrorEvent) == []


@both
async def test_a_server_that_may_not_answer_is_asked_to(
    conversing: Conversing, transport: str
) -> None:
    async with conversing(
        transport,
        turns=[{"say": "Here I am."}],
        provider=turns(create_response=False),
    ) as t:
        t.say()
        answer = await t.seen.until(RealtimeResponseEvent, lambda e: e.is_complete)
        await t.hear_out(answer.response_id)

    assert answer.text == "Here I am."
    assert len(t.seen.of(RealtimeResponseEvent, lambda e: e.is_complete)) == 1
    assert t.seen.of(RealtimeErrorEvent) == []
