from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.tones import RATE_HZ, Tones, pitch_hz, spoken, word_ms


def crossings(pcm: Pcm) -> float:
    samples = [int(value) for value in pcm.samples()[:, 0]]
    rising = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    return rising * 1000 / pcm.duration_ms


def test_a_text_lasts_as_long_as_its_words_and_pauses() -> None:
    pcm = spoken("hello world")

    assert pcm.rate_hz == RATE_HZ
    assert pcm.duration_ms == word_ms("hello") + word_ms("world") + 2 * 60


def test_a_word_sounds_at_its_pitch() -> None:
    for word in ("rome", "paris", "seventeen"):
        tone = spoken(word)
        sounding = Pcm(tone.data[: RATE_HZ * word_ms(word) // 1000 * 2], RATE_HZ)

        assert abs(crossings(sounding) - pitch_hz(word)) < 10


def test_nothing_is_said_of_nothing() -> None:
    assert spoken("  \n ").data == b""


async def test_a_voice_says_the_same_each_time() -> None:
    voice = Tones()

    assert await voice.say("two words") == await voice.say("two words")
    assert voice.rate_hz == RATE_HZ


@given(st.text(max_size=20))
def test_every_word_has_a_pitch_that_is_heard(word: str) -> None:
    assert 200 <= pitch_hz(word) <= 600
    assert 100 < word_ms(word) <= 900
