"""Whatever users, providers and devices do: nothing stale is heard, and nothing twice.

A model of the ring plays what the effects say; hypothesis plays everybody else.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from realtime_run.core import provider_events as reported
from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.commands import CreateResponse, EndTurn, StartTurn
from realtime_run.core.events import RealtimeInterruptionEvent
from realtime_run.core.policy import Policy
from realtime_run.core.presets import PRESETS, BargeIn, Protect
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.core.turn_effects import (
    Duck,
    Emit,
    FinishPlayback,
    Flush,
    HoldInput,
    Pause,
    Play,
    ReleaseInput,
    Resume,
    Send,
)
from realtime_run.core.turn_inputs import (
    AnswerRequested,
    Connected,
    Disconnected,
    Flushed,
    Input,
    InterruptRequested,
    PlaybackEnded,
    PlaybackStarted,
    TalkEnded,
    TalkStarted,
    Ticked,
    ToolsRunning,
    VoiceHeard,
)
from realtime_run.core.turn_state import Turns
from realtime_run.core.turns import step

HZ = 1000  # one sample is one millisecond
BLOCKS = st.builds(
    BargeIn,
    react=st.sampled_from(["pause", "duck"]),
    min_speech_ms=st.sampled_from([0, 60, 250]),
    min_words=st.sampled_from([0, 2]),
    ignore=st.sampled_from([(), ("mhm",)]),
    always=st.sampled_from([(), ("stop",)]),
    resume_after_ms=st.sampled_from([None, 100, 1500]),
    protect=st.builds(
        Protect,
        greeting=st.booleans(),
        start_ms=st.sampled_from([0, 300]),
        tools=st.booleans(),
    ),
)
ABLE = st.builds(
    Capabilities,
    input_hz=st.just(HZ),
    output_hz=st.just(HZ),
    manual_responses=st.booleans(),
    manual_turns=st.booleans(),
    cancels_on_speech=st.booleans(),
    cancel=st.booleans(),
    truncate=st.booleans(),
)
TURNS = st.sampled_from(
    [
        TurnDetection(),
        TurnDetection(end="local", nudge_after_ms=2000),
        TurnDetection(end="push_to_talk"),
        TurnDetection(nudge_after_ms=500),
    ]
)


def _policy(asked: BargeIn, turn: TurnDetection, able: Capabilities) -> Policy | None:
    lowered = lower(asked, turn, able, "parrot")
    return None if lowered.refusals else lowered.policy


POLICIES = st.builds(
    _policy, st.one_of(BLOCKS, st.sampled_from(list(PRESETS.values()))), TURNS, ABLE
).filter(lambda policy: policy is not None)


class Conversation(RuleBasedStateMachine):
    """One conversation, its ring and its microphone."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: Any = None
        self.turns = Turns()
        self.at_ms = 0
        self.ring: list[tuple[str, int]] = []
        self.paused = False
        self.ducked = False
        self.finished: set[str] = set()
        self.begun: set[str] = set()
        self.received: dict[str, int] = {}
        self.heard: dict[str, list[int]] = {}
        self.flushed: set[str] = set()
        self.flushes = 0
        self.alarms = 0
        self.in_turn = False
        self.latest = ""
        self.lasting = 0
        self.silent = 0

    @initialize(policy=POLICIES)
    def begin(self, policy: Policy) -> None:
        self.policy = policy

    def happens(self, event: Input) -> None:
        waiting: list[Input] = [event]
        while waiting:
            before = self.turns
            self.turns, effects = step(
                self.turns,
                waiting.pop(0),
                at_ns=self.at_ms * 1_000_000,
                policy=self.policy,
                output_hz=HZ,
            )
            flushes = 0
            for effect in effects:
                flushes += isinstance(effect, Flush)
                waiting = self.perform(effect) + waiting
            # The epoch rises by exactly one for each flush, and never falls.
            assert self.turns.epoch - before.epoch == flushes <= 1

    def perform(self, effect: object) -> list[Input]:  # noqa: C901 - a table
        match effect:
            case Play(response_id=id_, pcm=pcm):
                first = self.received.get(id_, 0)
                last = first + len(pcm) // 2
                self.received[id_] = last
                self.ring += [(id_, sample) for sample in range(first, last)]
            case FinishPlayback(response_id=id_):
                self.finished.add(id_)
            case Pause():
                self.paused = True
            case Duck():
                self.ducked = True
            case Resume():
                self.paused = self.ducked = False
            case Flush(cause=cause):
                self.flushes += 1
                self.paused = self.ducked = False
                self.flushed |= set(self.received)
                self.ring.clear()
                played = {id_: float(len(h)) for id_, h in self.heard.items()}
                return [Flushed(cause=cause, played_ms=played)]
            case Send(command):
                self.asked(command)
            case Emit(RealtimeInterruptionEvent(false_alarm=True)):
                self.alarms += 1
            case HoldInput() | ReleaseInput():
                pass
            case _:
                pass
        return []

    def asked(self, command: object) -> None:
        match command:
            case StartTurn():
                # A turn of ours is begun once, and ended once.
                assert not self.in_turn
                self.in_turn = True
            case EndTurn():
                assert self.in_turn
                self.in_turn = False
            case CreateResponse():
                # Nobody is asked to speak while somebody does.
                assert not self.turns.live
            case _:
                pass

    @rule(ms=st.integers(0, 2000), ends=st.booleans(), heard=st.integers(0, 100))
    def the_agent_answers(self, ms: int, ends: bool, heard: int) -> None:
        self.latest = f"r{len(self.received)}"
        self.received[self.latest] = 0
        self.happens(reported.ResponseStarted(response_id=self.latest))
        self.audio_comes(ms)
        if ends:
            self.response_ends("completed")
        if heard:
            self.the_device_pulls(heard)

    @precondition(lambda self: self.latest)
    @rule(ms=st.integers(1, 400))
    def audio_comes(self, ms: int) -> None:
        if self.latest not in self.finished:
            pcm = bytes(2 * ms)
            self.happens(reported.AudioOutput(response_id=self.latest, pcm=pcm))

    @precondition(lambda self: self.latest)
    @rule(status=st.sampled_from(["completed", "completed", "cancelled", "failed"]))
    def response_ends(self, status: Any) -> None:
        self.happens(reported.ResponseDone(response_id=self.latest, status=status))

    @rule(ms=st.integers(1, 300))
    def the_device_pulls(self, ms: int) -> None:
        self.at_ms += ms
        if self.paused:
            return
        pulled, self.ring = self.ring[:ms], self.ring[ms:]
        for id_, sample in pulled:
            if id_ not in self.begun:
                self.begun.add(id_)
                self.happens(PlaybackStarted(response_id=id_))
            # Nothing is heard of a response that was interrupted.
            live = {r.response_id: r for r in self.turns.live}
            assert live[id_].epoch == self.turns.epoch
            self.heard.setdefault(id_, []).append(sample)
        for id_ in sorted(self.finished):
            if id_ in self.flushed or any(i == id_ for i, _ in self.ring):
                continue
            self.finished.discard(id_)
            # Each sample once, in order, whatever was taken for an interruption.
            assert self.heard.get(id_, []) == list(range(self.received[id_]))
            heard = float(self.received[id_])
            self.happens(PlaybackEnded(response_id=id_, played_ms=heard))

    @rule(windows=st.integers(1, 20))
    def the_user_sounds(self, windows: int) -> None:
        self.silent = 0
        for _ in range(windows):
            self.at_ms += 20
            self.lasting += 20
            self.happens(
                VoiceHeard(
                    voice=True,
                    since_ms=self.at_ms - self.lasting,
                    lasting_ms=self.lasting,
                )
            )

    @rule(windows=st.integers(1, 8), wait_ms=st.sampled_from([100, 400, 1600]))
    def the_user_coughs(self, windows: int, wait_ms: int) -> None:
        self.lasting = 0
        self.the_user_sounds(windows)
        self.the_user_is_silent(2)
        self.time_passes(wait_ms)

    @rule(windows=st.integers(1, 40))
    def the_user_is_silent(self, windows: int) -> None:
        self.lasting = 0
        for _ in range(windows):
            self.at_ms += 20
            self.silent += 20
            self.happens(
                VoiceHeard(
                    voice=False,
                    since_ms=self.at_ms - self.silent,
                    lasting_ms=self.silent,
                )
            )

    @precondition(lambda self: self.policy and self.policy.hearing != "manual")
    @rule(item_id=st.sampled_from(["u1", "u2", None]), begins=st.booleans())
    def the_provider_hears(self, item_id: str | None, begins: bool) -> None:
        kind = reported.SpeechStarted if begins else reported.SpeechEnded
        self.happens(kind(item_id=item_id))

    @rule(
        text=st.sampled_from(["", "mhm", "stop", "well then", "mhm stop that"]),
        mode=st.sampled_from(["delta", "final", "replacement"]),
        item_id=st.sampled_from(["u1", "u2", None]),
    )
    def the_user_is_understood(self, text: str, mode: Any, item_id: Any) -> None:
        self.happens(reported.UserTranscript(text=text, mode=mode, item_id=item_id))

    @rule(
        event=st.sampled_from(
            [
                InterruptRequested(),
                AnswerRequested(),
                TalkStarted(at_ms=0),
                TalkEnded(),
                Ticked(),
                ToolsRunning(running=True),
                ToolsRunning(running=False),
                Connected(),
            ]
        )
    )
    def somebody_acts(self, event: Input) -> None:
        self.happens(event)

    @rule()
    def the_connection_is_lost(self) -> None:
        self.happens(Disconnected())
        self.in_turn = False  # the next one knows of none
        self.finished |= {id_ for id_ in self.received if self.received[id_]}

    @rule(ms=st.integers(1, 3000))
    def time_passes(self, ms: int) -> None:
        self.at_ms += ms
        self.happens(Ticked())

    @invariant()
    def nobody_is_paused_without_an_alarm(self) -> None:
        assert (self.paused or self.ducked) <= (self.turns.alarm is not None)

    @invariant()
    def an_alarm_is_over_when_there_is_nothing_to_interrupt(self) -> None:
        assert self.turns.alarm is None or self.turns.live

    @invariant()
    def the_ring_holds_only_what_is_of_this_epoch(self) -> None:
        live = {r.response_id: r.epoch for r in self.turns.live}
        assert all(live[id_] == self.turns.epoch for id_, _ in self.ring)

    @invariant()
    def a_gate_is_shut_exactly_while_the_agent_speaks(self) -> None:
        if self.policy and self.policy.hearing == "gate":
            keyed = self.policy.push_to_talk and not self.turns.talking
            assert self.turns.held == (bool(self.turns.live) or keyed) or (
                not self.turns.responses and not self.turns.ended
            )

    def teardown(self) -> None:
        """Let the user be silent: in the end nobody is left paused, or waiting.

        Even if the provider hears somebody for ever.
        """
        if self.policy is None:
            return
        self.the_user_is_silent(20)
        self.time_passes(5000)
        self.time_passes(5000)
        assert self.turns.alarm is None
        assert not self.paused
        busy = self.turns.live or self.turns.user_speaking or self.turns.awaiting
        unanswered = self.turns.owed or self.turns.unnoticed_ns is not None
        assert not unanswered or busy or self.turns.down


Conversation.TestCase.settings = settings(
    max_examples=250,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
TestTheMachineHolds = pytest.mark.timeout(90)(Conversation.TestCase)
