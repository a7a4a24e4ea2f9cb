import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse, SendToolResults, ToolResult
from realtime_run.core.tool_calls import (
    ExpectAnswer,
    RunTool,
    StopTools,
    ToolCalls,
    ToolEffect,
    ToolFinished,
    step,
)
from realtime_run.core.turn_inputs import (
    AnswerRequested,
    Disconnected,
    Input,
    InterruptRequested,
)
from realtime_run.core.turn_state import Response, Turns

FREE = Turns()
USER_SPEAKS = Turns(user_speaking=True)
ANSWERING = Turns(responses=(Response(response_id="r2", epoch=0),))


def call(call_id: str, response_id: str = "r1") -> reported.ToolCalled:
    return reported.ToolCalled(
        response_id=response_id, call_id=call_id, name="move", arguments="{}"
    )


def result(call_id: str) -> ToolResult:
    return ToolResult(call_id=call_id, name="move", output="ok")


def done(response_id: str = "r1") -> reported.ResponseDone:
    return reported.ResponseDone(response_id=response_id)


def after(
    *events: Input | ToolFinished, turns: Turns = FREE, calls: ToolCalls | None = None
) -> tuple[ToolCalls, tuple[ToolEffect, ...]]:
    calls = calls or ToolCalls()
    effects: tuple[ToolEffect, ...] = ()
    for event in events:
        calls, effects = step(calls, event, turns)
    return calls, effects


def test_a_call_is_run_at_once() -> None:
    assert after(call("c1"))[1] == (RunTool(call("c1")),)


def test_a_result_waits_for_the_end_of_its_response() -> None:
    waiting, before = after(call("c1"), ToolFinished(result("c1")))
    _, sent = after(done(), calls=waiting)

    assert before == ()
    assert sent == (SendToolResults(results=(result("c1"),), respond=True),)


def test_all_results_of_a_response_are_sent_together_in_the_order_of_the_calls() -> (
    None
):
    late, first = result("c1"), result("c2")

    _, effects = after(
        call("c1"), call("c2"), done(), ToolFinished(first), ToolFinished(late)
    )

    assert effects == (SendToolResults(results=(late, first), respond=True),)


def test_the_model_is_asked_to_go_on_once() -> None:
    finished, _ = after(call("c1"), done(), ToolFinished(result("c1")))

    calls, effects = after(ToolFinished(result("c1")), done(), calls=finished)

    assert (calls, effects) == (ToolCalls(), ())


def test_while_the_user_speaks_results_are_told_and_the_answer_is_not_asked_for() -> (
    None
):
    calls, effects = after(
        call("c1"), done(), ToolFinished(result("c1")), turns=USER_SPEAKS
    )
    _, later = after(reported.ResponseStarted(response_id="r2"), calls=calls)

    assert effects == (SendToolResults(results=(result("c1"),), respond=False),)
    assert later == ()


def test_if_the_user_said_nothing_after_all_the_answer_is_asked_for() -> None:
    calls, _ = after(call("c1"), done(), ToolFinished(result("c1")), turns=USER_SPEAKS)

    calls, effects = after(
        reported.UserTranscript(text="", mode="final"), calls=calls, turns=FREE
    )

    assert effects == (CreateResponse(),)
    assert after(AnswerRequested(), calls=calls)[1] == ()


def test_results_wait_while_another_response_is_made() -> None:
    _, effects = after(call("c1"), done(), ToolFinished(result("c1")), turns=ANSWERING)

    assert effects == ()


def test_a_provider_that_takes_results_at_any_time_gets_them_while_it_speaks() -> None:
    ready = reported.ToolCallsReady(response_id="r1")

    calls, effects = after(
        call("c1"), ready, ToolFinished(result("c1")), turns=ANSWERING
    )

    assert effects == (SendToolResults(results=(result("c1"),), respond=True),)
    assert calls.groups == ()


def told_beside_an_answer() -> ToolCalls:
    ready = reported.ToolCallsReady(response_id="r1")
    return after(call("c1"), ready, ToolFinished(result("c1")), turns=ANSWERING)[0]


def stopped(response_id: str) -> reported.ResponseDone:
    return reported.ResponseDone(response_id=response_id, status="cancelled")


def test_of_results_that_stop_a_response_another_is_expected_to_speak() -> None:
    calls, effects = after(stopped("r2"), calls=told_beside_an_answer())

    assert effects == (ExpectAnswer(),)
    assert calls == ToolCalls()


@pytest.mark.parametrize(
    "event",
    [
        done("r2"),
        stopped("r3"),
        reported.SpeechStarted(),
        reported.ResponseStarted(response_id="r3"),
        InterruptRequested(),
    ],
)
def test_where_something_else_ends_a_response_nothing_is_expected(
    event: Input,
) -> None:
    _, at_once = after(event, calls=told_beside_an_answer())
    ended, _ = after(event, done("r2"), calls=told_beside_an_answer())
    _, later = after(stopped("r2"), calls=ended)

    assert (at_once, later) == ((), ())


def test_a_user_who_stops_a_response_is_to_be_answered_first() -> None:
    _, effects = after(stopped("r2"), calls=told_beside_an_answer(), turns=USER_SPEAKS)

    assert effects == ()


