from hypothesis import given
from hypothesis import strategies as st

from realtime_run_devices.held import Held, asked, fresh
from realtime_run_devices.held import given as held_after

RATE_HZ, PERIOD_MS, FRAMES = 24_000, 10, 240


def pull(held: Held, now_s: float, frames: int = FRAMES) -> tuple[int, Held]:
    """Return what is unheard when the device asks, and the state after."""
    held = asked(held, frames)
    return held.frames, held_after(held, frames, now_s)


def test_a_device_holds_one_period_when_it_asks_for_the_next() -> None:
    held, unheard = fresh(RATE_HZ, PERIOD_MS), []

    for call in range(50):
        before, held = pull(held, call * 0.01)
        unheard.append(before)

    assert unheard == [0] + [FRAMES] * 49
    assert held.frames == 2 * FRAMES


def test_a_device_that_fills_up_at_once_holds_what_it_asked_for_at_first() -> None:
    held = fresh(RATE_HZ, PERIOD_MS)

    for _ in range(6):
        _, held = pull(held, 0.0)
    unheard = []
    for call in range(1, 100):
        before, held = pull(held, call * 0.01)
        unheard.append(before)

    assert held.capacity == 6 * FRAMES
    assert set(unheard) == {5 * FRAMES}


def test_a_burst_after_a_stall_does_not_make_a_device_hold_more() -> None:
    held = fresh(RATE_HZ, PERIOD_MS)
    for call in range(30):
        _, held = pull(held, call * 0.01)

    for _ in range(8):
        _, held = pull(held, 1.0)

    assert held.capacity == 2 * FRAMES


@given(st.lists(st.tuples(st.integers(1, 4000), st.floats(0, 0.1)), max_size=50))
def test_a_device_holds_no_more_than_it_was_given(
    calls: list[tuple[int, float]],
) -> None:
    held, now, total = fresh(RATE_HZ, PERIOD_MS), 0.0, 0

    for frames, step in calls:
        now += step
        before, held = pull(held, now, frames)
        assert 0 <= before <= total
        total += frames
        assert 0 <= held.frames <= total
