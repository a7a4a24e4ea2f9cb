from typing import Any

from realtime_run.simulation.script import ScriptedCall, ScriptedTurn

ASK = {"type": "mcp", "server_label": "library", "server_url": "https://mcp.example"}
TRUST = {**ASK, "require_approval": "never", "allowed_tools": ["find", "read"]}
FIND = ScriptedTurn(
    calls=(ScriptedCall(name="find", arguments={"query": "tea"}),), say="{results}!"
)
LOOKUP = ScriptedTurn(calls=(ScriptedCall(name="lookup"),), say="{results}!")


def test_the_tools_of_a_server_are_listed_once(talk: Any) -> None:
    talk.update(tools=[TRUST])
    talk.wait(1)
    talk.update(tools=[TRUST])
    talk.wait(1)

    assert talk.types == [
        "session.created",
        "session.updated",
        "conversation.item.added",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
        "conversation.item.done",
        "session.updated",
    ]
    listed = talk.of("conversation.item.done")[0]["item"]["tools"]
    assert [tool["name"] for tool in listed] == ["find", "read"]


def test_a_trusted_server_is_called_and_the_answer_follows(make_talk: Any) -> None:
    talk = make_talk(FIND)
    talk.update(tools=[TRUST])
    talk.write("tea?")
    talk.send("response.create")
    talk.wait(30)

    (done,) = talk.of("response.done")
    call, message = done["response"]["output"]
    assert (call["type"], call["output"]) == ("mcp_call", "found 1 entry for 'tea'")
    assert message["content"][0]["transcript"] == "found 1 entry for 'tea'!"
    for kind in ("in_progress", "completed"):
        (event,) = talk.of(f"response.mcp_call.{kind}")
        assert event["item_id"] == call["id"]


def ask(make_talk: Any) -> tuple[Any, dict[str, Any]]:
    talk = make_talk(LOOKUP)
    talk.update(tools=[ASK])
    talk.write("tea?")
    talk.send("response.create")
    talk.wait(5)
    (done,) = talk.of("response.done")
    (request,) = done["response"]["output"]
    return talk, request


def approve(talk: Any, request_id: str, **fields: Any) -> list[dict[str, Any]]:
    item = {
        "type": "mcp_approval_response",
        "approval_request_id": request_id,
        **fields,
    }
    events: list[dict[str, Any]] = talk.send("conversation.item.create", item=item)
    return events


def test_other_servers_are_called_once_that_is_approved(make_talk: Any) -> None:
    talk, request = ask(make_talk)
    assert request["type"] == "mcp_approval_request"

    approve(talk, request["id"], approve=True)
    talk.wait(30)

    call, message = talk.of("response.done")[-1]["response"]["output"]
    assert call["approval_request_id"] == request["id"]
    assert message["content"][0]["transcript"] == "found 1 entry for ''!"


def test_a_call_that_is_not_approved_is_not_made(make_talk: Any) -> None:
    talk, request = ask(make_talk)

    approve(talk, request["id"], approve=False, reason="too dear")
    talk.wait(30)

    (message,) = talk.of("response.done")[-1]["response"]["output"]
    assert message["content"][0]["transcript"] == "not allowed: too dear!"


def test_an_approval_that_nobody_asked_for_is_refused(talk: Any) -> None:
    (event,) = approve(talk, "mcpr_x", approve=True)

    assert event["error"]["param"] == "item.approval_request_id"


def test_an_approval_waits_for_the_response_that_is_made(make_talk: Any) -> None:
    talk, request = ask(make_talk)
    talk.send("response.create")

    approve(talk, request["id"], approve=True)
    talk.wait(60)

    statuses = [one["response"]["status"] for one in talk.of("response.done")]
    assert statuses == ["completed"] * 3
