import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.media.picture_size import Attempt, attempts, within

SIDES = st.integers(1, 8000)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1280, 720), 768, (768, 432)),
        ((720, 1280), 768, (432, 768)),
        ((640, 480), 768, (640, 480)),
        ((641, 481), 1280, (640, 480)),
        ((1920, 1080), 1280, (1280, 720)),
        ((1, 1), 768, (2, 2)),
        ((4000, 1), 100, (100, 2)),
    ],
)
def test_a_picture_keeps_its_proportions_and_is_never_enlarged(
    size: tuple[int, int], longest: int, expected: tuple[int, int]
) -> None:
    assert within(*size, longest) == expected


@given(SIDES, SIDES, st.integers(2, 4000))
def test_every_size_is_even_and_within_the_limit(
    width: int, height: int, longest: int
) -> None:
    wide, high = within(width, height, longest)

    assert (wide % 2, high % 2) == (0, 0)
    assert 2 <= wide <= max(2, min(width, longest))
    assert 2 <= high <= max(2, min(height, longest))


def test_quality_is_given_up_before_size() -> None:
    tried = list(attempts(1280, 720, 768))

    assert tried[0] == Attempt(width=768, height=432, quality=3)
    assert [one.quality for one in tried if one.width == 768] == [3, 6, 10, 16, 24]
    assert tried[5] == Attempt(width=576, height=324, quality=16)
    assert tried[-1] == Attempt(width=76, height=42, quality=24)


@given(SIDES, SIDES, st.integers(2, 2000))
def test_the_attempts_end_and_never_grow(width: int, height: int, longest: int) -> None:
    tried = list(attempts(width, height, longest))

    sizes = [one.width * one.height for one in tried]
    assert sizes == sorted(sizes, reverse=True)
    assert all(2 <= one.quality <= 31 for one in tried)
    assert 5 <= len(tried) <= 20
