"""The microphone is closed while the agent can be heard, to the sample."""

from array import array
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime_run_devices.half_duplex import (
    SILENT,
    TAIL_MS,
    Gate,
    HalfDuplex,
    passed,
    played,
)

HZ = 16_000
TAIL = TAIL_MS * HZ // 1000


def pcm(*samples: int) -> bytes:
    return array("h", samples).tobytes()


def speech(frames: int) -> bytes:
    return pcm(*[1000] * frames)


def through(gate: Gate, far: bytes, near_frames: int) -> list[int]:
    """Which of the microphone's frames come through after the agent played."""
    _, samples = passed(played(gate, far), speech(near_frames))
    return [at for at, sample in enumerate(array("h", samples)) if sample]


def test_the_microphone_is_open_while_the_agent_is_silent() -> None:
    gate = Gate(input_hz=HZ, output_hz=HZ)

    heard = through(gate, bytes(2 * 160), 320)

    assert heard == list(range(320))


def test_the_microphone_opens_a_tail_after_the_last_audible_sample() -> None:
    gate = Gate(input_hz=HZ, output_hz=HZ)

    heard = through(gate, speech(100) + bytes(2 * 60), TAIL + 160)

    assert heard == list(range(TAIL + 100, TAIL + 160))


def test_the_speakers_frames_are_counted_at_its_own_rate() -> None:
    gate = Gate(input_hz=HZ, output_hz=24_000)

    heard = through(gate, speech(240), TAIL + 161)

    assert heard == [TAIL + 160]


def test_a_part_of_a_microphone_frame_rounds_to_closed() -> None:
    gate = Gate(input_hz=HZ, output_hz=48_000)

    heard = through(gate, speech(1), TAIL + 2)

    assert heard == [TAIL + 1]


def test_what_nobody_hears_leaves_the_microphone_open() -> None:
    gate = Gate(input_hz=HZ, output_hz=HZ)

    heard = through(gate, pcm(SILENT, -SILENT), 2)

    assert heard == [0, 1]


def test_one_audible_sample_of_either_sign_closes_it() -> None:
    gate = Gate(input_hz=HZ, output_hz=HZ)

    assert through(gate, pcm(0, SILENT + 1), TAIL + 3) == [TAIL + 2]
    assert through(gate, pcm(0, -32_768), TAIL + 3) == [TAIL + 2]


def test_a_pause_shorter_than_the_tail_stays_closed_to_its_end() -> None:
    gate = played(Gate(input_hz=HZ, output_hz=HZ), speech(160))
    gate, during_the_pause = passed(gate, speech(TAIL))

    heard = through(gate, speech(160), TAIL + 200)

    assert not any(during_the_pause)
    assert heard == list(range(TAIL + 160, TAIL + 200))


def test_less_does_not_open_what_more_has_closed() -> None:
    gate = played(Gate(input_hz=HZ, output_hz=HZ), speech(16_000))

    heard = through(gate, speech(1), TAIL + 16_001)

    assert heard == [TAIL + 16_000]


@given(
    audible=st.integers(0, 500),
    cuts=st.lists(st.integers(1, TAIL + 600), max_size=8),
)
def test_how_the_microphone_is_cut_changes_nothing(
    audible: int, cuts: list[int]
) -> None:
    near = speech(TAIL + 600)
    gate = played(Gate(input_hz=HZ, output_hz=HZ), speech(audible))
    edges = [0, *sorted(2 * cut for cut in cuts), len(near)]

    pieces: list[bytes] = []
    cut_gate = gate
    for begin, end in pairwise(edges):
        cut_gate, piece = passed(cut_gate, near[begin:end])
        pieces.append(piece)

    assert (cut_gate, b"".join(pieces)) == passed(gate, near)


@given(
    far=st.lists(st.integers(-40, 40), max_size=50).map(lambda s: pcm(*s)),
    input_hz=st.sampled_from([8000, 16_000, 24_000, 44_100, 48_000]),
    output_hz=st.sampled_from([8000, 16_000, 24_000, 44_100, 48_000]),
)
def test_it_stays_closed_no_longer_than_the_sound_and_its_tail(
    far: bytes, input_hz: int, output_hz: int
) -> None:
    gate = played(Gate(input_hz=input_hz, output_hz=output_hz), far)

    audible = [n for n, s in enumerate(array("h", far), 1) if abs(s) > SILENT]
    closed_s = Fraction(gate.closed_frames, input_hz) - Fraction(TAIL_MS, 1000)

    if audible:
        late_s = closed_s - Fraction(audible[-1], output_hz)
        assert 0 <= late_s < Fraction(1, input_hz)
    else:
        assert gate.closed_frames == 0


def test_far_and_near_meet_in_one_gate() -> None:
    processing = HalfDuplex(input_hz=HZ, output_hz=HZ)

    before = processing.near(speech(10))
    processing.far(speech(160))
    during = processing.near(speech(TAIL + 160))
    after = processing.near(speech(10))

    assert (before, after) == (speech(10), speech(10))
    assert during == bytes(2 * (TAIL + 160))
