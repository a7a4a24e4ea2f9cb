from array import array
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.media.fade import LOW, RAMP_MS, Fade

HZ = 24_000
RAMP = HZ * RAMP_MS // 1000
LOUD = 30_000


def level(values: int, fade: Fade) -> list[int]:
    """What becomes of so many samples at full scale, or nearly."""
    return array("h", fade.apply(array("h", [LOUD] * values).tobytes())).tolist()


def test_a_voice_is_20_db_lower_after_10_ms() -> None:
    fade = Fade(HZ)

    fade.lower()
    lowered = level(RAMP + 100, fade)

    assert LOW == 0.1
    assert lowered[RAMP - 1 :] == [3000] * 101
    assert lowered[RAMP - 2] > 3000


def test_it_falls_by_the_same_step_from_each_sample_to_the_next() -> None:
    fade = Fade(HZ)

    fade.lower()
    lowered = [LOUD, *level(RAMP, fade)]

    step = LOUD * (1 - LOW) / RAMP
    falls = [before - after for before, after in pairwise(lowered)]
    assert all(abs(fall - step) <= 1 for fall in falls)


def test_it_rises_as_it_fell_and_is_then_over() -> None:
    fade = Fade(HZ)
    fade.lower()
    lowered = [LOUD, *level(RAMP, fade)]

    fade.lift()
    lifted = level(RAMP, fade)

    assert [lowered[-1], *lifted] == lowered[::-1]
    assert fade.over
    assert level(3, fade) == [LOUD] * 3


def test_it_turns_back_half_way_without_a_leap() -> None:
    fade = Fade(HZ)
    fade.lower()
    down = level(RAMP // 2, fade)

    fade.lift()
    up = level(RAMP // 2, fade)

    assert [*up] == [*down[-2::-1], LOUD]
    assert fade.over


def test_after_silence_the_wanted_level_holds_at_once() -> None:
    fade = Fade(HZ)
    fade.lower()
    level(10, fade)

    fade.settle()

    assert level(2, fade) == [3000, 3000]


def test_a_voice_that_was_never_lowered_is_not_touched() -> None:
    assert Fade(HZ).over
    assert level(3, Fade(HZ)) == [LOUD] * 3


def test_both_ends_of_the_range_stay_in_it() -> None:
    fade = Fade(HZ)
    fade.lower()
    fade.settle()

    quiet = fade.apply(array("h", [-32_768, 32_767, 0, -1]).tobytes())

    assert array("h", quiet).tolist() == [-3277, 3277, 0, 0]


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(0, 500))
def test_it_makes_no_difference_where_the_stream_is_cut(
    cuts: list[int], turns_after: int
) -> None:
    whole, cut = Fade(HZ), Fade(HZ)
    for fade in (whole, cut):
        fade.lower()
        level(turns_after, fade)
        fade.lift()

    in_pieces = [value for size in cuts for value in level(size, cut)]

    assert in_pieces == level(sum(cuts), whole)


def test_a_very_low_rate_has_a_ramp_of_at_least_one_sample() -> None:
    fade = Fade(50)

    fade.lower()

    assert level(2, fade) == [3000, 3000]
