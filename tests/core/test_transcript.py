from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.transcript import Transcript

TEXTS = st.lists(st.sampled_from(["One ", "two three ", "four. ", "Five"]), max_size=6)


def spoken(*pieces: tuple[str, int | None]) -> Transcript:
    transcript = Transcript()
    for text, audio_ms in pieces:
        transcript = transcript.said(text, "delta", audio_ms=audio_ms, received_ms=0)
    return transcript


def test_deltas_append() -> None:
    assert spoken(("Hello ", 0), ("there.", 300)).text == "Hello there."


def test_a_replacement_replaces_what_was_said() -> None:
    transcript = spoken(("Helo ", 0)).said(
        "Hello", "replacement", audio_ms=None, received_ms=500
    )

    assert transcript.text == "Hello"


def test_a_final_corrects_and_an_empty_one_does_not() -> None:
    said = spoken(("helo", 0))

    corrected = said.said("Hello.", "final", audio_ms=None, received_ms=0)
    closed = said.said("", "final", audio_ms=None, received_ms=0)

    assert corrected.text == "Hello."
    assert closed.text == "helo"


def test_whole_pieces_that_were_played_were_heard() -> None:
    transcript = spoken(("Hello there. ", 0), ("How are you?", 400))

    assert transcript.heard(400, 1000) == "Hello there."


def test_within_a_piece_a_word_that_was_begun_was_not_heard() -> None:
    transcript = spoken(("Hello there. ", 0), ("How are you?", 400))

    assert transcript.heard(700, 1000) == "Hello there. How"


def test_without_times_letters_last_equally_long() -> None:
    transcript = Transcript().said(
        "one two three four", "replacement", audio_ms=None, received_ms=0
    )

    assert transcript.heard(500, 1000) == "one two"


def test_text_that_runs_ahead_of_its_audio_was_not_heard() -> None:
    transcript = spoken(("one two three four five six", 0))

    assert transcript.heard(700, 700, complete=False) == "one two"
    assert transcript.heard(700, 700, complete=True) == "one two three four five six"


def test_nothing_played_is_nothing_heard() -> None:
    assert spoken(("Hello", 0)).heard(0, 1000) == ""


def test_nothing_said_is_nothing_heard() -> None:
    assert Transcript().heard(40, 100) == ""


@given(TEXTS, st.booleans(), st.booleans(), st.integers(0, 1200), st.integers(0, 1200))
def test_more_playing_never_means_less_hearing(
    texts: list[str], exact: bool, complete: bool, one: int, other: int
) -> None:
    times = [100 * index if exact else None for index in range(len(texts))]
    transcript = spoken(*zip(texts, times, strict=True))
    less, more = sorted((one, other))

    heard_less = transcript.heard(less, 1000, complete=complete)
    heard_more = transcript.heard(more, 1000, complete=complete)

    assert heard_more.startswith(heard_less)
    assert transcript.text.startswith(heard_more)
