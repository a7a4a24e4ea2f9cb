import json
from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core.commands import (
    CancelResponse,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
)
from realtime_run.core.provider_events import (
    ItemChanged,
    ProviderNoted,
    ResponseDone,
    ResponseStarted,
    SpeechStarted,
    ToolCalled,
    ToolCallsCancelled,
    ToolCallsReady,
)

CALL = {"id": "a", "name": "look", "args": {"where_to": "Köln"}}
OTHER = {"id": "b", "name": "wait"}


def results(
    *outputs: tuple[str, str, str], respond: bool = True, success: bool = True
) -> SendToolResults:
    made = tuple(
        ToolResult(call_id=call_id, name=name, output=output, success=success)
        for call_id, name, output in outputs
    )
    return SendToolResults(results=made, respond=respond)


@pytest.fixture
def talking(make_talk: Callable[..., Any]) -> Any:
    """A talk with functions that let the model talk on."""
    return make_talk(
        non_blocking=frozenset({"look", "wait"}), scheduling={"wait": "INTERRUPT"}
    ).open()


def test_a_response_that_waits_for_functions_is_done(talk: Any) -> None:
    events = talk.call(CALL, OTHER)

    arguments = '{"where_to": "Köln"}'
    called = {"type": "function_call", "call_id": "a", "name": "look"}
    assert events == [
        ResponseStarted(response_id="turn_1"),
        ItemChanged(
            item_id="item_2",
            item_type="function_call",
            status="completed",
            role="assistant",
            content=({**called, "arguments": arguments},),
        ),
        ToolCalled(response_id="turn_1", call_id="a", name="look", arguments=arguments),
        ItemChanged(
            item_id="item_3",
            item_type="function_call",
            status="completed",
            role="assistant",
            content=(
                {
                    "type": "function_call",
                    "call_id": "b",
                    "name": "wait",
                    "arguments": "{}",
                },
            ),
        ),
        ToolCalled(response_id="turn_1", call_id="b", name="wait", arguments="{}"),
        ResponseDone(response_id="turn_1"),
    ]


def test_what_follows_the_results_is_the_next_response(talk: Any) -> None:
    talk.says("Let me see.")
    talk.call(CALL)

    (sent,) = talk.ask(results(("a", "look", "sunny")))
    talk.says("It is sunny.")
    talk.turn_complete()

    answer = {"id": "a", "name": "look", "response": {"output": "sunny"}}
    assert sent == {"toolResponse": {"functionResponses": [answer]}}
    done = [(e.response_id, e.text) for e in talk.of(ResponseDone)]
    assert done == [("turn_1", "Let me see."), ("turn_2", "It is sunny.")]


def test_the_end_of_a_turn_that_waits_for_functions_is_no_response(talk: Any) -> None:
    talk.call(CALL)
    talk.forget()

    assert talk.turn_complete() == []


def test_results_that_the_model_says_nothing_about_are_answered_by_silence(
    talk: Any,
) -> None:
    talk.call(CALL)
    talk.ask(results(("a", "look", "sunny")))
    talk.forget()

    events = talk.turn_complete()

    assert events == [
        ResponseStarted(response_id="turn_2"),
        ResponseDone(response_id="turn_2"),
    ]


def test_a_response_goes_on_beside_functions_that_let_it(talking: Any) -> None:
    talking.call(CALL)
    talking.sound()
    talking.call(OTHER)
    talking.turn_complete()

    ready = ToolCallsReady(response_id="turn_1")
    assert talking.of(ToolCallsReady, ResponseStarted, ResponseDone) == [
        ResponseStarted(response_id="turn_1"),
        ready,
        ready,
        ResponseDone(response_id="turn_1", item_id="item_1"),
    ]


def test_nothing_will_be_said_of_functions_that_only_inform_the_model(
    make_talk: Callable[..., Any],
) -> None:
    silent = {"look": "SILENT", "find": "SILENT"}
    both = frozenset({"look", "find"})
    names = ({"id": "a", "name": "look"}, {"id": "b", "name": "find"})

    all_silent = make_talk(non_blocking=both, scheduling=silent).open()
    all_silent.call(*names)
    one_silent = make_talk(non_blocking=both, scheduling={"look": "SILENT"}).open()
    one_silent.call(*names)

    told = [talk.of(ToolCallsReady)[0].answered for talk in (all_silent, one_silent)]
    assert told == [False, True]


