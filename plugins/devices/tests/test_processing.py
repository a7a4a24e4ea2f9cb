"""What is asked for is done with the microphone's sound, and nothing else."""

import subprocess
import sys
from array import array
from itertools import pairwise
from math import log10, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.errors import AudioError
from realtime_run.core.pcm import Pcm
from realtime_run_devices import echo_cancellation
from realtime_run_devices.processing import Processing, make_processing

HZ = 24_000
FRAME = HZ // 100 * 2
GAIN = 0.5


def processing(*, input_hz: int = HZ, output_hz: int = HZ, **asked: bool) -> Processing:
    all_ = {"echo_cancellation": False, "noise_suppression": False}
    return make_processing(
        **({"half_duplex": False} | all_ | asked),
        input_hz=input_hz,
        output_hz=output_hz,
    )


@pytest.fixture(scope="module")
def speech(shared: Path) -> bytes:
    return (shared / "recordings" / "speech_24khz.pcm").read_bytes()[: 4 * HZ * 2]


def echo_of(far: bytes, delay_ms: int) -> bytes:
    quieter = array("h", [int(s * GAIN) for s in array("h", far)]).tobytes()
    return (bytes(HZ * delay_ms // 1000 * 2) + quieter)[: len(far)]


def level_db(samples: bytes) -> float:
    frames = array("h", samples)
    return 20 * log10(max(1e-9, sqrt(sum(s * s for s in frames) / len(frames))))


def heard(ear: Processing, far: bytes, near: bytes, width: int = FRAME) -> bytes:
    parts: list[bytes] = []
    for at in range(0, len(far), width):
        ear.far(far[at : at + width])
        parts.append(ear.near(near[at : at + width]))
    return b"".join(parts)


def test_with_nothing_asked_for_the_same_bytes_come_through() -> None:
    ear = processing()
    samples = bytes(range(6))

    ear.far(samples)

    assert ear.near(samples) is samples


def test_nothing_loads_the_library_that_was_not_asked_for() -> None:
    script = (
        "import sys; from realtime_run_devices.processing import make_processing;"
        "make_processing(echo_cancellation=False, noise_suppression=False,"
        " half_duplex=True, input_hz=16000, output_hz=24000);"
        "print(sorted({'livekit', 'numpy', 'asyncio'} & set(sys.modules)))"
    )

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert said.stdout == "[]\n"


@pytest.mark.parametrize("delay_ms", [20, 150])
def test_the_agents_voice_is_taken_out_of_the_microphone(
    speech: bytes, delay_ms: int
) -> None:
    ear = processing(echo_cancellation=True)
    echo = echo_of(speech, delay_ms)

    clean = heard(ear, speech, echo)

    learned = 3 * HZ * 2
    assert level_db(echo[learned:]) - level_db(clean[learned:]) > 30


def test_the_microphone_and_the_speaker_may_have_other_rates(speech: bytes) -> None:
    ear = processing(echo_cancellation=True, input_hz=16_000)
    near = Pcm(echo_of(speech, 40), HZ).resample(16_000).data
    parts: list[bytes] = []

    for at in range(400):
        ear.far(speech[at * 480 : (at + 1) * 480])
        parts.append(ear.near(near[at * 320 : (at + 1) * 320]))

    learned = 3 * 16_000 * 2
    assert level_db(near[learned:]) - level_db(b"".join(parts)[learned:]) > 30


def test_the_users_voice_comes_through_while_the_agent_is_silent(speech: bytes) -> None:
    ear = processing(echo_cancellation=True)

    clean = heard(ear, bytes(len(speech)), speech)

    assert abs(level_db(clean) - level_db(speech)) < 1


def test_the_users_voice_comes_through_while_the_agent_speaks(speech: bytes) -> None:
    ear = processing(echo_cancellation=True)
    half = len(speech) // 2
    user = bytes(half) + speech[:half]
    echo = echo_of(speech, 40)
    both = array(
        "h",
        [
            max(-32_768, min(32_767, a + b))
            for a, b in zip(array("h", echo), array("h", user), strict=True)
        ],
    ).tobytes()

    clean = heard(ear, speech, both)

    assert level_db(user[half:]) - level_db(clean[half:]) < 12


def test_steady_noise_is_taken_out() -> None:
    state = 1
    noise = array("h")
    for _ in range(2 * HZ):
        state = (state * 1_103_515_245 + 12_345) % 2**31
        noise.append(state // 2**20 - 1024)
    ear = processing(noise_suppression=True)

    clean = heard(ear, bytes(len(noise) * 2), noise.tobytes())

    assert level_db(noise.tobytes()) - level_db(clean[HZ * 2 :]) > 10


@given(cuts=st.lists(st.integers(1, 4799), max_size=12))
def test_how_the_microphone_is_cut_changes_nothing(cuts: list[int]) -> None:
    near = array("h", [(at * 37) % 4000 - 2000 for at in range(4800)]).tobytes()
    whole = processing(noise_suppression=True).near(near)
    ear = processing(noise_suppression=True)
    edges = [0, *sorted(2 * cut for cut in cuts), len(near)]

    pieces = [ear.near(near[begin:end]) for begin, end in pairwise(edges)]

    assert len(whole) == len(near)
    assert b"".join(pieces) == whole


def test_a_rest_of_less_than_ten_milliseconds_comes_with_the_next_samples() -> None:
    ear = processing(noise_suppression=True)

    first = ear.near(bytes(FRAME + 100))
    second = ear.near(bytes(FRAME - 100))

    assert (len(first), len(second)) == (FRAME, FRAME)


def test_the_gate_hides_what_the_echo_canceller_leaves() -> None:
    ear = processing(echo_cancellation=True, half_duplex=True)
    buzz = array("h", [8000 if at // 40 % 2 else -8000 for at in range(HZ)]).tobytes()

    clean = heard(ear, buzz, echo_of(buzz, 40))

    assert clean == bytes(len(buzz))


def test_a_delay_is_kept_within_what_the_library_believes() -> None:
    ear = processing(echo_cancellation=True, half_duplex=True)
    seen: list[int] = []

    for delay_ms in (-1, 0, 40, 9999):
        ear.delay_ms = delay_ms
        seen.append(ear.delay_ms)

    assert seen == [0, 0, 40, 500]


def test_a_microphones_rate_that_ten_milliseconds_do_not_divide_is_refused() -> None:
    with pytest.raises(AudioError, match=r"22050 Hz.*write another input_rate"):
        processing(echo_cancellation=True, input_hz=22_050)


def test_a_voice_of_such_a_rate_is_taken_out_all_the_same(speech: bytes) -> None:
    ear = processing(echo_cancellation=True, output_hz=22_050)
    far = Pcm(speech, HZ).resample(22_050).data
    echo = echo_of(speech, 40)
    parts: list[bytes] = []

    for at in range(200):
        ear.far(far[at * 882 : (at + 1) * 882])
        parts.append(ear.near(echo[at * 960 : (at + 1) * 960]))

    learned = 3 * HZ * 2
    assert level_db(echo[learned:]) - level_db(b"".join(parts)[learned:]) > 30


@pytest.fixture
def without_livekit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.rtc.apm", None)
    monkeypatch.setitem(sys.modules, "livekit", None)


@pytest.mark.usefixtures("without_livekit")
@pytest.mark.parametrize("asked", ["echo_cancellation", "noise_suppression"])
def test_without_the_library_the_error_names_the_extra(asked: str) -> None:
    with pytest.raises(AudioError, match=r"realtime-run\[aec\]") as caught:
        processing(**{asked: True})

    assert "half_duplex" in str(caught.value)


@pytest.mark.usefixtures("without_livekit")
def test_without_the_library_half_duplex_works() -> None:
    ear = processing(half_duplex=True)

    ear.far(b"\xff\x7f" * 10)

    assert ear.near(b"\x01\x02" * 10) == bytes(20)


def test_the_library_is_known_to_be_there() -> None:
    assert echo_cancellation.is_installed()


@pytest.mark.usefixtures("without_livekit")
def test_it_is_known_to_be_absent_without_loading_it() -> None:
    assert not echo_cancellation.is_installed()