def test_calls_that_are_ready_go_back_together() -> None:
    ready = reported.ToolCallsReady(response_id="r1")
    results = (result("c1"), result("c2"))

    calls, early = after(
        call("c1"), call("c2"), ToolFinished(results[1]), ready, turns=ANSWERING
    )
    _, effects = after(ToolFinished(results[0]), turns=ANSWERING, calls=calls)

    assert early == ()
    assert effects == (SendToolResults(results=results, respond=True),)


def test_calls_of_which_the_model_will_not_speak_ask_for_nothing() -> None:
    ready = reported.ToolCallsReady(response_id="r1", answered=False)

    calls, effects = after(call("c1"), ready, ToolFinished(result("c1")))

    assert effects == (SendToolResults(results=(result("c1"),), respond=False),)
    assert not calls.owed


def test_calls_that_come_after_others_were_ready_wait_on_their_own() -> None:
    ready = reported.ToolCallsReady(response_id="r1")

    waiting, effects = after(call("c1"), ready, call("c2"), ToolFinished(result("c1")))
    _, last = after(ToolFinished(result("c2")), done(), calls=waiting)

    assert effects == (SendToolResults(results=(result("c1"),), respond=True),)
    assert last == (SendToolResults(results=(result("c2"),), respond=True),)


def test_results_that_come_after_a_newer_answer_are_told_aloud() -> None:
    newer = reported.ResponseStarted(response_id="r2")
    calls, _ = after(call("c1"), done(), newer, turns=ANSWERING)

    _, during = after(ToolFinished(result("c1")), calls=calls, turns=ANSWERING)
    _, afterwards = after(ToolFinished(result("c1")), calls=calls)

    assert during == ()
    assert afterwards == (SendToolResults(results=(result("c1"),), respond=True),)


def test_who_asks_for_silence_hears_no_continuation() -> None:
    _, effects = after(
        call("c1"), done(), InterruptRequested(), ToolFinished(result("c1"))
    )

    assert effects == (SendToolResults(results=(result("c1"),), respond=False),)


def test_calls_that_the_model_cancelled_are_stopped_and_not_waited_for() -> None:
    cancelled = reported.ToolCallsCancelled(call_ids=("c1",))
    calls, stopped = after(call("c1"), call("c2"), cancelled)

    _, effects = after(done(), ToolFinished(result("c2")), calls=calls)

    assert stopped == (StopTools(("c1",)),)
    assert effects == (SendToolResults(results=(result("c2"),), respond=True),)


def test_a_lost_connection_stops_all_calls() -> None:
    calls, effects = after(call("c1"), call("c2"), Disconnected())

    assert calls == ToolCalls()
    assert effects == (StopTools(("c1", "c2")),)


def test_two_responses_with_calls_are_continued_one_after_the_other() -> None:
    calls, _ = after(
        call("c1"),
        done(),
        call("c2", "r2"),
        done("r2"),
        ToolFinished(result("c1")),
        ToolFinished(result("c2")),
        turns=ANSWERING,
    )

    calls, first = after(done("r3"), calls=calls)
    calls, second = after(done("r4"), calls=calls, turns=ANSWERING)
    calls, third = after(done("r4"), calls=calls)

    assert first == (SendToolResults(results=(result("c1"),), respond=True),)
    assert second == ()
    assert third == (SendToolResults(results=(result("c2"),), respond=True),)


@given(st.permutations(["c1", "c2", "c3", "done"]))
def test_every_order_of_ends_gives_all_results_exactly_once(order: list[str]) -> None:
    calls, _ = after(call("c1"), call("c2"), call("c3"))
    sent: list[ToolEffect] = []
    for name in order:
        event = done() if name == "done" else ToolFinished(result(name))
        calls, effects = step(calls, event, FREE)
        sent += effects

    assert sent == [
        SendToolResults(
            results=(result("c1"), result("c2"), result("c3")), respond=True
        )
    ]


@given(st.permutations(["c1", "c2", "ready", "more", "done"]), st.booleans())
def test_every_order_beside_a_provider_that_is_ready_gives_each_result_once(
    order: list[str], user_speaks: bool
) -> None:
    assume(order.index("more") < order.index("done"))
    turns = USER_SPEAKS if user_speaks else ANSWERING
    calls, _ = after(call("c1"), call("c2"))
    events: dict[str, list[Input | ToolFinished]] = {
        "c1": [ToolFinished(result("c1"))],
        "c2": [ToolFinished(result("c2"))],
        "ready": [reported.ToolCallsReady(response_id="r1")],
        "more": [call("c3"), ToolFinished(result("c3"))],
        "done": [done()],
    }

    sent: list[ToolEffect] = []
    for name in order:
        for event in events[name]:
            calls, effects = step(calls, event, turns)
            sent += effects
    calls, effects = step(calls, done("r2"), FREE)
    sent += effects

    given_back = [e.results for e in sent if isinstance(e, SendToolResults)]
    asked = sum(isinstance(e, CreateResponse) for e in sent)
    assert sorted(r.call_id for results in given_back for r in results) == [
        "c1",
        "c2",
        "c3",
    ]
    assert calls == ToolCalls()
    assert asked == int(user_speaks)
