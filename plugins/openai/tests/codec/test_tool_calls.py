from typing import Any

from realtime_run.core.provider_events import (
    ItemChanged,
    ResponseDone,
    ToolCalled,
)


def call(status: str = "completed", arguments: str = '{"x":1}') -> dict[str, str]:
    return {
        "id": "fc_1",
        "type": "function_call",
        "status": status,
        "name": "move",
        "call_id": "call_1",
        "arguments": arguments,
    }


CALLED = ToolCalled(
    response_id="r1", call_id="call_1", name="move", arguments='{"x":1}'
)


def test_a_tool_is_called_as_soon_as_its_arguments_are_whole_and_once(
    talk: Any,
) -> None:
    talk.hear("response.created", response={"id": "r1"})
    talk.hear(
        "response.output_item.added",
        response_id="r1",
        item=call("in_progress", arguments=""),
    )

    at_once = talk.hear(
        "response.function_call_arguments.done",
        response_id="r1",
        item_id="fc_1",
        call_id="call_1",
        arguments='{"x":1}',
    )
    later = talk.hear("response.output_item.done", response_id="r1", item=call())
    done = talk.hear("response.done", response={"id": "r1", "output": [call()]})

    assert at_once == [CALLED]
    assert list(map(type, later)) == [ItemChanged]
    assert list(map(type, done)) == [ResponseDone]


def test_a_tool_call_that_was_cut_is_not_run(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})
    cut = call("incomplete", arguments='{"x":')

    talk.hear(
        "response.function_call_arguments.done",
        response_id="r1",
        item_id="fc_1",
        call_id="call_1",
        name="move",
        arguments='{"x":',
    )
    talk.hear("response.output_item.done", response_id="r1", item=cut)
    talk.hear(
        "response.done", response={"id": "r1", "status": "cancelled", "output": [cut]}
    )

    assert not [event for event in talk.events if isinstance(event, ToolCalled)]


def test_broken_arguments_of_a_whole_call_are_for_the_tool_to_refuse(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})

    events = talk.hear(
        "response.output_item.done", response_id="r1", item=call(arguments="{x}")
    )

    assert events[1:] == [
        ToolCalled(response_id="r1", call_id="call_1", name="move", arguments="{x}")
    ]


def test_a_call_that_only_the_end_of_the_response_tells_is_run(talk: Any) -> None:
    events = talk.hear(
        "response.done",
        response={"id": "r1", "status": "completed", "output": [call()]},
    )

    assert events == [CALLED, ResponseDone(response_id="r1")]


def test_two_calls_of_one_response_are_both_run(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})
    for n in (1, 2):
        item = call() | {"id": f"fc_{n}", "call_id": f"call_{n}"}
        talk.hear("response.output_item.done", response_id="r1", item=item)

    called = [event for event in talk.events if isinstance(event, ToolCalled)]
    assert [event.call_id for event in called] == ["call_1", "call_2"]
    assert talk.sent == []
