"""Conformance: what each sound of the user does to the agent, by preset of `barge_in`.

|         | cough        | mhm   | interruption | while it greets       |
|---------|--------------|-------|--------------|-----------------------|
| eager   | cut if heard | cut   | cut          | cut                   |
| polite  | whole        | cut   | cut          | cut                   |
| guarded | whole        | whole | cut          | whole, then answered  |
| off     | whole        | whole | whole, then answered | whole, then answered |

cut: an exact prefix was heard, and the model is told how much. whole: every sample was
heard once, in order, perhaps with a pause in it. What is said in words is answered
once, and a sound that proved to be no interruption is not; what has no words and was
not weighed may be, as the provider takes it. With `eager` the provider alone decides,
so that a cough which it does not take for speech cuts nothing.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import pytest

from realtime_run.core.commands import Truncate
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioOutputDoneEvent,
    RealtimeAudioOutputEvent,
    RealtimeInterruptionEvent,
    RealtimeResponseEvent,
)
from realtime_run.core.pcm import Pcm
from realtime_run.core.presets import Preset
from realtime_run.core.provider_events import SpeechStarted
from realtime_run.testing.conformance.lockstep import Lockstep, unlike
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.scenes import STORY, Scene
from realtime_run.testing.conformance.seen import only
from realtime_run.testing.conformance.sounds import Sound, cough, interruption, mhm
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import FRAME_MS, Options, Talk

Outcome: TypeAlias = Literal["cut", "whole"]
_HEARD_MS = 400
"""How much of the agent is heard before the user makes a sound."""
_AHEAD_MS = 500
"""How much more has come by then, that a cut can lose."""
_QUIET_MS = 1000
"""Who answers what he should not, or twice, begins sooner."""
_NOTHING = Pcm.silence(FRAME_MS, 16_000)
_OUTCOMES: Mapping[Preset, Mapping[Sound, Outcome]] = {
    "eager": {
        "cough": "cut",
        "mhm": "cut",
        "interruption": "cut",
        "greeting": "cut",
    },
    "polite": {
        "cough": "whole",
        "mhm": "cut",
        "interruption": "cut",
        "greeting": "cut",
    },
    "guarded": {
        "cough": "whole",
        "mhm": "whole",
        "interruption": "cut",
        "greeting": "whole",
    },
    "off": {
        "cough": "whole",
        "mhm": "whole",
        "interruption": "whole",
        "greeting": "whole",
    },
}


@pytest.mark.anyio
@pytest.mark.parametrize("sound", get_args(Sound))
@pytest.mark.parametrize("preset", _OUTCOMES)
async def test_each_sound_does_to_the_agent_what_barge_in_says(
    subject: Subject, preset: Preset, sound: Sound
) -> None:
    if preset in subject.untried:
        pytest.skip(f"{subject.name}: {subject.untried[preset]}")
    greeting = STORY if sound == "greeting" else None
    options = Options(barge_in=preset, greeting=greeting)
    async with talking(subject, Scene.LONG, options, speaks=True) as t:
        if greeting is None and not t.provider.capabilities.text_input:
            pytest.skip(f"{subject.name}: its capability text_input is False")
        steps = Lockstep(t, subject.pace_s)
        await t.realtime.connect()
        first = await _first_heard(t, steps)
        await steps.hear(_samples(subject, sound))
        await steps.until(lambda: bool(t.seen.of(*t.over(first))), "its end")
        outcome = _outcome(t, preset, sound)
        answers = _answers(preset, sound, outcome)
        if 0 not in answers:
            await steps.until(lambda: len(_begun(t)) > 1, "the answer")
        await steps.silence(_QUIET_MS)
        await steps.until(lambda: len(_over(t)) == len(_begun(t)), "its end")

        _check(t, first, outcome)
        heard = [_sound(t, name) for name in _begun(t)]
        slack = _slack(t) if outcome == "cut" else 0
        assert unlike(steps.pulled, heard, slack=slack) is None
        assert len(_begun(t)) - 1 in answers, "what was said got too many answers"
        _check_alarms(t, preset, sound, outcome)


async def _first_heard(t: Talk, steps: Lockstep) -> str:
    """Let the agent begin, and hear a part of it."""
    if t.options.greeting is None:
        begun = await t.ask(STORY)
    else:
        begun = await t.seen.until(RealtimeResponseEvent)
    name = begun.response_id
    while t.audio_ms(name) < _HEARD_MS + _AHEAD_MS:
        await t.seen.news()
    await steps.silence(_HEARD_MS)
    return name


def _samples(subject: Subject, sound: Sound) -> Pcm:
    match sound:
        case "cough":
            return cough()
        case "mhm":
            return mhm(subject.speech or _NOTHING)
        case "interruption" | "greeting":
            return interruption(subject.speech or _NOTHING)


def _outcome(t: Talk, preset: Preset, sound: Sound) -> Outcome:
    noticed = t.connection.of(SpeechStarted) != []
    if (preset, sound) == ("eager", "cough") and not noticed:
        return "whole"
    return _OUTCOMES[preset][sound]


def _answers(preset: Preset, sound: Sound, outcome: Outcome) -> tuple[int, ...]:
    """Return how many responses may follow: what has no words may get none."""
    if sound in {"interruption", "greeting"}:
        return (1,)
    weighed = preset in {"polite", "guarded"} and outcome == "whole"
    return (0,) if weighed else (0, 1)


def _begun(t: Talk) -> list[str]:
    """Return the names of the responses, in the order in which they began."""
    names = (e.response_id for e in t.seen.of(RealtimeResponseEvent))
    return list(dict.fromkeys(names))


def _over(t: Talk) -> list[RealtimeAudioOutputDoneEvent]:
    return t.seen.of(RealtimeAudioOutputDoneEvent)


def _sound(t: Talk, name: str) -> bytes:
    """Return what should have been heard of a response."""
    events = t.seen.of(RealtimeAudioOutputEvent, lambda e: e.response_id == name)
    whole = b"".join(event.data.data for event in events)
    over = only(t.seen.of(*t.over(name)), "end of the sound")
    if not over.interrupted:
        return whole
    rate_hz = t.provider.capabilities.output_hz
    return whole[: 2 * ((over.played_ms + 1) * rate_hz // 1000)]


def _slack(t: Talk) -> int:
    """Return how many samples are in a millisecond, for that is how exact times are."""
    return -(-t.provider.capabilities.output_hz // 1000)


def _check(t: Talk, name: str, outcome: Outcome) -> None:
    """Check what is told of the response during which the user made a sound."""
    over = only(t.seen.of(*t.over(name)), "end of the sound")
    received_ms = t.audio_ms(name)
    said = t.seen.of(
        RealtimeAgentSpeechTranscriptionEvent, lambda e: e.response_id == name
    )
    words = "".join(event.text for event in said if event.mode == "delta")
    finals = [event.text for event in said if event.mode == "final"]
    cuts = [c for c in t.connection.asked(Truncate) if c.response_id == name]
    if outcome == "whole":
        assert (over.interrupted, cuts, t.realtime.epoch) == (False, [], 0)
        assert abs(over.played_ms - received_ms) <= 1
        return
    assert (over.interrupted, t.realtime.epoch) == (True, 1)
    assert _HEARD_MS <= over.played_ms < received_ms
    heard = only(finals, "final transcript")
    assert words.startswith(heard)
    assert heard != words, "what was not heard is told as heard"
    if t.provider.capabilities.truncate:
        cut = only(cuts, "Truncate taken")
        assert (cut.played_ms, cut.heard) == (over.played_ms, heard)


def _check_alarms(t: Talk, preset: Preset, sound: Sound, outcome: Outcome) -> None:
    """Check what is told of interruptions, and of what proved to be none."""
    told = [e.false_alarm for e in t.seen.of(RealtimeInterruptionEvent)]
    weighed = preset in {"polite", "guarded"} and sound in {"cough", "mhm"}
    if outcome == "cut":
        assert told == [False]
    elif weighed:
        assert told == [True]
    else:
        assert told == []
