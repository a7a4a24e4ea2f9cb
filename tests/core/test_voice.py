from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime_run.core.voice import (
    HYSTERESIS,
    Voice,
    VoiceBegan,
    VoiceChange,
    VoiceEnded,
    VoiceRules,
    first_window,
    forget,
    lasting_ms,
    skip,
    step,
)

RULES = VoiceRules(
    window_ms=32, hysteresis=HYSTERESIS, onset_ms=64, hang_over_ms=96, longest_ms=32_000
)
QUICK = VoiceRules(window_ms=20, hang_over_ms=200)
WINDOWS = st.lists(st.sampled_from([0.0, 0.4, 0.9]), max_size=200)


def states(probabilities: list[float], rules: VoiceRules) -> list[Voice]:
    voices = [Voice()]
    for probability in probabilities:
        voices.append(step(voices[-1], probability, rules)[0])
    return voices


def changes(probabilities: list[float], rules: VoiceRules = RULES) -> list[VoiceChange]:
    return changes_from(Voice(), probabilities, rules)


def changes_from(
    voice: Voice, probabilities: list[float], rules: VoiceRules = QUICK
) -> list[VoiceChange]:
    found: list[VoiceChange] = []
    for probability in probabilities:
        voice, change = step(voice, probability, rules)
        if change is not None:
            found.append(change)
    return found


def ended(at_ms: int, began_ms: int, last_ms: int, silence_ms: int) -> VoiceEnded:
    return VoiceEnded(
        at_ms=at_ms, began_ms=began_ms, last_ms=last_ms, silence_ms=silence_ms
    )


def test_a_voice_spans_its_first_and_last_window_of_speech() -> None:
    heard = [0.0, 0.0, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0]

    assert changes(heard) == [VoiceBegan(at_ms=64), ended(256, 64, 160, 96)]


def test_speech_shorter_than_the_onset_begins_no_voice() -> None:
    assert changes([0.9, 0.0, 0.9, 0.0, 0.9, 0.0]) == []


def test_one_window_begins_a_voice_where_no_onset_is_asked_for() -> None:
    assert changes([0.0, 0.9], QUICK) == [VoiceBegan(at_ms=20)]


def test_a_pause_shorter_than_the_hang_over_ends_no_voice() -> None:
    assert changes([0.9, 0.9, 0.0, 0.0, 0.9, 0.0, 0.0]) == [VoiceBegan(at_ms=0)]


def test_a_window_between_the_thresholds_neither_ends_nor_prolongs_a_silence() -> None:
    heard = [0.9, 0.9, 0.0, 0.0, 0.4, 0.0]

    assert changes(heard) == [VoiceBegan(at_ms=0), ended(192, 0, 64, 96)]


def test_the_threshold_itself_is_speech_and_the_end_of_the_hysteresis_is_neither() -> (
    None
):
    assert changes([0.5, 0.5, 0.35, 0.35, 0.35, 0.35]) == [VoiceBegan(at_ms=0)]


def test_a_voice_ends_at_its_greatest_length_and_another_may_begin() -> None:
    rules = replace(QUICK, longest_ms=80)

    assert changes([0.9] * 5, rules) == [
        VoiceBegan(at_ms=0),
        ended(80, 0, 80, 0),
        VoiceBegan(at_ms=80),
    ]


def test_no_hang_over_ends_a_voice_with_the_next_window() -> None:
    rules = replace(QUICK, hang_over_ms=0)

    assert changes([0.9, 0.9], rules) == [VoiceBegan(at_ms=0), ended(40, 0, 40, 0)]


def test_a_duration_is_covered_by_whole_windows() -> None:
    durations_ms = (32, 64, 65, 500, 0.07 * 1000, 1, 0)

    assert [RULES.windows(duration) for duration in durations_ms] == [
        *(1, 2, 3, 16),
        *(3, 1, 1),
    ]


def test_windows_of_no_whole_milliseconds_add_up() -> None:
    rules = replace(QUICK, window_ms=512 * 1000 / 44_100)

    assert rules.milliseconds(44_100) == 512_000


def test_the_rules_may_change_while_a_voice_lasts() -> None:
    voice = states([0.9, 0.0, 0.0], QUICK)[-1]

    _, change = step(voice, 0.0, replace(QUICK, hang_over_ms=60))

    assert change == ended(80, 0, 20, 60)


def test_a_forgotten_voice_never_ends_and_the_time_stays() -> None:
    voice = forget(states([0.9, 0.9], QUICK)[-1])

    assert (voice.heard, voice.began) == (2, None)
    assert changes_from(voice, [0.0] * 20) == []
    assert changes_from(voice, [0.9]) == [VoiceBegan(at_ms=40)]


def test_what_is_skipped_takes_time_and_is_not_heard() -> None:
    voice = skip(states([0.9], replace(QUICK, onset_ms=40))[-1])

    assert (voice.heard, first_window(voice)) == (2, 2)


def test_a_cough_lasts_as_long_as_it_was_loud() -> None:
    cough = [0.0] * 10 + [0.9] * 6 + [0.0] * 20

    lasting = [lasting_ms(voice, QUICK) for voice in states(cough, QUICK)[1:]]

    assert lasting[:10] == list(range(20, 220, 20))
    assert lasting[10:16] == [20, 40, 60, 80, 100, 120]
    assert lasting[16:25] == [120] * 9
    assert lasting[25:] == list(range(200, 420, 20))


@given(WINDOWS, st.integers(0, 300), st.integers(0, 300))
def test_voices_alternate_and_never_overlap(
    heard: list[float], onset_ms: int, hang_over_ms: int
) -> None:
    rules = replace(RULES, onset_ms=onset_ms, hang_over_ms=hang_over_ms)

    found = changes(heard, rules)

    kinds = [type(change) for change in found]
    pairs, rest = divmod(len(kinds), 2)
    assert kinds == [VoiceBegan, VoiceEnded] * pairs + [VoiceBegan] * rest
    times = [change.at_ms for change in found]
    assert times == sorted(times)


@given(WINDOWS)
def test_a_voice_never_lasts_longer_than_from_its_first_to_its_last_speech(
    heard: list[float],
) -> None:
    for at, voice in enumerate(states(heard, QUICK)):
        if voice.began is None:
            continue
        spoken = [n for n in range(voice.began, at) if heard[n] >= QUICK.threshold]
        assert voice.began == spoken[0]
        assert lasting_ms(voice, QUICK) == (spoken[-1] + 1 - spoken[0]) * 20


@given(WINDOWS)
def test_every_window_of_the_onset_is_kept_until_the_voice_has_begun(
    heard: list[float],
) -> None:
    kept_from, voice = 0, Voice()
    for probability in heard:
        voice, change = step(voice, probability, RULES)
        if isinstance(change, VoiceBegan):
            assert kept_from * 32 <= change.at_ms
        assert first_window(voice) <= voice.heard
        kept_from = first_window(voice)


@given(WINDOWS, WINDOWS)
def test_what_was_heard_depends_on_the_windows_alone(
    first: list[float], then: list[float]
) -> None:
    voice = states(first, RULES)[-1]

    whole = states([*first, *then], RULES)[-1]

    for probability in then:
        voice, _ = step(voice, probability, RULES)
    assert voice == whole
