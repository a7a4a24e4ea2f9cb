"""Each test of the conformance suite fails for a provider that has its flaw."""

from collections.abc import Callable
from typing import Any

import pytest

import realtime_run.testing.conformance as suite
from realtime_run.testing.conformance import Subject

FAILURES = (Exception, pytest.fail.Exception)
FOUND_BY = {
    "ACCEPTS_ALL": "what_it_cannot_do_is_refused_and_the_connection_goes_on",
    "ALWAYS_INTERRUPTS": "where_barge_in_is_off_the_agent_goes_on_speaking",
    "ANSWERS_RESULTS_TWICE": (
        "results_of_parallel_calls_go_together_and_are_answered_once"
    ),
    "BLOCKS": "connecting_keeps_the_event_loop_free",
    "CANCELLED_RECEIVE_LOSES": "cancelling_a_receive_loses_no_report",
    "CANCEL_STICKS": "an_answer_is_interrupted_before_it_begins",
    "CANNOT_CANCEL": "interrupting_twice_is_one_interruption",
    "CANNOT_CANCEL_WHAT_ENDED": "what_has_ended_may_be_cancelled",
    "CANNOT_TRUNCATE": "an_answer_that_was_generated_already_can_be_interrupted",
    "CLOSE_LOOKS_BROKEN": "a_close_that_nobody_asked_for_is_no_end",
    "CLOSE_RAISES": "a_close_that_nobody_asked_for_is_no_end",
    "DONE_TWICE": "several_texts_get_an_answer_each",
    "DROP_IS_FATAL": "a_broken_connection_is_made_again",
    "FALSE_ALARM_MUTES": "a_false_alarm_mutes_nothing_of_the_rest",
    "FORGETS_HISTORY": "what_was_said_before_a_drop_is_remembered",
    "GARBAGE_ENDS_IT": "garbage_on_the_wire_disturbs_no_conversation",
    "HALF_A_SAMPLE": "a_text_is_answered_aloud",
    "HANGS_AFTER_LEAVING": "a_connection_that_was_left_says_so",
    "HISTORY_IS_REFUSED": "a_connection_takes_up_a_history",
    "KEEPS_SPEAKING": "interrupting_stops_the_model_too",
    "LEAKS_A_FILE": "connections_leave_no_task_thread_or_socket",
    "LEAKS_A_TASK": "the_beginning_and_the_end_of_a_conversation_are_told",
    "LEAKS_WHEN_CANCELLED": "a_connect_that_is_cancelled_midway_leaves_nothing",
    "LEAKS_WHILE_SPEAKING": "closing_in_the_middle_of_an_answer_leaves_nothing",
    "MUTE": "a_text_is_answered_aloud",
    "NEVER_DONE": "a_text_is_answered_aloud",
    "NEVER_EXPIRES": "an_expiring_connection_is_replaced_beforehand",
    "NO_CONFIG": "the_beginning_and_the_end_of_a_conversation_are_told",
    "NO_TRANSCRIPT_OF_USER": "speech_is_noticed_transcribed_and_answered_aloud",
    "ONE_AT_A_TIME": "two_connections_converse_at_once",
    "PICTURES_REFUSED": "pictures_are_taken_while_it_converses",
    "REFUSED_IS_FATAL": (
        "an_address_where_nobody_answers_is_tried_again_and_then_told"
    ),
    "RESPONSE_ID_AGAIN": "several_texts_get_an_answer_each",
    "RESULTS_FORGOTTEN": "a_tool_is_called_and_its_result_spoken_of",
    "SHOWS_THE_KEY": "what_is_acknowledged_shows_no_secret",
    "SLOW": "an_answer_that_was_generated_already_can_be_interrupted",
    "STALE_UNDER_A_NEW_ID": "speech_silences_the_agent_at_once",
    "STALE_UNDER_THE_NEXT_ID": "sound_that_comes_late_is_never_heard",
    "STALL_HANGS_THE_END": "a_connection_that_stalls_is_noticed_and_left",
    "TOOLS_BLOCK": "a_slow_tool_delays_no_other_answer",
    "TOOL_ERRORS_HIDDEN": "what_a_tool_raises_becomes_its_result",
    "UNAUTHORISED_IS_TRIED_AGAIN": "credentials_that_are_refused_are_not_tried_again",
    "WAITS_FOR_EVER_WHEN_LEFT": "leaving_ends_a_receive_that_waits",
}
TESTS = [name for name in suite.__all__ if name.startswith("test_")]


@pytest.mark.parametrize(("flaw", "found_by"), FOUND_BY.items())
async def test_a_flaw_is_found(
    puppet: Callable[..., Subject], flaws: Any, flaw: str, found_by: str
) -> None:
    test = getattr(suite, f"test_{found_by}")

    with pytest.raises(FAILURES):
        await test(puppet(flaws[flaw]))


def test_every_flaw_is_looked_for(flaws: Any) -> None:
    assert set(FOUND_BY) == set(flaws.__members__) - {"NONE"}


def test_every_test_of_the_suite_finds_a_flaw() -> None:
    found = {f"test_{name}" for name in FOUND_BY.values()}

    assert sorted(set(TESTS) - found) == []
