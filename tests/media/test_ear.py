import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm
from realtime_run.core.turn_inputs import VoiceHeard
from realtime_run.media.ear import HANG_OVER_MS, Ear
from realtime_run.plugin.threads import run_in_thread
from realtime_run.plugin.voice import VoiceDetector

RATE_HZ = 16_000


class Loudest:
    """Takes the loudest sample of 32 ms for the probability, in units of 10000."""

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self.rate_hz = rate_hz
        self.window_frames = rate_hz * 32 // 1000

    def probability(self, window: bytes) -> float:
        return max(struct.unpack(f"<{len(window) // 2}h", window)) / 10_000


class LoudestAt16:
    threshold = 0.5

    def load(self, rate_hz: int) -> VoiceDetector:
        del rate_hz
        return Loudest()


def sound(value: int, duration_ms: float, rate_hz: int = RATE_HZ) -> Pcm:
    frames = round(duration_ms * rate_hz / 1000)
    return Pcm(struct.pack("<h", value) * frames, rate_hz)


def windows(*values: int) -> Pcm:
    return Pcm(b"".join(sound(value, 32).data for value in values), RATE_HZ)


def silence(since_ms: int, lasting_ms: int) -> VoiceHeard:
    return VoiceHeard(voice=False, since_ms=since_ms, lasting_ms=lasting_ms)


def speech(since_ms: int, lasting_ms: int) -> VoiceHeard:
    return VoiceHeard(voice=True, since_ms=since_ms, lasting_ms=lasting_ms)


def ear(rate_hz: int = RATE_HZ) -> Ear:
    return Ear(Loudest(), 0.5, rate_hz=rate_hz)


def test_the_first_window_of_speech_begins_a_voice() -> None:
    heard = list(ear().hear(windows(0, 0, 9000, 9000)))

    assert heard == [silence(0, 32), silence(0, 64), speech(64, 32), speech(64, 64)]


def test_a_cough_never_lasts_longer_than_it_was_heard() -> None:
    heard = list(ear().hear(windows(0, 0, *[9000] * 4, *[0] * 8)))

    assert heard[2:12] == [
        *(speech(64, ms) for ms in (32, 64, 96, 128)),
        *[speech(64, 128)] * 6,
    ]
    assert heard[12:] == [silence(192, 224), silence(192, 256)]


def test_a_window_below_the_threshold_but_not_by_much_is_no_silence() -> None:
    heard = list(ear().hear(windows(9000, *[4000] * 20)))

    assert heard == [speech(0, 32)] * 21


def test_a_new_voice_begins_after_the_silence() -> None:
    heard = list(ear().hear(windows(9000, *[0] * 7, 9000)))

    assert heard[-2:] == [silence(32, 224), speech(256, 32)]


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_the_same_audio_is_heard_alike_in_whatever_pieces(cuts: list[int]) -> None:
    whole = windows(0, 9000, 4000, 0, 0, 0, 0, 0, 0, 0, 9000)
    in_pieces, at = ear(), 0

    heard: list[VoiceHeard] = []
    for size in [*cuts, whole.frames]:
        piece = Pcm(whole.data[2 * at : 2 * (at + size)], RATE_HZ)
        heard += in_pieces.hear(piece)
        at += size

    assert heard == list(ear().hear(whole))
    assert in_pieces.position_ms == 11 * 32


