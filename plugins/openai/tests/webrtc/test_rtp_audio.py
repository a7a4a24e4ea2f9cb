"""Which sound belongs to which response."""

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_run_openai.rtp_audio import (
    HELD_FRAMES,
    TAIL_FRAMES,
    LabelledFrame,
    RtpAudio,
)

SILENCE = bytes(1920)
Step: TypeAlias = tuple[str, str]


def voice(n: int) -> bytes:
    """A frame that differs from every other."""
    return np.full(960, 1000 + n, "<i2").tobytes()


def play(audio: RtpAudio, frames: list[bytes], begin_s: float = 0.0) -> list[str]:
    found: list[str] = []
    for n, pcm in enumerate(frames):
        labelled = audio.frame(pcm, begin_s + n * 0.02)
        found += [frame.response_id for frame in labelled] or ["-"]
    return found


def test_sound_between_started_and_stopped_is_the_response_s() -> None:
    audio = RtpAudio()

    before = play(audio, [SILENCE] * 3)
    early = audio.started("r1")
    during = play(audio, [voice(0), SILENCE, voice(1)])

    assert (before, early) == (["-"] * 3, ())
    assert during == ["r1"] * 3


def test_sound_that_overtook_the_message_is_kept_for_it() -> None:
    audio = RtpAudio()
    play(audio, [voice(0), SILENCE, voice(1), voice(2)])

    early = audio.started("r1")

    assert early == (LabelledFrame("r1", voice(1)), LabelledFrame("r1", voice(2)))


def test_no_more_than_a_second_of_unclaimed_sound_is_kept() -> None:
    audio = RtpAudio()
    play(audio, [voice(n) for n in range(80)])

    early = audio.started("r1")

    assert [frame.pcm for frame in early] == [voice(n) for n in range(30, 80)]


def test_what_was_on_its_way_when_a_response_stopped_is_let_through() -> None:
    audio = RtpAudio()
    audio.started("r1")
    play(audio, [voice(0)])

    audio.stopped("r1")
    after = play(audio, [voice(n) for n in range(20)])

    assert after == ["r1"] * TAIL_FRAMES + ["-"] * (20 - TAIL_FRAMES)


def test_a_tail_ends_with_silence_and_not_with_a_pause_within_a_word() -> None:
    audio = RtpAudio()
    audio.started("r1")
    audio.stopped("r1")

    after = play(audio, [voice(0), SILENCE, SILENCE, voice(1), *[SILENCE] * 6])

    assert after == ["r1"] * 8 + ["-"] * 2
    assert audio.tail_of is None


def test_nothing_of_an_interrupted_response_is_let_through() -> None:
    audio = RtpAudio()
    audio.started("r1")
    play(audio, [voice(0)])

    audio.cleared("r1")
    after = play(audio, [voice(n) for n in range(5)])

    assert after == ["-"] * 5


def test_an_interruption_drops_the_tail_too() -> None:
    audio = RtpAudio()
    audio.started("r1")
    audio.stopped("r1")

    audio.cleared("r1")
    after = play(audio, [voice(n) for n in range(5)])

    assert after == ["-"] * 5


def test_what_the_jitter_buffer_held_of_an_interrupted_response_is_not_the_next_s() -> (
    None
):
    audio = RtpAudio()
    audio.started("r1")
    audio.cleared("r1")

    audio.started("r2")
    after = play(audio, [voice(n) for n in range(HELD_FRAMES + 2)])

    assert after == ["-"] * HELD_FRAMES + ["r2"] * 2


def test_after_a_pause_of_the_sender_only_what_was_held_back_is_the_old_s() -> None:
    audio = RtpAudio()
    audio.started("r1")
    play(audio, [voice(0)])
    audio.cleared("r1")

    before = play(audio, [voice(1)], begin_s=0.02)
    later = play(audio, [voice(n) for n in range(HELD_FRAMES)], begin_s=5.0)
    early = audio.started("r2")
    own = play(audio, [voice(9)], begin_s=5.1)

    assert before + later == ["-"] * (1 + HELD_FRAMES)
    assert (early, own) == ((), ["r2"])


def test_a_tail_whose_time_is_over_is_dropped_when_it_comes_after_all() -> None:
    audio = RtpAudio()
    audio.started("r1")
    play(audio, [voice(0)])
    audio.stopped("r1")

    audio.end_tail()
    audio.started("r2")
    after = play(audio, [voice(n) for n in range(HELD_FRAMES + 1)], begin_s=3.0)

    assert after == ["-"] * HELD_FRAMES + ["r2"]


def test_a_response_that_begins_without_an_end_of_the_one_before_replaces_it() -> None:
    audio = RtpAudio()
    audio.started("r1")

    audio.started("r2")
    after = play(audio, [voice(n) for n in range(HELD_FRAMES + 1)])

    assert after == ["-"] * HELD_FRAMES + ["r2"]


@pytest.mark.parametrize("end", ["stopped", "cleared"])
def test_the_end_of_another_response_ends_nothing(end: str) -> None:
    audio = RtpAudio()
    audio.started("r2")

    getattr(audio, end)("r1")

    assert play(audio, [voice(0)]) == ["r2"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("voice"), st.just("")),
        st.tuples(st.just("silence"), st.just("")),
        st.tuples(
            st.sampled_from(["started", "stopped", "cleared"]),
            st.sampled_from(["r1", "r2", "r3"]),
        ),
        st.tuples(st.just("end_tail"), st.just("")),
    ),
    max_size=120,
)


GAPS = st.lists(st.sampled_from([0.001, 0.02, 0.5]), min_size=1)


def run(steps: list[Step], gaps: list[float]) -> list[tuple[int, LabelledFrame]]:
    """Perform the steps; return what came out, and at which step."""
    audio, at_s = RtpAudio(), 0.0
    emitted: list[tuple[int, LabelledFrame]] = []
    for n, (kind, response_id) in enumerate(steps):
        at_s += gaps[n % len(gaps)]
        if kind in {"voice", "silence"}:
            pcm = voice(n) if kind == "voice" else SILENCE
            frames = audio.frame(pcm, at_s)
        elif kind == "end_tail":
            audio.end_tail()
            frames = ()
        else:
            frames = getattr(audio, kind)(response_id) or ()
        emitted += [(n, frame) for frame in frames]
    return emitted


@given(STEPS, GAPS)
def test_sound_is_neither_doubled_nor_reordered(
    steps: list[Step], gaps: list[float]
) -> None:
    emitted = run(steps, gaps)

    origins = [
        int(np.frombuffer(frame.pcm, "<i2")[0]) - 1000
        for _, frame in emitted
        if frame.pcm != SILENCE
    ]
    assert origins == sorted(set(origins))


@given(STEPS, GAPS)
def test_an_interrupted_response_is_not_heard_again_until_it_is_started_again(
    steps: list[Step], gaps: list[float]
) -> None:
    emitted = run(steps, gaps)

    for n, frame in emitted:
        before = [kind for kind, of in steps[: n + 1] if of == frame.response_id]
        assert before
        assert before[-1] != "cleared"


@given(STEPS, GAPS)
def test_sound_after_the_end_of_a_response_is_a_tail_s_at_most(
    steps: list[Step], gaps: list[float]
) -> None:
    emitted = run(steps, gaps)

    late = [
        frame
        for n, frame in emitted
        if steps[max(i for i, step in enumerate(steps[: n + 1]) if step[1])][0]
        == "stopped"
    ]
    stops = sum(kind == "stopped" for kind, _ in steps)
    assert len(late) <= stops * TAIL_FRAMES
