import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.pcm import Framer, Pcm
from realtime_run.core.resample import Resampler

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])


def tone(hz: float, rate_hz: int, seconds: float = 0.5) -> Pcm:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return Pcm.of((12_000 * np.sin(2 * np.pi * hz * at)).astype(np.int16), rate_hz)


def frequency(pcm: Pcm) -> float:
    samples = pcm.samples()[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * pcm.rate_hz / len(samples))


def test_numpy_and_bytes_make_the_same() -> None:
    samples = np.array([1, -2, 3], dtype=np.int16)

    assert Pcm.of(samples, 8_000) == Pcm(b"\x01\x00\xfe\xff\x03\x00", 8_000)


def test_an_array_of_two_dimensions_says_its_channels() -> None:
    stereo = np.array([[1, 2], [3, 4]], dtype=np.int16)

    pcm = Pcm.of(stereo, 8_000)

    assert (pcm.channels, pcm.frames) == (2, 2)
    assert pcm.samples().tolist() == [[1, 2], [3, 4]]


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        Pcm.of(np.zeros(3), 8_000)  # type: ignore[arg-type]  # that is the point


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        Pcm(b"abc", 8_000)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive"):
        Pcm(b"", 0)


def test_duration_counts_frames_not_samples() -> None:
    assert Pcm(bytes(4 * 8_000), 16_000, channels=2).duration_ms == 500


@given(RATES, RATES)
def test_resampling_keeps_the_duration_and_the_tone(source: int, target: int) -> None:
    resampled = tone(440, source).resample(target)

    assert resampled.rate_hz == target
    assert resampled.frames == round(int(source * 0.5) * target / source)
    assert abs(frequency(resampled) - 440) < 5


def test_stereo_becomes_mono_by_averaging() -> None:
    left_only = np.zeros((1600, 2), dtype=np.int16)
    left_only[:, 0] = 1000

    mono = Pcm.of(left_only, 16_000).resample(16_000, channels=1)

    assert abs(int(mono.samples()[800, 0]) - 500) <= 1


def test_resampling_to_the_same_rate_is_the_same_object() -> None:
    pcm = tone(440, 16_000)

    assert pcm.resample(16_000) is pcm


def test_a_stream_in_pieces_gives_the_samples_of_the_whole() -> None:
    whole = tone(440, 16_000)
    resampler = Resampler(24_000)
    step = 2 * 320

    pieces = [
        resampler.push(Pcm(whole.data[at : at + step], 16_000)).data
        for at in range(0, len(whole.data), step)
    ]
    streamed = b"".join(pieces) + resampler.flush().data

    assert streamed[: 2 * 12_000] == whole.resample(24_000).data


def test_a_resampler_holds_back_at_most_two_milliseconds() -> None:
    resampler = Resampler(24_000)

    out = resampler.push(Pcm.silence(20, 16_000))

    assert out.duration_ms >= 18


def test_a_stream_that_changes_its_rate_is_refused() -> None:
    resampler = Resampler(24_000)
    resampler.push(Pcm.silence(20, 16_000))

    with pytest.raises(ValueError, match="changed"):
        resampler.push(Pcm.silence(20, 8_000))


@given(st.lists(st.binary(max_size=1000).filter(lambda b: len(b) % 2 == 0)))
def test_frames_are_whole_and_nothing_is_lost(pieces: list[bytes]) -> None:
    framer = Framer(16_000)

    frames = [frame for piece in pieces for frame in framer.push(Pcm(piece, 16_000))]

    assert all(frame.duration_ms == 20 for frame in frames)
    rest = framer.flush().data
    assert b"".join(frame.data for frame in frames) + rest == b"".join(pieces)
