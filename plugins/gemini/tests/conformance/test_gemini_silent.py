"""A server that never says when the user begins and ends to speak is understood, too.

Two things cannot be known then: that he speaks while an answer still sounds of which
the server has said that it is over, and, where it shall not be interrupted, that he
speaks before it is. So these are what the suite asks for of voices, but for those two.
"""

from collections.abc import Callable

import pytest

from realtime_run.testing.conformance import (
    Subject,
    anyio_backend,
    test_a_slow_tool_delays_no_other_answer,
    test_each_sound_does_to_the_agent_what_barge_in_says,
    test_sound_that_comes_late_is_never_heard,
    test_speech_is_noticed_transcribed_and_answered_aloud,
    test_speech_silences_the_agent_at_once,
    test_speech_stops_the_model_too,
    test_what_the_user_says_is_told_in_words,
)

__all__ = [
    "anyio_backend",
    "test_a_slow_tool_delays_no_other_answer",
    "test_each_sound_does_to_the_agent_what_barge_in_says",
    "test_sound_that_comes_late_is_never_heard",
    "test_speech_is_noticed_transcribed_and_answered_aloud",
    "test_speech_silences_the_agent_at_once",
    "test_speech_stops_the_model_too",
    "test_what_the_user_says_is_told_in_words",
]


@pytest.fixture
def subject(subject_of: Callable[..., Subject]) -> Subject:
    return subject_of(no_voice_activity="")
