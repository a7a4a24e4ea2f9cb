from realtime_run.core.commands import AppendAudio
from realtime_run.core.pcm import Pcm
from realtime_run.session.spoken import (
    LEAST_FRAMES,
    LOOK_FRAMES,
    MOST_FRAMES,
    PAUSE_FRAMES,
    Spoken,
)

QUIET = AppendAudio(pcm=Pcm.silence(20, 16_000))
LOUD = AppendAudio(pcm=Pcm(b"\x00\x10" * 320, 16_000))


def heard(*parts: tuple[AppendAudio, int]) -> Spoken:
    spoken = Spoken()
    for frame, count in parts:
        for _ in range(count):
            spoken.add(frame)
    return spoken


def test_of_silence_only_the_last_moment_is_kept() -> None:
    spoken = heard((QUIET, 500))

    assert spoken.last == (QUIET,) * LEAST_FRAMES
    assert spoken.unanswered == ()


def test_a_voice_is_kept_with_what_came_right_before_it() -> None:
    spoken = heard((QUIET, 500), (LOUD, 100))

    quiet = spoken.last[:-100]
    assert spoken.last[-100:] == (LOUD,) * 100
    assert quiet == (QUIET,) * (LEAST_FRAMES - LOOK_FRAMES + 1)
    assert spoken.unanswered == spoken.last


def test_a_voice_that_waits_for_its_answer_is_kept_for_a_while() -> None:
    waiting = heard((LOUD, 100), (QUIET, PAUSE_FRAMES - 1))
    in_vain = heard((LOUD, 100), (QUIET, PAUSE_FRAMES))

    assert waiting.unanswered == (LOUD,) * 100 + (QUIET,) * (PAUSE_FRAMES - 1)
    assert in_vain.unanswered == ()
    assert in_vain.last == (QUIET,) * LEAST_FRAMES


def test_a_voice_that_goes_on_over_its_answer_begins_anew() -> None:
    spoken = heard((LOUD, 100))

    spoken.answered()
    answered = spoken.unanswered
    for _ in range(LOOK_FRAMES):
        spoken.add(LOUD)

    assert answered == ()
    assert spoken.unanswered == (LOUD,) * (LEAST_FRAMES + 1)


def test_an_endless_voice_is_kept_up_to_a_bound() -> None:
    spoken = heard((QUIET, 1), (LOUD, MOST_FRAMES))

    assert spoken.last == (LOUD,) * MOST_FRAMES
