import pytest

from realtime_run.core import provider_events as reported
from realtime_run.core import remote_tools
from realtime_run.core.events import (
    ToolApprovalRequestedEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import Effect, Emit
from realtime_run.core.turn_inputs import ApprovalAnswered, Disconnected, Input
from realtime_run.core.turn_state import Turns
from realtime_run.core.turns import step

POLICY = Policy(decides="provider", provider_cancels=True, cancel=True, truncate=True)
STARTED = reported.RemoteToolStarted(
    call_id="m1", name="search", arguments='{"q": "cake"}', server="web"
)


def told(*events: tuple[int, Input]) -> list[Effect]:
    turns, effects = Turns(), list[Effect]()
    for at_ms, event in events:
        turns, more = step(
            turns, event, at_ns=at_ms * 1_000_000, policy=POLICY, output_hz=24_000
        )
        effects += more
    return effects


def test_a_call_of_the_providers_is_told_like_one_of_our_own() -> None:
    ended = reported.RemoteToolEnded(call_id="m1", success=True, output="a recipe")

    effects = told((100, STARTED), (350, ended))

    assert effects == [
        Emit(
            ToolStartEvent(
                tool_name="search",
                arguments={"q": "cake"},
                tool_call_id="m1",
                server="web",
            )
        ),
        Emit(
            ToolEndEvent(
                tool_name="search",
                arguments={"q": "cake"},
                tool_call_id="m1",
                success=True,
                result="a recipe",
                execution_ms=250.0,
            )
        ),
    ]


def test_a_call_is_told_once() -> None:
    assert len(told((0, STARTED), (1, STARTED))) == 1


def test_the_end_of_a_call_that_never_began_is_not_told() -> None:
    assert told((0, reported.RemoteToolEnded(call_id="m1", success=False))) == []


def test_a_lost_connection_forgets_its_calls() -> None:
    ended = reported.RemoteToolEnded(call_id="m1", success=True)

    effects = told((0, STARTED), (1, Disconnected()), (2, ended))

    assert len(effects) == 1


def test_a_question_for_approval_is_passed_on() -> None:
    asked = reported.ToolApprovalRequested(
        approval_id="a1", name="delete", arguments='{"path": "/"}', server="files"
    )

    assert told((0, asked)) == [
        Emit(
            ToolApprovalRequestedEvent(
                approval_id="a1",
                tool_name="delete",
                arguments={"path": "/"},
                server="files",
            )
        )
    ]


ASKED = reported.ToolApprovalRequested(approval_id="a1", name="rm", arguments="{}")


def after(*events: Input) -> Turns:
    turns = Turns()
    for event in events:
        turns, _ = step(turns, event, at_ns=0, policy=POLICY, output_hz=24_000)
    return turns


def test_while_a_question_for_approval_waits_something_is_going_on() -> None:
    assert not after(ASKED).idle
    assert not after(ASKED).awaiting


def test_once_it_is_answered_the_model_is_expected_to_go_on() -> None:
    turns = after(ASKED, ApprovalAnswered(approval_id="a1"))

    assert turns.awaiting
    assert turns.approvals == ()


def test_an_answer_to_no_question_expects_nothing() -> None:
    assert after(ApprovalAnswered(approval_id="a1")) == Turns()


def test_a_question_does_not_outlive_its_connection() -> None:
    assert after(ASKED, Disconnected()) == Turns(down=True)


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ("", {}),
        ('{"a": 1}', {"a": 1}),
        ('{"a": ', {"arguments": '{"a": '}),
        ("[1]", {"arguments": [1]}),
    ],
)
def test_arguments_that_are_no_object_are_shown_as_they_are(
    written: str, arguments: object
) -> None:
    assert remote_tools.arguments_of(written) == arguments
