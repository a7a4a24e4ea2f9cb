from hypothesis import given
from hypothesis import strategies as st

from realtime_run.builtin.echo_turns import (
    Gate,
    TurnBegan,
    TurnChange,
    TurnEnded,
    first_needed,
    step,
)

LOUD, QUIET = -20.0, -70.0


def heard(*runs: tuple[float, int], silence_frames: int = 20) -> list[TurnChange]:
    gate, changes = Gate(), []
    for level_db, frames in runs:
        for _ in range(frames):
            gate, change = step(gate, level_db, silence_frames)
            if change is not None:
                changes.append(change)
    return changes


def test_a_turn_begins_and_ends_where_the_sound_did() -> None:
    assert heard((QUIET, 30), (LOUD, 50), (QUIET, 40)) == [
        TurnBegan(at_frame=30),
        TurnEnded(at_frame=80, began=30, first=20, after_last=85),
    ]


def test_a_click_is_no_turn() -> None:
    assert heard((QUIET, 10), (LOUD, 2), (QUIET, 40)) == []


def test_a_pause_shorter_than_the_silence_is_part_of_the_turn() -> None:
    changes = heard((LOUD, 20), (QUIET, 19), (LOUD, 20), (QUIET, 20))

    assert changes == [
        TurnBegan(at_frame=0),
        TurnEnded(at_frame=59, began=0, first=0, after_last=64),
    ]


def test_a_turn_without_end_is_ended_after_a_minute() -> None:
    changes = heard((LOUD, 3000))

    assert changes[1] == TurnEnded(at_frame=3000, began=0, first=0, after_last=3000)


@given(st.lists(st.sampled_from([LOUD, QUIET]), max_size=400), st.integers(1, 30))
def test_turns_alternate_and_need_only_what_is_kept(
    levels: list[float], silence_frames: int
) -> None:
    gate, speaking, kept_from = Gate(), False, 0
    for level_db in levels:
        gate, change = step(gate, level_db, silence_frames)
        match change:
            case TurnBegan(at_frame=at):
                assert not speaking
                assert kept_from <= at
                speaking = True
            case TurnEnded():
                assert speaking
                assert kept_from <= change.first <= change.began < change.at_frame
                assert change.at_frame <= change.after_last <= gate.heard
                speaking = False
            case None:
                pass
        kept_from = first_needed(gate)
