import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_run_devices.probe import below_full_db, echo_of, is_clipped, sweep

RATE_HZ = 16_000
SWEEP = np.frombuffer(sweep(RATE_HZ), "<i2").astype(float)


def room(delay_ms: int, quieter_db: float, noise: float = 0.0) -> bytes:
    """Return what a microphone hears in a room with one echo."""
    heard = np.random.default_rng(3).normal(0, 1, RATE_HZ * 3 // 2) * noise
    at = RATE_HZ * delay_ms // 1000
    heard[at : at + len(SWEEP)] += SWEEP * 10 ** (-quieter_db / 20)
    return heard.round().astype("<i2").tobytes()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 800), st.floats(0, 40))
def test_an_echo_is_found_where_and_as_loud_as_it_is(
    delay_ms: int, quieter_db: float
) -> None:
    echo = echo_of(sweep(RATE_HZ), room(delay_ms, quieter_db, noise=3.0), RATE_HZ)

    assert echo is not None
    assert abs(echo.delay_ms - delay_ms) <= 1
    assert echo.quieter_db == pytest.approx(quieter_db, abs=0.5)


def test_an_echo_below_the_noise_of_the_room_is_found() -> None:
    echo = echo_of(sweep(RATE_HZ), room(120, 40, noise=80), RATE_HZ)

    assert echo is not None
    assert echo.delay_ms == 120


@pytest.mark.parametrize("noise", [0.0, 1.0, 1000.0])
def test_where_nothing_comes_back_there_is_no_echo(noise: float) -> None:
    assert echo_of(sweep(RATE_HZ), room(0, 200, noise), RATE_HZ) is None


def test_a_recording_shorter_than_the_sweep_has_no_echo() -> None:
    assert echo_of(sweep(RATE_HZ), b"\1\0" * 100, RATE_HZ) is None


def test_loudness_is_told_below_full_scale() -> None:
    half = np.full(1000, 16_384, "<i2").tobytes()

    assert below_full_db(half) == 6.0
    assert below_full_db(bytes(2000)) == 120.0
    assert below_full_db(b"") == 120.0


def test_only_a_row_of_full_samples_clips() -> None:
    single, row = np.zeros(99, "<i2"), np.zeros(99, "<i2")
    single[[3, 7, 11]] = 32_767
    row[50:53] = -32_768

    assert not is_clipped(single.tobytes())
    assert is_clipped(row.tobytes())
    assert not is_clipped(b"\xff\x7f")
