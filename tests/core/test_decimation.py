import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.decimation import Decimator, decimates
from realtime_run.core.pcm import Pcm

SAMPLES = st.lists(st.integers(-32768, 32767), max_size=60)


def pcm(samples: list[int], rate_hz: int = 48_000) -> Pcm:
    return Pcm(struct.pack(f"<{len(samples)}h", *samples), rate_hz)


def values(sound: Pcm) -> list[int]:
    return list(struct.unpack(f"<{sound.frames}h", sound.data))


def test_each_sample_is_the_mean_of_those_it_stands_for() -> None:
    slower = Decimator(48_000, 16_000).push(
        pcm([3, 6, 9, -3, -3, -3, 32767, 32767, 32767])
    )

    assert (values(slower), slower.rate_hz) == ([6, -3, 32767], 16_000)


def test_a_sample_between_two_counts_for_both() -> None:
    slower = Decimator(24_000, 16_000).push(pcm([3, 6, 9, -32768, 0, 3], 24_000))

    assert values(slower) == [(2 * 3 + 6) // 3, (6 + 2 * 9) // 3, -65536 // 3, 2]


def test_the_same_rate_changes_nothing() -> None:
    sound = pcm([1, 2, 3])

    assert Decimator(48_000, 48_000).push(sound) is sound


@given(
    st.sampled_from([(48_000, 16_000), (24_000, 16_000), (32_000, 16_000)]),
    st.lists(SAMPLES, max_size=8),
)
def test_a_stream_in_pieces_is_as_good_as_whole(
    rates: tuple[int, int], pieces: list[list[int]]
) -> None:
    source_hz, target_hz = rates
    whole = [sample for piece in pieces for sample in piece]
    decimator = Decimator(source_hz, target_hz)

    cut = [values(decimator.push(pcm(piece, source_hz))) for piece in pieces]

    expected = values(Decimator(source_hz, target_hz).push(pcm(whole, source_hz)))
    assert [sample for piece in cut for sample in piece] == expected
    assert abs(len(expected) - len(whole) * target_hz / source_hz) < 2


@given(SAMPLES.filter(bool))
def test_no_sample_is_beyond_those_it_comes_from(samples: list[int]) -> None:
    slower = values(Decimator(24_000, 16_000).push(pcm(samples, 24_000)))

    assert all(min(samples) <= sample <= max(samples) for sample in slower)


@pytest.mark.parametrize("rates", [(44_100, 16_000), (8_000, 16_000)])
def test_what_is_no_simple_multiple_is_refused(rates: tuple[int, int]) -> None:
    assert not decimates(*rates)
    with pytest.raises(ValueError, match="no simple multiple of 16000 Hz"):
        Decimator(*rates)


def test_other_samples_than_promised_are_refused() -> None:
    decimator = Decimator(48_000, 16_000)

    for wrong in (Pcm(bytes(12), 48_000, 2), Pcm(bytes(12), 24_000)):
        with pytest.raises(ValueError, match="expected mono at 48000 Hz"):
            decimator.push(wrong)
