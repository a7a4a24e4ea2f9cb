import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.decimation import Decimator
from realtime_run.core.pcm import Pcm

SAMPLES = st.lists(st.integers(-32768, 32767), max_size=60)


def pcm(samples: list[int], rate_hz: int = 48_000) -> Pcm:
    return Pcm(struct.pack(f"<{len(samples)}h", *samples), rate_hz)


def values(sound: Pcm) -> list[int]:
    return list(struct.unpack(f"<{sound.frames}h", sound.data))


def test_each_sample_is_the_mean_of_those_it_stands_for() -> None:
    slower = Decimator(3).push(pcm([3, 6, 9, -3, -3, -3, 32767, 32767, 32767]))

    assert (values(slower), slower.rate_hz) == ([6, -3, 32767], 16_000)


def test_a_ratio_of_one_changes_nothing() -> None:
    sound = pcm([1, 2, 3])

    assert Decimator(1).push(sound) is sound


@given(st.integers(2, 6), st.lists(SAMPLES, max_size=8))
def test_a_stream_in_pieces_is_as_good_as_whole(
    ratio: int, pieces: list[list[int]]
) -> None:
    whole = [sample for piece in pieces for sample in piece]
    decimator = Decimator(ratio)

    cut = [values(decimator.push(pcm(piece, 48_000 * ratio))) for piece in pieces]

    expected = values(Decimator(ratio).push(pcm(whole, 48_000 * ratio)))
    assert [sample for piece in cut for sample in piece] == expected
    assert len(expected) == len(whole) // ratio


def test_what_cannot_be_made_slower_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Decimator(0)
    with pytest.raises(ValueError, match=r"44100 Hz: .* that 8 divides"):
        Decimator(8).push(pcm([0] * 8, 44_100))
    with pytest.raises(ValueError, match="2 channels at 48000 Hz: expected mono"):
        Decimator(3).push(Pcm(bytes(12), 48_000, 2))
