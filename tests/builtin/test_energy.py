import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_run.builtin.energy_vad import EnergyDetector, EnergyVad
from realtime_run.builtin.vad_settings import EnergySettings
from realtime_run.core.pcm import FRAME_MS, Framer, Pcm
from realtime_run.media.ear import Ear
from realtime_run.plugin.host import Host
from realtime_run.testing.noises import cough, fan, hiss, keys, louder

RECORDINGS = Path(__file__).parents[2] / "configs" / "recordings"
RATES = (8_000, 16_000, 24_000, 44_100, 48_000)
MIN_SPEECH_MS = 250
"""What `barge_in: polite` asks of an interruption."""


def voices(*parts: Pcm, threshold: float = 10.0) -> list[tuple[int, int]]:
    """Return where each voice began, and how long it lasted."""
    rate_hz = parts[0].rate_hz
    vad = EnergyVad(EnergySettings(threshold=threshold))
    ear = Ear.load(vad, rate_hz)
    found: dict[int, int] = {}
    for frame in Framer(rate_hz).push(Pcm(b"".join(p.data for p in parts), rate_hz)):
        for heard in ear.hear(frame):
            if heard.voice:
                found[heard.since_ms] = heard.lasting_ms
    return list(found.items())


def spoken(name: str, rate_hz: int) -> Pcm:
    with wave.open(str(RECORDINGS / name)) as sound:
        pcm = Pcm(sound.readframes(sound.getnframes()), sound.getframerate())
    return pcm.resample(rate_hz)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("gain_db", [0, -10, -20])
@pytest.mark.parametrize(
    ("name", "first_ms", "last_ms"),
    # Where the first sound begins, and where it is as loud as it gets: "five" rises.
    [("ten_of_clubs.wav", 160, 200), ("five_five.wav", 100, 260)],
)
def test_speech_is_heard_at_once_whether_loud_or_quiet(
    name: str, first_ms: int, last_ms: int, gain_db: float, rate_hz: int
) -> None:
    speech = louder(spoken(name, rate_hz), gain_db)

    found = voices(Pcm.silence(1000, rate_hz), speech, Pcm.silence(500, rate_hz))

    assert first_ms <= found[0][0] - 1000 <= last_ms
    assert max(lasting_ms for _, lasting_ms in found) > MIN_SPEECH_MS


def test_a_real_speaker_is_heard(shared: Path) -> None:
    data = (shared / "recordings" / "speech_24khz.pcm").read_bytes()

    found = voices(Pcm(data, 24_000))

    words = [since_ms for since_ms, ms in found if ms > MIN_SPEECH_MS]
    assert 1600 <= words[0] <= 1800
    assert sum(lasting_ms for _, lasting_ms in found) > 1500


@pytest.mark.parametrize("rate_hz", RATES)
def test_digital_silence_is_no_speech_nor_is_a_muted_microphone(rate_hz: int) -> None:
    assert voices(Pcm.silence(3000, rate_hz), hiss(rate_hz, 3000, -85)) == []


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_fan_that_always_ran_is_no_speech(rate_hz: int) -> None:
    assert voices(fan(rate_hz, 5000, -40)) == []


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("noise", [fan, hiss])
def test_noise_that_begins_is_speech_for_a_moment_only(
    noise: Callable[[int, int, float], Pcm], rate_hz: int
) -> None:
    found = voices(hiss(rate_hz, 2000, -72), noise(rate_hz, 4000, -35))

    assert [since_ms for since_ms, _ in found] in ([], [2000])
    assert all(lasting_ms < MIN_SPEECH_MS for _, lasting_ms in found)


@pytest.mark.parametrize("rate_hz", RATES)
def test_speech_is_heard_above_a_fan(rate_hz: int) -> None:
    speech = spoken("ten_of_clubs.wav", rate_hz)
    noise = fan(rate_hz, 4000, -45)
    before = Pcm.silence(2000, rate_hz) + speech
    both = (
        before.samples()[:, 0].astype(int)
        + noise.samples()[: before.frames, 0].astype(int)
    ).clip(-32768, 32767)

    found = voices(Pcm.of(both.astype("<i2"), rate_hz))

    assert 2100 <= found[0][0] <= 2300


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_cough_lasts_as_long_as_it_did(rate_hz: int) -> None:
    quiet = hiss(rate_hz, 1000, -70)

    assert voices(quiet, cough(rate_hz, -25), quiet) == [(1000, 120)]


def test_keys_are_speech_to_it() -> None:
    sound, count = keys(16_000, 10_000, -8)

    assert count > 30
    assert voices(sound) != []


def test_an_offset_of_the_microphone_is_no_sound() -> None:
    speech = louder(spoken("ten_of_clubs.wav", 16_000), -20)
    with_offset = speech.samples()[:, 0] + 1000

    found = voices(
        Pcm.of((hiss(16_000, 1000, -72).samples()[:, 0] + 1000), 16_000),
        Pcm.of(with_offset, 16_000),
    )

    assert 1150 <= found[0][0] <= 1300


def test_a_higher_threshold_needs_louder_speech() -> None:
    sounds = (hiss(16_000, 1000, -60), hiss(16_000, 100, -45))

    assert voices(*sounds, threshold=10) == [(1000, 100)]
    assert voices(*sounds, threshold=20) == []


def test_after_a_loud_noise_the_room_is_as_quiet_as_before() -> None:
    detector = EnergyDetector(16_000, 10)
    for sound in (fan(16_000, 3000, -30), hiss(16_000, FRAME_MS, -60)):
        for frame in Framer(16_000).push(sound):
            detector.probability(frame.data)

    assert detector.noise_db == pytest.approx(-60, abs=1)


def test_a_room_that_grew_louder_and_never_steady_is_known_after_a_while() -> None:
    detector = EnergyDetector(16_000, 10)
    restless = [hiss(16_000, FRAME_MS, level_db) for level_db in (-40, -50)] * 50
    for sound in (hiss(16_000, 1000, -70), *restless):
        for frame in Framer(16_000).push(sound):
            detector.probability(frame.data)

    assert detector.noise_db == pytest.approx(-50, abs=1)


def test_a_rustle_in_a_silent_room_is_no_speech() -> None:
    assert voices(hiss(16_000, 2000, -73), hiss(16_000, 100, -58)) == []


@settings(max_examples=30)
@given(st.lists(st.binary(min_size=320, max_size=320), max_size=20))
def test_whatever_is_heard_has_a_probability(windows: list[bytes]) -> None:
    detector = EnergyDetector(8_000, 10)

    assert all(0 <= detector.probability(window) <= 1 for window in windows)


def test_it_is_what_vad_energy_names() -> None:
    offer = Host().offer("vad", "energy")

    vad = offer.make(offer.settings())

    assert (vad.threshold, vad.load(24_000).rate_hz) == (0.5, 24_000)
