"""A conversation in the hand of a test: what happens, and what comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_run.core import provider_events as reported
from realtime_run.core.barge_in import lower
from realtime_run.core.capabilities import Capabilities
from realtime_run.core.policy import Policy
from realtime_run.core.presets import PRESETS, BargeIn
from realtime_run.core.turn_detection import TurnDetection
from realtime_run.core.turn_effects import Effect, Emit, Flush, Send
from realtime_run.core.turn_inputs import Flushed, Input, PlaybackStarted, VoiceHeard
from realtime_run.core.turn_state import Turns
from realtime_run.core.turns import step

MS = 1_000_000
HZ = 1000  # one sample is one millisecond


class World:
    """The turns of one conversation, and the clock they see."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.turns = Turns()
        self.at_ms = 0
        self.voice_began = 0
        self.voice_ended = 0
        self.effects: list[Effect] = []
        self.heard_ms = 0.0
        """What a flush reports of every response."""

    def happens(self, *events: Input) -> "World":
        """Let things happen now; `effects` is what they brought about."""
        self.effects = []
        waiting = list(events)
        while waiting:
            self.turns, effects = step(
                self.turns,
                waiting.pop(0),
                at_ns=self.at_ms * MS,
                policy=self.policy,
                output_hz=HZ,
            )
            self.effects += effects
            for effect in effects:
                if isinstance(effect, Flush):
                    played = {
                        r.response_id: self.heard_ms for r in self.turns.responses
                    }
                    flushed = Flushed(cause=effect.cause, played_ms=played)
                    waiting.insert(0, flushed)
        return self

    def later(self, ms: int) -> "World":
        """Let time pass in which nothing happens."""
        self.at_ms += ms
        return self

    def sounds(self, ms: int) -> "World":
        """Let the runner's ear hear the user for so long, in windows of 20 ms."""
        self.voice_began = self.at_ms
        return self.sounds_on(ms)

    def sounds_on(self, ms: int) -> "World":
        """Let the same sound go on for so long."""
        effects: list[Effect] = []
        for _ in range(0, ms, 20):
            self.at_ms += 20
            lasting = self.at_ms - self.voice_began
            effects += self.happens(
                VoiceHeard(voice=True, since_ms=self.voice_began, lasting_ms=lasting)
            ).effects
        self.voice_ended = self.at_ms
        self.effects = effects
        return self

    def silent(self, ms: int) -> "World":
        """Let the runner's ear hear nothing for so long."""
        effects: list[Effect] = []
        for _ in range(0, ms, 20):
            self.at_ms += 20
            lasting = self.at_ms - self.voice_ended
            effects += self.happens(
                VoiceHeard(voice=False, since_ms=self.voice_ended, lasting_ms=lasting)
            ).effects
        self.effects = effects
        return self

    def agent_speaks(self, response_id: str = "r1", ms: int = 10_000) -> "World":
        """Let a response be generated whole, and begin to be heard."""
        return self.happens(
            reported.ResponseStarted(response_id=response_id),
            reported.AudioOutput(
                response_id=response_id, pcm=bytes(2 * ms), item_id="a1"
            ),
            reported.ResponseDone(response_id=response_id),
            PlaybackStarted(response_id=response_id),
        )

    @property
    def sent(self) -> list[object]:
        """What the last of it asked the provider for."""
        return [e.command for e in self.effects if isinstance(e, Send)]

    @property
    def done(self) -> list[object]:
        """What the last of it did beside telling and asking."""
        return [e for e in self.effects if not isinstance(e, Send | Emit)]

    def told(self, kind: type[Any]) -> list[Any]:
        """What the last of it told of one kind."""
        events = [e.event for e in self.effects if isinstance(e, Emit)]
        return [event for event in events if isinstance(event, kind)]


OBSERVES = Capabilities(
    input_hz=HZ, output_hz=HZ, manual_responses=True, manual_turns=True
)
GATES = Capabilities(input_hz=HZ, output_hz=HZ, can_disable_interrupt=False)


@pytest.fixture
def world() -> Callable[..., World]:
    """Begin a conversation under a preset or block."""

    def begin(
        asked: str | BargeIn = "polite",
        *,
        able: Capabilities = OBSERVES,
        **turn: Any,
    ) -> World:
        wanted = PRESETS[asked] if isinstance(asked, str) else asked  # type: ignore[index]  # a test's own
        lowered = lower(wanted, TurnDetection(**turn), able, "parrot")
        assert lowered.refusals == ()
        return World(lowered.policy)

    return begin


@pytest.fixture
def gated(world: Callable[..., World]) -> Callable[..., World]:
    """The same with a provider that always interrupts itself."""
    return lambda asked="polite", **turn: world(asked, able=GATES, **turn)
