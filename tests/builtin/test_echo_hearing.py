import struct
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.builtin.echo_answers import RATE_HZ
from realtime_run.builtin.echo_hearing import HeardTurn, Hearing
from realtime_run.core.pcm import Pcm
from realtime_run.core.voice import VoiceBegan

FRAME = RATE_HZ // 50
LOUD, QUIET = 3000, 3


def sound(*runs: tuple[int, int]) -> Iterator[Pcm]:
    """Give frames of 20 ms, so many of each amplitude."""
    for amplitude, frames in runs:
        wave = struct.pack("<2h", amplitude, -amplitude) * (FRAME // 2)
        yield from (Pcm(wave, RATE_HZ) for _ in range(frames))


def heard(
    *runs: tuple[int, int], silence_s: float = 0.4
) -> list[tuple[str, int, int, int]]:
    """Return what was heard: when it began; or when it ended, how long, and frames."""
    hearing = Hearing(silence_s)
    found: list[tuple[str, int, int, int]] = []
    for pcm in sound(*runs):
        for change in hearing.hear(pcm):
            match change:
                case VoiceBegan(at_ms=at_ms):
                    found.append(("began", at_ms, 0, 0))
                case HeardTurn(end_ms=end_ms, spoken_ms=spoken_ms, audio=audio):
                    frames = len(audio) // (2 * FRAME)
                    found.append(("turn", end_ms, spoken_ms, frames))
    return found


def test_a_turn_begins_and_ends_where_the_sound_did() -> None:
    assert heard((QUIET, 30), (LOUD, 50), (QUIET, 40)) == [
        ("began", 600, 0, 0),
        ("turn", 1600, 1000, 10 + 50 + 5),
    ]


def test_a_click_is_no_turn() -> None:
    assert heard((QUIET, 10), (LOUD, 2), (QUIET, 40)) == []


def test_a_pause_shorter_than_the_silence_is_part_of_the_turn() -> None:
    assert heard((LOUD, 20), (QUIET, 19), (LOUD, 20), (QUIET, 20)) == [
        ("began", 0, 0, 0),
        ("turn", 1180, 1180, 59 + 5),
    ]


def test_a_turn_without_end_is_ended_after_a_minute() -> None:
    assert heard((LOUD, 3000))[1] == ("turn", 60_000, 60_000, 3000)


def test_what_was_said_comes_back_with_the_quiet_around_it() -> None:
    hearing = Hearing(0.1)
    quiet = struct.pack("<2h", QUIET, -QUIET) * (FRAME // 2)
    loud = struct.pack("<2h", LOUD, -LOUD) * (FRAME // 2)

    changes = [
        change
        for pcm in sound((QUIET, 30), (LOUD, 5), (QUIET, 30))
        for change in hearing.hear(pcm)
    ]

    assert changes == [
        VoiceBegan(at_ms=600),
        HeardTurn(end_ms=700, spoken_ms=100, audio=quiet * 10 + loud * 5 + quiet * 5),
    ]


@given(st.lists(st.sampled_from([LOUD, QUIET]), max_size=150), st.integers(1, 30))
def test_turns_alternate_and_hold_all_that_was_said(
    amplitudes: list[int], silence_frames: int
) -> None:
    runs = [(amplitude, 1) for amplitude in amplitudes]

    found = heard(*runs, silence_s=silence_frames / 50)

    kinds = [change[0] for change in found]
    pairs, rest = divmod(len(kinds), 2)
    assert kinds == ["began", "turn"] * pairs + ["began"] * rest
    for (_, began_ms, _, _), (_, end_ms, spoken_ms, frames) in zip(
        found[::2], found[1::2], strict=False
    ):
        before = min(10, began_ms // 20)
        after = min(5, silence_frames)
        assert spoken_ms == end_ms - began_ms
        assert frames == before + spoken_ms // 20 + after
