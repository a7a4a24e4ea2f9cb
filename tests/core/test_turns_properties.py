"""Whatever providers, devices and users do: the epoch rules of the contract hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_run.core import provider_events as reported
from realtime_run.core.events import (
    RealtimeAgentSpeechTranscriptionEvent,
    RealtimeAudioOutputEvent,
    RealtimeInterruptionEvent,
)
from realtime_run.core.policy import Policy
from realtime_run.core.turn_effects import Emit, Flush, Play
from realtime_run.core.turn_inputs import (
    AnswerRequested,
    Disconnected,
    Flushed,
    Input,
    InterruptRequested,
    PlaybackEnded,
    PlaybackStarted,
)
from realtime_run.core.turn_state import Turns
from realtime_run.core.turns import step

IDS = st.sampled_from(["r1", "r2", "r3"])
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.builds(reported.SpeechStarted),
    st.builds(reported.SpeechEnded),
    st.builds(reported.ResponseStarted, response_id=IDS),
    st.builds(reported.AudioOutput, response_id=IDS, pcm=st.just(bytes(20))),
    st.builds(
        reported.AgentTranscript,
        response_id=IDS,
        text=st.sampled_from(["", "a ", "word "]),
        mode=st.sampled_from(["delta", "replacement", "final"]),
    ),
    st.builds(
        reported.ResponseDone,
        response_id=IDS,
        status=st.sampled_from(["completed", "cancelled", "failed"]),
    ),
    st.builds(InterruptRequested),
    st.builds(AnswerRequested),
    st.builds(PlaybackStarted, response_id=IDS),
    st.builds(PlaybackEnded, response_id=IDS, played_ms=st.just(10.0)),
    st.builds(Disconnected),
)
POLICIES = st.builds(
    Policy,
    decides=st.sampled_from(["nobody", "provider"]),
    provider_cancels=st.booleans(),
    cancel=st.booleans(),
    truncate=st.booleans(),
)


@settings(max_examples=300)
@given(st.lists(INPUTS, max_size=60), POLICIES)
def test_the_epoch_rules_hold_whatever_happens(
    inputs: list[Input], policy: Policy
) -> None:
    turns = Turns()
    for given_input in inputs:
        waiting: list[Input] = [given_input]
        while waiting:
            event = waiting.pop(0)
            before = turns
            turns, effects = step(turns, event, at_ns=0, policy=policy, output_hz=1000)

            flushes = [effect for effect in effects if isinstance(effect, Flush)]
            # The epoch never falls, and rises by one with exactly one flush.
            assert turns.epoch - before.epoch == len(flushes)
            assert len(flushes) <= 1
            # Right after an interruption nothing can be heard any more.
            if flushes:
                assert turns.live == ()
                flush = flushes[0]
                waiting.append(
                    Flushed(
                        cause=flush.cause,
                        played_ms={"r1": 5.0, "r2": 10.0, "r3": 99.0},
                    )
                )
            for effect in effects:
                _check(effect, before, turns)
        # What is over is forgotten, within a bound.
        assert len(turns.responses) <= 3
        assert len({r.response_id for r in turns.responses}) == len(turns.responses)


def _check(effect: object, before: Turns, after: Turns) -> None:
    if isinstance(effect, Play):
        playing = [r for r in after.live if r.response_id == effect.response_id]
        # Only a response that nobody interrupted is played, in its own epoch.
        assert [r.epoch for r in playing] == [playing[0].epoch]
        known = [r for r in before.responses if r.response_id == effect.response_id]
        assert not any(r.interrupted for r in known)
    match effect:
        case Emit(RealtimeAudioOutputEvent(epoch=epoch)):
            assert epoch <= after.epoch
        case Emit(RealtimeAgentSpeechTranscriptionEvent(mode="delta", epoch=epoch)):
            assert epoch <= after.epoch
        case Emit(RealtimeInterruptionEvent(epoch=epoch)):
            assert epoch == after.epoch
        case _:
            pass


@given(st.lists(INPUTS, max_size=60), POLICIES)
def test_nothing_interrupted_in_an_older_epoch_is_ever_live(
    inputs: list[Input], policy: Policy
) -> None:
    turns = Turns()
    for event in inputs:
        turns, _ = step(turns, event, at_ns=0, policy=policy, output_hz=1000)

        assert all(response.epoch == turns.epoch for response in turns.live)