def test_a_response_waits_if_only_one_function_makes_it(
    make_talk: Callable[..., Any],
) -> None:
    talk = make_talk(non_blocking=frozenset({"look"})).open()

    talk.call(CALL, OTHER)

    assert talk.of(ToolCallsReady) == []
    assert talk.of(ResponseDone) == [ResponseDone(response_id="turn_1")]


@pytest.mark.parametrize(
    ("call", "respond", "scheduling"),
    [
        (CALL, True, "WHEN_IDLE"),
        (OTHER, True, "INTERRUPT"),
        (CALL, False, "SILENT"),
        (OTHER, False, "SILENT"),
    ],
)
def test_the_model_is_told_when_to_speak_of_a_result(
    talking: Any, call: dict[str, Any], respond: bool, scheduling: str
) -> None:
    talking.call(call)

    (sent,) = talking.ask(results((call["id"], call["name"], "x"), respond=respond))

    (response,) = sent["toolResponse"]["functionResponses"]
    assert response["scheduling"] == scheduling


def test_a_result_that_interrupts_the_model_is_no_speech_of_the_user(
    talking: Any,
) -> None:
    talking.sound()
    talking.call(OTHER)
    talking.ask(results(("b", "wait", "x")))
    talking.forget()

    talking.content(interrupted=True)

    assert talking.of(SpeechStarted) == []
    (done,) = talking.of(ResponseDone)
    assert done.status == "cancelled"


@pytest.mark.parametrize("respond", [True, False])
def test_a_model_that_waits_is_not_told_when_to_speak(talk: Any, respond: bool) -> None:
    talk.call(CALL)

    (sent,) = talk.ask(results(("a", "look", "x"), respond=respond))

    assert "scheduling" not in sent["toolResponse"]["functionResponses"][0]


@pytest.mark.parametrize(
    ("output", "success", "response"),
    [
        ("sunny", True, {"output": "sunny"}),
        (
            '{"t": 21, "deep": {"x": [1]}}',
            True,
            {"output": {"t": 21, "deep": {"x": [1]}}},
        ),
        ("[1, 2]", True, {"output": "[1, 2]"}),
        ("{broken", True, {"output": "{broken"}),
        ('{"t": NaN}', True, {"output": '{"t": NaN}'}),
        ('{"t": 1e999}', True, {"output": '{"t": 1e999}'}),
        ("", True, {"output": "done, nothing to report"}),
        ("null", True, {"output": "done, nothing to report"}),
        (" {} ", True, {"output": "done, nothing to report"}),
        ("no such place", False, {"error": "no such place"}),
        (" ", False, {"error": "failed, for no known reason"}),
    ],
)
def test_what_a_function_came_to(
    talk: Any, output: str, success: bool, response: dict[str, Any]
) -> None:
    talk.call(CALL)

    (sent,) = talk.ask(results(("a", "look", output), success=success))

    assert sent["toolResponse"]["functionResponses"][0]["response"] == response


def test_results_are_items_of_the_conversation(talk: Any) -> None:
    talk.call(CALL)
    talk.forget()

    talk.ask(results(("a", "look", "sunny")))

    output = {"type": "function_call_output", "call_id": "a", "output": "sunny"}
    assert talk.events == [
        ItemChanged(
            item_id="item_3",
            item_type="function_call_output",
            status="completed",
            content=(output,),
        )
    ]


def test_all_results_of_a_response_are_sent_in_one_message(talk: Any) -> None:
    talk.call(CALL, OTHER)

    (sent,) = talk.ask(results(("a", "look", "x"), ("b", "wait", "y")))

    ids = [each["id"] for each in sent["toolResponse"]["functionResponses"]]
    assert ids == ["a", "b"]


def test_only_calls_that_are_known_are_cancelled(talk: Any) -> None:
    talk.call(CALL)
    talk.forget()

    events = talk.hear(toolCallCancellation={"ids": ["x", "a", "a", 7, None]})

    assert events == [ToolCallsCancelled(call_ids=("a",))]
    assert talk.hear(toolCallCancellation={"ids": ["a"]}) == []
    assert talk.hear(toolCallCancellation={"ids": "a"}) == []


def test_a_result_that_nobody_waits_for_is_not_sent(talk: Any) -> None:
    talk.call(CALL)
    talk.hear(toolCallCancellation={"ids": ["a"]})
    talk.forget()

    sent = talk.ask(results(("a", "look", "sunny")))

    assert sent == []
    (noted,) = talk.events
    assert isinstance(noted, ProviderNoted)
    assert noted.level == "debug"