@given(st.lists(st.sampled_from([0, 4000, 9000]), max_size=60))
def test_what_is_heard_follows_from_the_speech_alone(values: list[int]) -> None:
    heard = list(ear().hear(windows(*values)))

    for at, one in enumerate(heard, start=1):
        spoken = [n for n in range(at) if values[n] == 9000]
        end_ms = (spoken[-1] + 1) * 32 if spoken else 0
        if one.voice:
            assert values[one.since_ms // 32] == 9000
            assert one.since_ms + one.lasting_ms == end_ms
        else:
            assert one.since_ms == end_ms
            assert one.since_ms + one.lasting_ms == at * 32
            assert not spoken or one.lasting_ms >= HANG_OVER_MS


def test_what_does_not_fill_a_window_counts_for_the_position() -> None:
    listening = ear()

    heard = list(listening.hear(sound(0, 20)))

    assert (heard, listening.position_ms) == ([], 20)


def test_what_nobody_asked_for_is_told_the_next_time() -> None:
    listening = ear()
    listening.hear(windows(0))

    heard = list(listening.hear(windows(9000)))

    assert heard == [silence(0, 32), speech(32, 32)]


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 32_000, 48_000])
def test_a_simple_multiple_of_the_rate_has_the_same_positions(rate_hz: int) -> None:
    parts = (sound(0, 64, rate_hz), sound(9000, 96, rate_hz), sound(0, 320, rate_hz))
    listening = ear(rate_hz)

    heard = [one for part in parts for one in listening.hear(part)]

    assert heard[4] == speech(64, 96)
    assert heard[-1] == silence(160, 320)
    assert listening.position_ms == 480


def test_any_other_rate_is_heard_within_a_window() -> None:
    parts = (sound(0, 64, 44_100), sound(9000, 96, 44_100), sound(0, 640, 44_100))
    listening = ear(44_100)

    heard = [one for part in parts for one in listening.hear(part)]

    (since_ms,) = {one.since_ms for one in heard if one.voice}
    assert since_ms in (32, 64)
    assert 96 <= max(one.lasting_ms for one in heard if one.voice) <= 128
    assert not heard[-1].voice
    assert listening.position_ms == 800


def test_windows_of_no_whole_milliseconds_keep_the_time() -> None:
    class Odd(Loudest):
        """Its windows last 11.61 ms."""

        def __init__(self) -> None:
            self.rate_hz = 44_100
            self.window_frames = 512

    listening = Ear(Odd(), 0.5, rate_hz=44_100)

    *_, last = listening.hear(sound(0, 60_000, 44_100))

    assert last == silence(0, round(5167 * 512 * 1000 / 44_100))


def test_another_rate_than_promised_is_refused() -> None:
    with pytest.raises(ValueError, match="expected mono at 16000 Hz"):
        ear().hear(sound(0, 20, 8_000))


LOADED = """
import sys
from realtime_run.media.ear import Ear

class Vad:
    threshold = 0.5
    rate_hz = 16_000
    window_frames = 512

    def load(self, rate_hz):
        return self

for rate_hz in (16_000, 48_000, 24_000, 44_100):
    Ear.load(Vad(), rate_hz)
    print(rate_hz, "av.audio.resampler" in sys.modules)
"""


def test_loading_an_ear_imports_ffmpeg_if_it_will_be_needed_and_only_then() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout == ("16000 False\n48000 False\n24000 False\n44100 True\n")


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
async def test_an_ear_that_was_loaded_in_a_thread_does_not_block(rate_hz: int) -> None:
    listening = await run_in_thread(Ear.load, LoudestAt16(), rate_hz)

    heard = list(listening.hear(sound(9000, 320, rate_hz)))

    assert heard[0] == speech(0, 32)
    assert all(one.voice for one in heard)


class Fails:
    threshold = 0.5
    rate_hz = RATE_HZ
    window_frames = 512

    def load(self, rate_hz: int) -> VoiceDetector:
        message = f"no model for {rate_hz}"
        raise KeyError(message)

    def probability(self, window: bytes) -> float:
        message = f"{len(window)} bytes"
        raise ValueError(message)


def test_a_detector_that_fails_is_named() -> None:
    deaf = Ear(Fails(), 0.5, rate_hz=RATE_HZ)
    expected = r"^the vad's Fails failed: ValueError: 1024 bytes$"

    with pytest.raises(AudioError, match=expected):
        list(deaf.hear(windows(0)))


def test_a_detector_that_does_not_load_is_named() -> None:
    expected = r"^the vad's Fails does not load: KeyError: 'no model for 16000'$"

    with pytest.raises(AudioError, match=expected):
        Ear.load(Fails(), RATE_HZ)
