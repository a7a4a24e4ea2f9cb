"""How it is found out that a speaker played other samples than it should have."""

import struct

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.testing.conformance.lockstep import unlike
from realtime_run.testing.conformance.sounds import (
    COUGH_MS,
    INTERRUPTION_MS,
    MHM_MS,
    LoudVad,
    cough,
    interruption,
    mhm,
)


def samples(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}h", *values)


ONE, TWO = samples(1, 2, 0, 3), samples(4, 5)
HISS = Pcm(samples(*(9000, -9000) * 8000), 16_000)


@pytest.mark.parametrize(
    "pulled",
    [
        [ONE, TWO],
        [samples(1, 2), samples(0, 0), samples(0, 3, 4, 5)],
        [samples(0, 1, 0, 2), samples(3, 0, 4), samples(5, 0, 0)],
    ],
)
def test_silence_may_be_anywhere(pulled: list[bytes]) -> None:
    assert unlike(pulled, [ONE, TWO]) is None


@pytest.mark.parametrize(
    ("pulled", "told"),
    [
        ([ONE], "only 3 of 5 samples were played"),
        ([ONE, TWO, TWO], "7 samples were played, not 5"),
        ([TWO, ONE], "from sample 0 of 5 on, something else was played"),
        (
            [samples(1, 2, 2, 3), TWO],
            "from sample 2 of 5 on, something else was played",
        ),
        ([samples(1, 3), TWO], "from sample 1 of 5 on, something else was played"),
    ],
)
def test_a_sample_that_is_missing_or_comes_twice_is_told(
    pulled: list[bytes], told: str
) -> None:
    assert unlike(pulled, [ONE, TWO]) == told


def test_the_first_sound_may_end_as_many_samples_early_as_times_are_inexact() -> None:
    assert unlike([samples(1, 2), TWO], [ONE, TWO], slack=1) is None
    assert unlike([samples(1), TWO], [ONE, TWO], slack=1) is not None
    assert unlike([ONE, samples(4)], [ONE, TWO], slack=1) is not None


def test_the_sounds_are_as_long_as_they_say() -> None:
    short = Pcm(HISS.data[:9600], 16_000)

    assert cough().duration_ms == COUGH_MS
    assert mhm(HISS).duration_ms == MHM_MS
    assert interruption(short).duration_ms >= INTERRUPTION_MS
    assert interruption(HISS) == HISS


def test_the_loudest_part_of_an_utterance_is_the_mhm() -> None:
    quiet = Pcm.silence(500, 16_000)

    assert mhm(quiet + HISS + quiet).data == HISS.data[: MHM_MS * 32]


def test_what_is_loud_is_taken_for_speech() -> None:
    detector = LoudVad().load(16_000)
    window = detector.window_frames * 2

    assert detector.probability(HISS.data[:window]) == 1.0
    assert detector.probability(cough().data[:window]) == 1.0
    assert detector.probability(bytes(window)) == 0.0