def test_a_result_is_sent_once(talk: Any) -> None:
    talk.call(CALL)

    sent = [talk.ask(results(("a", "look", "x"))) for _ in range(2)]

    assert [len(messages) for messages in sent] == [1, 0]


def test_a_call_without_an_id_is_answered_without_one(talk: Any) -> None:
    talk.call({"name": "look"})
    (called,) = talk.of(ToolCalled)

    (sent,) = talk.ask(results((called.call_id, "look", "x")))

    assert sent["toolResponse"]["functionResponses"] == [
        {"name": "look", "response": {"output": "x"}}
    ]


def test_a_call_without_a_name_is_dropped(talk: Any) -> None:
    events = talk.call({"id": "a"})

    (noted,) = events
    assert isinstance(noted, ProviderNoted)


def test_a_call_is_reported_once(talk: Any) -> None:
    talk.call(CALL)
    talk.forget()

    assert talk.call(CALL) == []


def test_the_arguments_are_the_models_own(talk: Any) -> None:
    talk.hear_raw(
        json.dumps({"tool_call": {"function_calls": [{**CALL, "args": {"a_b": 1}}]}})
    )

    (called,) = talk.of(ToolCalled)
    assert json.loads(called.arguments) == {"a_b": 1}


def test_calls_of_a_turn_that_nobody_wants_are_refused(talk: Any) -> None:
    talk.sound()
    talk.ask(CancelResponse(response_id="turn_1"))
    talk.forget()

    talk.call(CALL)

    reason = "not run: the user wants no answer to this any more"
    refusal = {"id": "a", "name": "look", "response": {"error": reason}}
    assert talk.events == []
    assert talk.sent == [{"toolResponse": {"functionResponses": [refusal]}}]


def test_calls_of_a_turn_that_the_server_stopped_are_not_answered(talk: Any) -> None:
    talk.sound()
    talk.content(interrupted=True)
    talk.forget()

    talk.call(CALL)

    assert (talk.events, talk.sent) == ([], [])


def test_an_interruption_while_functions_run_ends_no_response_again(talk: Any) -> None:
    talk.call(CALL)
    talk.forget()

    talk.content(interrupted=True)
    talk.hear(toolCallCancellation={"ids": ["a"]})
    talk.turn_complete()

    assert talk.of(ResponseDone, ResponseStarted) == []
    assert ToolCallsCancelled(call_ids=("a",)) in talk.events


def test_what_a_model_says_of_a_result_that_it_shall_be_silent_about_is_not_told(
    talk: Any,
) -> None:
    talk.call(CALL)
    talk.ask(results(("a", "look", "sunny"), respond=False))
    talk.forget()

    talk.says("It is sunny.")
    talk.turn_complete()
    silent = list(talk.of(ResponseStarted))
    talk.says("Anything else?")

    assert silent == []
    assert talk.of(ResponseStarted) == [ResponseStarted(response_id="turn_2")]


def test_a_user_who_speaks_is_answered_with_a_result(talk: Any) -> None:
    talk.call(CALL)
    talk.voice("START")
    talk.ask(results(("a", "look", "sunny"), respond=False))
    talk.voice("END")

    talk.says("It is sunny.")

    assert talk.of(ResponseStarted)[1:] == [ResponseStarted(response_id="turn_2")]


def test_results_that_are_to_be_spoken_of_are_heard_whatever_was_cancelled(
    talk: Any,
) -> None:
    talk.call({"id": "c1", "name": "f"})
    talk.ask(SendText(text="And?"))
    talk.ask(CancelResponse(response_id=None))

    talk.ask(results(("c1", "f", "5")))

    assert talk.sound()[0] == ResponseStarted(response_id="turn_2")


def test_a_call_that_nobody_wants_is_refused_without_a_word(talking: Any) -> None:
    talking.sound()
    talking.ask(CancelResponse(response_id="turn_1"))

    talking.call({"id": "c1", "name": "look"})

    (refusal,) = talking.sent[-1]["toolResponse"]["functionResponses"]
    assert (refusal["id"], refusal["scheduling"]) == ("c1", "SILENT")


def test_who_marks_a_turn_is_answered_though_results_are_not(manual: Any) -> None:
    manual.call({"id": "c1", "name": "f"})
    manual.ask(StartTurn())

    manual.ask(results(("c1", "f", "5"), respond=False))

    assert manual.sound()[0] == ResponseStarted(response_id="turn_2")
