"""What the spec tells the server not to do, the runner does."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from realtime_run.core.commands import CancelResponse
from realtime_run.core.events import RealtimeErrorEvent, RealtimeResponseEvent
from realtime_run.testing.conformance.lockstep import Lockstep
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


async def test_an_interruption_is_cancel_truncate_and_create_after_the_end(
    conversing: Conversing, tap: Any
) -> None:
    async with conversing(
        "websocket",
        turns=[{"say": STORY}, {"say": "Here I am."}],
        speed=2.0,
        via=tap,
        options=Options(barge_in="polite"),
    ) as t:
        story = await t.ask()
        while t.audio_ms(story.response_id) < 800:
            await t.seen.news()
        steps = Lockstep(t, 0.001)
        await steps.silence(400)
        await steps.hear(t.subject.speech)
        await steps.until(lambda: len(answers(t)) == 2, "the answer")

    asked = [json.loads(text)["type"] for text in tap.sent[0]]
    after_the_text = asked[asked.index("response.create") + 1 :]
    assert [kind for kind in after_the_text if kind != "input_audio_buffer.append"] == [
        "response.cancel",
        "conversation.item.truncate",
        "response.create",
    ]
    assert [e.status for e in answers(t)] == ["cancelled", "completed"]
    assert t.seen.of(RealtimeErrorEvent) == []


def answers(t: Talk) -> list[RealtimeResponseEvent]:
    return t.seen.of(RealtimeResponseEvent, lambda e: e.is_complete)
