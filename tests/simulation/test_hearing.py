import math
import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from realtime_run.core.pcm import Pcm
from realtime_run.simulation.hearing import (
    Hearing,
    TurnBegan,
    TurnEnded,
    TurnPolicy,
    level_db,
)

RATE_HZ = 24_000


def tone(duration_ms: int, rate_hz: int = RATE_HZ) -> Pcm:
    count = rate_hz * duration_ms // 1000
    samples = (round(8000 * math.sin(at / 9)) for at in range(count))
    return Pcm(struct.pack(f"<{count}h", *samples), rate_hz)


def silence(duration_ms: int, rate_hz: int = RATE_HZ) -> Pcm:
    return Pcm.silence(duration_ms, rate_hz)


def test_a_turn_has_its_padding_before_and_its_silence_after_it() -> None:
    hearing = Hearing(RATE_HZ)
    policy = TurnPolicy(prefix_padding_ms=300, silence_ms=200)

    changes = list(hearing.hear(silence(1000) + tone(600) + silence(500), policy))

    assert changes == [TurnBegan(at_ms=700), TurnEnded(at_ms=1800, spoken_ms=600)]


def test_a_click_begins_no_turn() -> None:
    hearing = Hearing(RATE_HZ)

    changes = list(hearing.hear(tone(40) + silence(900), TurnPolicy()))

    assert changes == []


def test_padding_does_not_reach_before_the_beginning() -> None:
    hearing = Hearing(RATE_HZ)

    (began,) = hearing.hear(tone(100), TurnPolicy(prefix_padding_ms=300))

    assert began == TurnBegan(at_ms=0)


def test_a_turn_without_end_is_ended() -> None:
    policy = TurnPolicy(longest_ms=1000)

    changes = list(Hearing(RATE_HZ).hear(tone(1500), policy))

    assert changes[:2] == [
        TurnBegan(at_ms=0),
        TurnEnded(at_ms=1000, spoken_ms=1000),
    ]


def test_a_higher_threshold_needs_louder_speech() -> None:
    soft = Pcm(
        b"".join(struct.pack("<h", 200 * (-1) ** at) for at in range(9600)), 24000
    )

    low = list(Hearing(RATE_HZ).hear(soft, TurnPolicy(threshold=0.1)))
    high = list(Hearing(RATE_HZ).hear(soft, TurnPolicy(threshold=0.9)))

    assert (len(low), len(high)) == (1, 0)


def test_without_a_policy_only_the_time_goes_on() -> None:
    hearing = Hearing(8_000)

    changes = list(hearing.hear(tone(400, 8_000), None))

    assert (changes, hearing.heard_ms) == ([], 400)


def test_a_forgotten_turn_never_ends() -> None:
    hearing = Hearing(RATE_HZ)
    list(hearing.hear(tone(200), TurnPolicy()))

    hearing.forget()

    assert list(hearing.hear(silence(2000), TurnPolicy())) == []
    assert hearing.heard_ms == 2200


def test_real_speech_is_one_turn(shared: Path) -> None:
    pcm = Pcm((shared / "recordings" / "speech_24khz.pcm").read_bytes(), RATE_HZ)

    changes = list(
        Hearing(RATE_HZ).hear(pcm + silence(1000), TurnPolicy(silence_ms=500))
    )

    assert [type(change) for change in changes] == [TurnBegan, TurnEnded]


def test_an_onset_may_be_longer() -> None:
    policy = TurnPolicy(onset_ms=200, prefix_padding_ms=0)

    short = list(Hearing(RATE_HZ).hear(tone(180) + silence(100), policy))
    (began,) = Hearing(RATE_HZ).hear(silence(100) + tone(200), policy)

    assert short == []
    assert began == TurnBegan(at_ms=100)


def test_full_scale_is_zero_decibels_and_nothing_is_the_floor() -> None:
    square = Pcm(struct.pack("<2h", -32768, -32768), RATE_HZ)

    assert level_db(square) == 0.0
    assert level_db(silence(20)) == -96.0


@given(st.lists(st.booleans(), max_size=150), st.integers(0, 2000))
def test_turns_begin_and_end_in_turn(loud: list[bool], silence_ms: int) -> None:
    hearing, changes = Hearing(8_000), list[object]()
    policy = TurnPolicy(silence_ms=silence_ms)
    frames = {True: tone(20, 8_000), False: silence(20, 8_000)}
    for one in loud:
        changes += (type(change) for change in hearing.hear(frames[one], policy))

    expected = [TurnBegan, TurnEnded] * len(changes)
    assert changes == expected[: len(changes)]
    assert hearing.heard_ms == 20 * len(loud)
