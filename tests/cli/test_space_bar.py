import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.cli.space_bar import (
    FIRST_REPEAT_MS,
    RELEASED_MS,
    SpaceBar,
    passed,
    pressed,
)


def after(*at_ms: float, bar: SpaceBar | None = None) -> SpaceBar:
    bar = bar or SpaceBar()
    for each in at_ms:
        bar = pressed(bar, each)
    return bar


def repeats(first_ms: float, every_ms: float, until_ms: float) -> list[float]:
    count = int((until_ms - first_ms) // every_ms)
    return [first_ms + every_ms * n for n in range(count + 1)]


def talks(presses: list[float], until_ms: float) -> list[tuple[float, bool]]:
    """Return when the user began and ceased to talk, to the millisecond."""
    bar, changes, waiting = SpaceBar(), [], sorted(presses)
    for now in range(int(until_ms) + 1):
        before = bar.talking
        bar = passed(bar, now)
        while waiting and waiting[0] <= now:
            bar = pressed(bar, waiting.pop(0))
        if bar.talking != before:
            changes.append((now, bar.talking))
    return changes


@pytest.mark.parametrize("delay_ms", [200, 250, 400, 600])
@pytest.mark.parametrize("every_ms", [11, 30, 92])
def test_a_key_that_is_held_talks_until_it_is_let_go(
    delay_ms: int, every_ms: int
) -> None:
    held = [0.0, *repeats(delay_ms, every_ms, 3000)]

    assert talks(held, 6000) == [(0, True), (held[-1] + RELEASED_MS, False)]


def test_a_tap_talks_until_the_next_tap() -> None:
    assert talks([0, 9000], 20_000) == [(0, True), (9000, False)]


def test_two_quick_taps_are_nothing_much() -> None:
    assert talks([0, 300], 20_000) == [(0, True), (450, False)]


def test_the_tap_that_ends_may_be_long() -> None:
    long = [5000.0, *repeats(5400, 30, 6500)]

    assert talks([0.0, *long], 20_000) == [(0, True), (5000, False)]


def test_a_tap_right_after_the_end_begins_again() -> None:
    assert talks([0, 5000, 5300, 9000], 20_000) == [
        (0, True),
        (5000, False),
        (5420, True),
        (9000, False),
    ]


def test_a_repeat_that_was_held_up_does_not_leave_the_floor_taken() -> None:
    held = [0.0, *repeats(400, 30, 1000)]

    assert talks([*held, held[-1] + 200], 20_000)[-1][1] is False


def test_repeats_that_arrive_at_once_are_a_held_key() -> None:
    bar = after(0, 500, 500, 500)

    assert (bar.state, passed(bar, 649).talking, passed(bar, 650).talking) == (
        "held", True, False,
    )  # fmt: skip


def test_without_a_press_nothing_is_waited_for() -> None:
    assert SpaceBar().until_ms is None
    assert passed(after(0), FIRST_REPEAT_MS).until_ms is None


TIMES = st.lists(st.floats(0, 20_000), max_size=30).map(sorted)


@given(TIMES, st.lists(st.floats(0, 30_000), max_size=10))
def test_looking_more_often_changes_nothing(
    presses: list[float], looks: list[float]
) -> None:
    seen = unseen = SpaceBar()
    for at, is_press in sorted(
        [(p, True) for p in presses] + [(k, False) for k in looks]
    ):
        seen = pressed(seen, at) if is_press else passed(seen, at)
        unseen = pressed(unseen, at) if is_press else unseen

    assert passed(seen, 40_000) == passed(unseen, 40_000)


@given(TIMES)
def test_time_alone_ends_in_rest(presses: list[float]) -> None:
    bar = passed(after(*presses), 40_000)

    assert bar.until_ms is None
    assert bar.state in {"up", "latched"}


@given(TIMES)
def test_from_any_state_one_or_two_taps_end_the_talk(presses: list[float]) -> None:
    bar = passed(after(*presses), 40_000)

    if bar.talking:
        bar = pressed(bar, 50_000)

    assert not passed(bar, 60_000).talking
