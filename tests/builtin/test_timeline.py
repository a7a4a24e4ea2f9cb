from hypothesis import given
from hypothesis import strategies as st

from realtime_run.builtin.timeline import Timeline, place_agent, place_user

RATE = 24_000
MS = 1_000_000
FRAMES = RATE // 50


def empty() -> Timeline:
    return Timeline(rate_hz=RATE)


def at(milliseconds: float) -> int:
    return 5_000 * MS + int(milliseconds * MS)


def test_the_recording_begins_with_the_first_sound() -> None:
    timeline, start = place_user(empty(), FRAMES, at(0))

    assert (timeline.started_ns, start, timeline.user_end) == (at(0), 0, FRAMES)


def test_the_agent_is_put_where_the_user_is() -> None:
    timeline = empty()
    for period in range(100):
        timeline, _ = place_user(timeline, FRAMES, at(period * 20))

    _, start = place_agent(timeline, FRAMES, at(1000))

    assert start == 2 * RATE  # the user's track is two seconds long


def test_without_a_microphone_the_agent_is_put_by_the_clock() -> None:
    timeline, first = place_agent(empty(), FRAMES, at(0))

    _, second = place_agent(timeline, FRAMES, at(3000))

    assert (first, second) == (0, 3 * RATE)


def test_a_muted_microphone_leaves_a_gap() -> None:
    timeline, _ = place_user(empty(), FRAMES, at(0))

    _, start = place_user(timeline, FRAMES, at(10_000))

    assert start == 10 * RATE


def test_a_late_microphone_leaves_none() -> None:
    timeline, _ = place_user(empty(), FRAMES, at(0))

    _, start = place_user(timeline, FRAMES, at(400))

    assert start == FRAMES


@given(st.lists(st.floats(0, 39), min_size=2, max_size=60))
def test_jitter_makes_no_clicks(lateness_ms: list[float]) -> None:
    timeline = empty()
    starts: list[int] = []
    for period, late_ms in enumerate(lateness_ms):
        timeline, start = place_agent(timeline, FRAMES, at(period * 20 + late_ms))
        starts.append(start)

    assert starts == [FRAMES * period for period in range(len(lateness_ms))]


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 4000), st.integers(0, 2000)),
        max_size=60,
    )
)
def test_no_samples_lie_upon_others_or_before_their_time(
    sounds: list[tuple[bool, int, int]],
) -> None:
    timeline, now_ms = empty(), 0
    for is_user, frames, wait_ms in sounds:
        now_ms += wait_ms
        before = timeline
        place = place_user if is_user else place_agent
        timeline, start = place(timeline, frames, at(now_ms))

        end = before.user_end if is_user else before.agent_end
        latest = (
            now_ms
            if timeline.started_ns is None
            else (at(now_ms) - timeline.started_ns) // MS
        )
        assert end <= start <= max(end, before.user_end, latest * RATE // 1000)
        assert timeline.frames >= before.frames
