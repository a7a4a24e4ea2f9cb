from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.backoff import LONGEST_S, backoff
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import Problem
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeErrorEvent,
    RealtimeUserSpeechTranscriptionEvent,
)
from realtime_run.core.history import MOST_CHARACTERS, History, Said

CAPABILITIES = Capabilities(input_hz=16_000, output_hz=24_000)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waiting_before_the_next_try_is_bounded(attempt: int, chance: float) -> None:
    assert 0 <= backoff(attempt, chance) <= LONGEST_S


def test_waiting_doubles_until_its_bound() -> None:
    waits = [backoff(attempt, 1) for attempt in (1, 2, 3, 99)]

    assert waits == [0.5, 1, 2, 30]


def test_history_holds_what_was_said_written_and_heard() -> None:
    user = RealtimeUserSpeechTranscriptionEvent(text="hello", mode="final")
    agent = RealtimeAgentSpeechTranscriptionEvent(
        text="hi there", mode="final", response_id="r1", epoch=0
    )
    partial = RealtimeUserSpeechTranscriptionEvent(text="hel", mode="replacement")

    history = History().heard(partial).heard(user).heard(agent).wrote("and you?")

    assert history.items == (
        Said("user", "hello"),
        Said("assistant", "hi there", "r1"),
        Said("user", "and you?"),
    )


def test_history_forgets_what_nobody_heard() -> None:
    nothing = RealtimeAgentSpeechTranscriptionEvent(
        text=" ", mode="final", response_id="r1", epoch=0
    )

    assert History().heard(nothing).heard(RealtimeErrorEvent(error="x")) == History()


@given(st.lists(st.text(max_size=20_000), max_size=6))
def test_history_is_bounded_and_keeps_the_newest(texts: list[str]) -> None:
    history = History()
    for text in texts:
        history = history.wrote(text)

    assert sum(len(item.text) for item in history.items) <= MOST_CHARACTERS
    said = [text for text in texts if text.strip()]
    assert [item.text for item in history.items] == said[
        len(said) - len(history.items) :
    ]


def test_a_problem_is_shown_with_its_line_and_a_caret() -> None:
    problem = Problem(
        message="unknown key 'voise'",
        file="agent.yaml",
        line=6,
        column=3,
        width=5,
        source="  voise: marin",
        hint="did you mean 'voice'?",
    )

    assert str(problem) == (
        "agent.yaml:6:3: error: unknown key 'voise'\n"
        "6 |   voise: marin\n"
        "  |   ^^^^^ did you mean 'voice'?"
    )


def test_a_problem_without_a_place_is_one_line() -> None:
    assert str(Problem(message="no such file", file="x.yaml")) == (
        "x.yaml: error: no such file"
    )
