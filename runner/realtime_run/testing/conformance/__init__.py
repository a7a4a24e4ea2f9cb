"""The conformance suite: what every provider must be seen to do, ours or a stranger's.

A test module of a plugin imports all of it, and says what is under test:

    from realtime_run.testing.conformance import *

    @pytest.fixture
    def subject() -> Subject:
        return Subject(name="parrot", stage=staged_parrot, speech=None, excuses=...)

Each test holds a conversation with the real session, over a scene that the subject
stages; at its end, all of its events are held against the rules that are true of every
conversation (`realtime_run.testing.invariants`). A scene that the provider's
capabilities exclude, and one that the subject excuses, is skipped with the reason.

It needs pytest and anyio: `pip install realtime-run[testing]`.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in ("answers", "calls", "decisions", "interruptions", "leftovers")
    ),
    f"{__name__}.losses",
    *(
        f"{__name__}.{module}"
        for module in ("lockstep", "memory", "openings", "performance", "seen", "table")
    ),
)

from realtime_run.testing.conformance.answers import (  # noqa: E402
    test_a_text_is_answered_aloud,
    test_garbage_on_the_wire_disturbs_no_conversation,
    test_pictures_are_taken_while_it_converses,
    test_several_texts_get_an_answer_each,
    test_speech_is_noticed_transcribed_and_answered_aloud,
    test_the_beginning_and_the_end_of_a_conversation_are_told,
)
from realtime_run.testing.conformance.calls import (  # noqa: E402
    test_a_slow_tool_delays_no_other_answer,
    test_a_tool_is_called_and_its_result_spoken_of,
    test_results_of_parallel_calls_go_together_and_are_answered_once,
    test_what_a_tool_raises_becomes_its_result,
)
from realtime_run.testing.conformance.decisions import (  # noqa: E402
    test_a_response_does_once_what_it_alone_is_told,
    test_the_answer_to_a_marked_turn_waits_for_the_response_before_it,
    test_what_the_user_says_is_told_in_words,
    test_where_the_session_decides_no_turn_is_answered_by_itself,
    test_where_the_session_decides_speech_stops_nothing,
    test_where_the_session_marks_the_turns_each_is_answered_at_its_end,
)
from realtime_run.testing.conformance.interruptions import (  # noqa: E402
    test_a_false_alarm_mutes_nothing_of_the_rest,
    test_after_an_interruption_it_answers_again,
    test_an_answer_is_interrupted_before_it_begins,
    test_an_answer_that_was_generated_already_can_be_interrupted,
    test_interrupting_stops_the_model_too,
    test_interrupting_twice_is_one_interruption,
    test_sound_that_comes_late_is_never_heard,
    test_speech_silences_the_agent_at_once,
    test_speech_stops_the_model_too,
    test_where_barge_in_is_off_the_agent_goes_on_speaking,
)
from realtime_run.testing.conformance.leftovers import (  # noqa: E402
    test_a_connect_that_is_cancelled_midway_leaves_nothing,
    test_closing_in_the_middle_of_an_answer_leaves_nothing,
    test_connecting_keeps_the_event_loop_free,
    test_connections_leave_no_task_thread_or_socket,
)
from realtime_run.testing.conformance.losses import (  # noqa: E402
    test_a_broken_connection_is_made_again,
    test_a_close_that_nobody_asked_for_is_no_end,
    test_a_connection_that_stalls_is_noticed_and_left,
    test_an_address_where_nobody_answers_is_tried_again_and_then_told,
    test_an_expiring_connection_is_replaced_beforehand,
    test_credentials_that_are_refused_are_not_tried_again,
    test_what_was_said_before_a_drop_is_remembered,
)
from realtime_run.testing.conformance.memory import (  # noqa: E402
    test_a_conversation_goes_on_by_its_handle,
    test_a_handle_that_is_refused_is_not_the_end,
    test_what_was_not_heard_is_taken_back_without_an_answer,
    test_what_was_said_after_the_handle_is_known_too,
)
from realtime_run.testing.conformance.openings import (  # noqa: E402
    test_a_connection_takes_up_a_history,
    test_a_connection_that_was_left_says_so,
    test_cancelling_a_receive_loses_no_report,
    test_leaving_ends_a_receive_that_waits,
    test_two_connections_converse_at_once,
    test_what_has_ended_may_be_cancelled,
    test_what_is_acknowledged_shows_no_secret,
    test_what_it_cannot_do_is_refused_and_the_connection_goes_on,
)
from realtime_run.testing.conformance.scenes import Scene  # noqa: E402
from realtime_run.testing.conformance.subject import Subject  # noqa: E402
from realtime_run.testing.conformance.table import (  # noqa: E402
    test_each_sound_does_to_the_agent_what_barge_in_says,
)

__all__ = [
    "Scene",
    "Subject",
    "anyio_backend",
    "test_a_broken_connection_is_made_again",
    "test_a_close_that_nobody_asked_for_is_no_end",
    "test_a_connect_that_is_cancelled_midway_leaves_nothing",
    "test_a_connection_takes_up_a_history",
    "test_a_connection_that_stalls_is_noticed_and_left",
    "test_a_connection_that_was_left_says_so",
    "test_a_conversation_goes_on_by_its_handle",
    "test_a_false_alarm_mutes_nothing_of_the_rest",
    "test_a_handle_that_is_refused_is_not_the_end",
    "test_a_response_does_once_what_it_alone_is_told",
    "test_a_slow_tool_delays_no_other_answer",
    "test_a_text_is_answered_aloud",
    "test_a_tool_is_called_and_its_result_spoken_of",
    "test_after_an_interruption_it_answers_again",
    "test_an_address_where_nobody_answers_is_tried_again_and_then_told",
    "test_an_answer_is_interrupted_before_it_begins",
    "test_an_answer_that_was_generated_already_can_be_interrupted",
    "test_an_expiring_connection_is_replaced_beforehand",
    "test_cancelling_a_receive_loses_no_report",
    "test_closing_in_the_middle_of_an_answer_leaves_nothing",
    "test_connecting_keeps_the_event_loop_free",
    "test_connections_leave_no_task_thread_or_socket",
    "test_credentials_that_are_refused_are_not_tried_again",
    "test_each_sound_does_to_the_agent_what_barge_in_says",
    "test_garbage_on_the_wire_disturbs_no_conversation",
    "test_interrupting_stops_the_model_too",
    "test_interrupting_twice_is_one_interruption",
    "test_leaving_ends_a_receive_that_waits",
    "test_pictures_are_taken_while_it_converses",
    "test_results_of_parallel_calls_go_together_and_are_answered_once",
    "test_several_texts_get_an_answer_each",
    "test_sound_that_comes_late_is_never_heard",
    "test_speech_is_noticed_transcribed_and_answered_aloud",
    "test_speech_silences_the_agent_at_once",
    "test_speech_stops_the_model_too",
    "test_the_answer_to_a_marked_turn_waits_for_the_response_before_it",
    "test_the_beginning_and_the_end_of_a_conversation_are_told",
    "test_two_connections_converse_at_once",
    "test_what_a_tool_raises_becomes_its_result",
    "test_what_has_ended_may_be_cancelled",
    "test_what_is_acknowledged_shows_no_secret",
    "test_what_it_cannot_do_is_refused_and_the_connection_goes_on",
    "test_what_the_user_says_is_told_in_words",
    "test_what_was_not_heard_is_taken_back_without_an_answer",
    "test_what_was_said_after_the_handle_is_known_too",
    "test_what_was_said_before_a_drop_is_remembered",
    "test_where_barge_in_is_off_the_agent_goes_on_speaking",
    "test_where_the_session_decides_no_turn_is_answered_by_itself",
    "test_where_the_session_decides_speech_stops_nothing",
    "test_where_the_session_marks_the_turns_each_is_answered_at_its_end",
]


@pytest.fixture
def anyio_backend() -> str:
    """Run the suite on asyncio, as a session runs."""
    return "asyncio"
