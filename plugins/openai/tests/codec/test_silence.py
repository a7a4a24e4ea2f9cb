from typing import Any

from realtime_run_openai.codec.silence import SILENT_S

TOOL = {"type": "mcp_call", "id": "m1", "name": "search", "server_label": "docs"}


def begun(talk: Any) -> Any:
    talk.at_s = 100.0
    talk.hear("response.created", response={"id": "r1"})
    return talk


def test_a_response_of_which_nothing_more_comes_ends_the_connection(talk: Any) -> None:
    begun(talk)

    assert talk.codec.deadline == 100.0 + SILENT_S
    talk.wait(SILENT_S)

    failure = talk.codec.failure
    assert failure is not None
    assert (failure.code, failure.is_recoverable) == ("response_stalled", True)
    assert failure.message == "the server began a response, then said nothing for 60 s"


def test_whatever_the_server_says_meanwhile_puts_that_off(talk: Any) -> None:
    begun(talk)
    talk.at_s = 130.0
    talk.hear("rate_limits.updated", rate_limits=[])

    assert talk.codec.deadline == 100.0 + SILENT_S
    talk.wait(SILENT_S - 1)
    early = talk.codec.failure

    assert early is None
    assert talk.codec.deadline == 130.0 + SILENT_S
    talk.wait(1)
    assert talk.codec.failure is not None


def test_a_tool_of_the_servers_may_take_longer(talk: Any) -> None:
    begun(talk)
    talk.hear("response.output_item.added", response_id="r1", item=TOOL)

    talk.wait(5 * SILENT_S)

    assert talk.codec.failure is None


def test_between_responses_a_server_may_be_silent(talk: Any) -> None:
    begun(talk)
    talk.hear("response.done", response={"id": "r1", "status": "completed"})

    assert talk.codec.deadline is None
    talk.wait(10 * SILENT_S)

    assert talk.codec.failure is None
