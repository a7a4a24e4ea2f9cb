from hypothesis import given
from hypothesis import strategies as st

from realtime_run_local.endpoint import (
    Change,
    Ended,
    Endpoint,
    Policy,
    Started,
    step,
    windows,
)

POLICY = Policy(threshold=0.5, start_windows=2, silence_windows=3, longest_windows=1000)


def changes(probabilities: list[float], policy: Policy = POLICY) -> list[Change]:
    state, found = Endpoint(), []
    for probability in probabilities:
        state, change = step(state, probability, policy)
        if change is not None:
            found.append(change)
    return found


def test_a_turn_spans_its_first_and_last_window_of_speech() -> None:
    heard = [0.0, 0.0, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0]

    assert changes(heard) == [Started(audio_ms=64), Ended(audio_ms=160)]


def test_a_single_window_of_noise_begins_no_turn() -> None:
    assert changes([0.9, 0.0, 0.9, 0.0, 0.9, 0.0]) == []


def test_a_pause_shorter_than_the_silence_ends_no_turn() -> None:
    assert changes([0.9, 0.9, 0.0, 0.0, 0.9, 0.0, 0.0]) == [Started(audio_ms=0)]


def test_a_window_between_the_thresholds_neither_ends_nor_prolongs_a_silence() -> None:
    heard = [0.9, 0.9, 0.0, 0.0, 0.4, 0.0]

    assert changes(heard) == [Started(audio_ms=0), Ended(audio_ms=96)]


def test_a_turn_ends_at_its_greatest_length() -> None:
    policy = Policy(
        threshold=0.5, start_windows=1, silence_windows=3, longest_windows=4
    )

    assert changes([0.9] * 4, policy) == [Started(audio_ms=0), Ended(audio_ms=128)]


def test_a_duration_is_covered_by_whole_windows() -> None:
    assert [windows(s) for s in (0.032, 0.064, 0.065, 0.5, 0.001)] == [1, 2, 3, 16, 1]


@given(st.lists(st.floats(0, 1), max_size=300))
def test_turns_alternate_and_never_overlap(heard: list[float]) -> None:
    found = changes(heard)

    kinds = [type(change) for change in found]
    assert kinds == [Started, Ended] * (len(kinds) // 2) + [Started] * (len(kinds) % 2)
    times = [change.audio_ms for change in found]
    assert times == sorted(times)
