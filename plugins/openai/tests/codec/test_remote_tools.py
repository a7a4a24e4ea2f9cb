from typing import Any

from realtime_run.core.provider_events import (
    ProviderFailed,
    RemoteToolEnded,
    RemoteToolStarted,
    ResponseDone,
    ToolApprovalRequested,
)


def item(**fields: object) -> dict[str, object]:
    return {
        "id": "mcp_1",
        "type": "mcp_call",
        "name": "search",
        "server_label": "docs",
        "arguments": "",
        **fields,
    }


STARTED = RemoteToolStarted(
    call_id="mcp_1", name="search", arguments='{"q":"x"}', server="docs"
)


def test_a_call_of_the_servers_own_is_told_with_its_result_once(talk: Any) -> None:
    whole = item(arguments='{"q":"x"}', output="found")

    talk.hear("response.created", response={"id": "r1"})
    talk.forget()
    talk.hear("response.output_item.added", response_id="r1", item=item())
    talk.hear(
        "response.mcp_call_arguments.done", item_id="mcp_1", arguments='{"q":"x"}'
    )
    talk.hear("response.mcp_call.in_progress", item_id="mcp_1")
    talk.hear("response.mcp_call.completed", item_id="mcp_1")
    talk.hear("response.output_item.done", response_id="r1", item=whole)
    talk.hear("conversation.item.done", item=whole)

    assert talk.events == [
        STARTED,
        RemoteToolEnded(call_id="mcp_1", success=True, output="found"),
    ]


def test_a_call_that_failed_tells_why(talk: Any) -> None:
    error = {"type": "tool_execution_error", "message": "no such page"}
    talk.hear("response.output_item.added", response_id="r1", item=item())
    talk.forget()

    talk.hear("response.mcp_call.failed", item_id="mcp_1")
    talk.hear(
        "response.output_item.done",
        response_id="r1",
        item=item(arguments='{"q":"x"}', error=error),
    )

    assert talk.events == [
        STARTED,
        RemoteToolEnded(call_id="mcp_1", success=False, error="no such page"),
    ]


def test_a_call_whose_item_never_comes_ends_with_its_response(talk: Any) -> None:
    talk.hear(
        "response.output_item.added", response_id="r1", item=item(arguments='{"q":"x"}')
    )
    talk.hear("response.mcp_call.failed", item_id="mcp_1")
    talk.forget()

    talk.hear("response.done", response={"id": "r1"})

    assert talk.events == [
        RemoteToolEnded(call_id="mcp_1", success=False, error="search failed"),
        ResponseDone(response_id="r1"),
    ]


def test_the_model_is_asked_to_go_on_after_a_call_without_an_answer(talk: Any) -> None:
    talk.hear("response.created", response={"id": "r1"})
    talk.hear("response.done", response={"id": "r1", "output": [item(output="x")]})

    at_once = list(talk.sent_types)
    talk.wait(0.3)

    assert at_once == []
    assert talk.sent_types == ["response.create"]


def test_nothing_is_asked_after_a_call_with_an_answer(talk: Any) -> None:
    output = [item(output="x"), {"id": "a1", "type": "message"}]
    talk.hear("response.created", response={"id": "r1"})
    talk.hear("response.done", response={"id": "r1", "output": output})

    talk.wait(60)

    assert talk.sent_types == []


def test_a_question_for_approval_is_told_once(talk: Any) -> None:
    question = item(type="mcp_approval_request", arguments="{}")
    talk.hear("response.created", response={"id": "r1"})
    talk.forget()

    talk.hear("conversation.item.added", item={**question, "arguments": ""})
    talk.hear("response.output_item.done", response_id="r1", item=question)
    talk.hear("conversation.item.done", item=question)

    assert talk.events == [
        ToolApprovalRequested(
            approval_id="mcp_1", name="search", arguments="{}", server="docs"
        )
    ]


def test_tools_that_cannot_be_listed_are_an_error_that_names_the_server(
    talk: Any,
) -> None:
    talk.hear(
        "conversation.item.added",
        item={"id": "l1", "type": "mcp_list_tools", "server_label": "docs"},
    )

    events = talk.hear("mcp_list_tools.failed", item_id="l1")

    assert events == [
        ProviderFailed(
            error="the provider cannot list the tools of 'docs'",
            error_code="mcp_list_tools_failed",
            context="preparing remote tools",
        )
    ]
