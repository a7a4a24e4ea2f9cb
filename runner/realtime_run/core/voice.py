"""Decides where a voice begins and ends, from how likely each window is speech.

The one machine for all who look for speech: providers that run here, simulators, and
the runner's own ear. Windows are counted, so no clock is needed, and the same audio
always gives the same voices. What makes probabilities of sound is left to detectors.
"""

from math import ceil
from typing import TypeAlias

from msgspec import Struct

HYSTERESIS = 0.15
"""How far below the threshold a window counts as silence: Silero's own value."""


class VoiceRules(Struct, frozen=True, kw_only=True):
    """When a voice begins and ends. They may change while it lasts.

    Durations are met by the first whole window that reaches them.
    """

    window_ms: float
    """The length of one window."""
    threshold: float = 0.5
    """From this probability on a window is speech."""
    hysteresis: float = 0.0
    """How far below the threshold a window must be to count as silence. What lies
    between is neither: a silence does not grow by it, and is not ended by it."""
    onset_ms: float = 0.0
    """How much speech in a row begins a voice; one window at least."""
    hang_over_ms: float
    """How much silence ends it."""
    longest_ms: float | None = None
    """A voice that is this long ends, whatever is heard; None: never."""

    def windows(self, duration_ms: float) -> int:
        """Return how many windows cover so many milliseconds, at least one."""
        return max(1, _covering(duration_ms, self.window_ms))

    def milliseconds(self, windows: int) -> int:
        """Return how long so many windows are, to the nearest millisecond."""
        return round(windows * self.window_ms)


class Voice(Struct, frozen=True, kw_only=True):
    """What has been heard so far, counted in windows since the audio began."""

    heard: int = 0
    """How many windows there were."""
    began: int | None = None
    """The first window of the voice that lasts; None: there is none."""
    onset: int = 0
    """Before a voice: how many windows of speech came last."""
    last: int = 0
    """Where the last window of speech of this voice, or else of the one before it,
    ends; 0 before the first."""
    silent: int = 0
    """In a voice: how many windows of silence came since then."""


class VoiceBegan(Struct, frozen=True, kw_only=True):
    """Somebody speaks."""

    at_ms: int
    """Where the first window of speech begins."""


class VoiceEnded(Struct, frozen=True, kw_only=True):
    """Nobody speaks any more, or for too long."""

    at_ms: int
    """Where the window ends with which the voice was over."""
    began_ms: int
    last_ms: int
    """Where its last window of speech ends."""
    silence_ms: int
    """How much silence there was at its end, without what was neither."""


VoiceChange: TypeAlias = VoiceBegan | VoiceEnded


def step(
    voice: Voice, probability: float, rules: VoiceRules
) -> tuple[Voice, VoiceChange | None]:
    """Hear one more window.

    Args:
        voice: What was heard before.
        probability: How likely the window is speech, 0 to 1.
        rules: When a voice begins and ends.

    Returns:
        What has been heard now, and what that changed.
    """
    if voice.began is None:
        return _before(voice, probability, rules)
    return _during(voice, voice.began, probability, rules)


def forget(voice: Voice) -> Voice:
    """Return `voice` without the speech that was going on; the time stays."""
    return Voice(heard=voice.heard, last=voice.last)


def skip(voice: Voice) -> Voice:
    """Let the time of one more window pass without listening to it."""
    return Voice(heard=voice.heard + 1, last=voice.last)


def first_window(voice: Voice) -> int:
    """Return the first window of the speech that is going on, even if it is too short.

    Without any it is the next window to come.
    """
    return voice.heard - voice.onset if voice.began is None else voice.began


def lasting_ms(voice: Voice, rules: VoiceRules) -> int:
    """Return how long the voice, or the silence, that is going on has lasted.

    Of a voice only what lies up to its last window of speech counts, and not the
    silence in which it may be ending: a cough of 120 ms never grows longer by waiting.
    """
    if voice.began is None:
        return rules.milliseconds(voice.heard) - rules.milliseconds(voice.last)
    return rules.milliseconds(voice.last) - rules.milliseconds(voice.began)


def _before(
    voice: Voice, probability: float, rules: VoiceRules
) -> tuple[Voice, VoiceChange | None]:
    heard = voice.heard + 1
    if probability < rules.threshold:
        return Voice(heard=heard, last=voice.last), None
    onset = voice.onset + 1
    if onset < rules.windows(rules.onset_ms):
        return Voice(heard=heard, last=voice.last, onset=onset), None
    began = heard - onset
    after = Voice(heard=heard, began=began, last=heard)
    return after, VoiceBegan(at_ms=rules.milliseconds(began))


def _during(
    voice: Voice, began: int, probability: float, rules: VoiceRules
) -> tuple[Voice, VoiceChange | None]:
    heard, last, silent = voice.heard + 1, voice.last, voice.silent
    if probability >= rules.threshold:
        last, silent = heard, 0
    elif probability < rules.threshold - rules.hysteresis:
        silent += 1
    if not _over(heard - began, silent, rules):
        return Voice(heard=heard, began=began, last=last, silent=silent), None
    ended = VoiceEnded(
        at_ms=rules.milliseconds(heard),
        began_ms=rules.milliseconds(began),
        last_ms=rules.milliseconds(last),
        silence_ms=rules.milliseconds(silent),
    )
    return Voice(heard=heard, last=last), ended


def _over(windows: int, silent: int, rules: VoiceRules) -> bool:
    longest = rules.longest_ms
    if longest is not None and windows >= rules.windows(longest):
        return True
    return silent >= _covering(rules.hang_over_ms, rules.window_ms)


def _covering(duration_ms: float, window_ms: float) -> int:
    # 0.07 s are 70.00000000000001 ms, and would take a window more.
    return ceil(round(duration_ms / window_ms, 6))
