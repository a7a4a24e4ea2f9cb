"""The speaker's buffer beside a model of it that is too simple to be wrong.

The model knows samples one by one: where each waits, what the device holds, what was
heard. It is given the same calls, and must agree on all that comes out.
"""

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from realtime_run.core.pcm import Pcm
from realtime_run.media.playback import Ended, Note, Playback, Played, Started

HZ = 1000  # one frame is one millisecond
RAMP = 10
STEPS = 50
RUNS = 250

Word = tuple[str, str, float]
"""Started, a sample, or ended; whose; and its value, or the milliseconds played."""


def told(notes: list[Note]) -> list[Word]:
    words: list[Word] = []
    whose = ""
    for note in notes:
        match note:
            case Started(response_id):
                whose = response_id
                words.append(("started", whose, 0))
            case Played(pcm):
                values = memoryview(pcm.data).cast("h")
                words += [("sample", whose, value) for value in values]
            case Ended(response_id, played_ms):
                words.append(("ended", response_id, played_ms))
    return words


@dataclass
class Answer:
    """One response, as the model sees it."""

    name: str
    pushed: list[int] = field(default_factory=list)
    pulled: int = 0
    heard: list[int] = field(default_factory=list)
    """The values as they sounded."""
    finished: bool = False
    flushed: bool = False

    @property
    def over(self) -> bool:
        return self.finished and len(self.heard) == len(self.pushed)

    @property
    def words(self) -> list[Word]:
        words: list[Word] = [("sample", self.name, value) for value in self.heard]
        if words:
            words.insert(0, ("started", self.name, 0))
        if self.over and not self.flushed:
            words.append(("ended", self.name, float(len(self.heard))))
        return words


class Model:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.held: deque[tuple[Answer, int] | None] = deque()
        """What the device holds: whose sample, and its value; None is silence."""
        self.paused = False
        self.below = 0
        """How many of the ramp's steps the level is below full."""
        self.goal = 0
        self.silent = True

    @property
    def live(self) -> list[Answer]:
        return [one for one in self.answers if not one.flushed]

    def pull(self, frames: int) -> list[int]:
        values = []
        for _ in range(frames):
            answer = None if self.paused else self._next()
            if answer is None:
                self.held.append(None)
                self.silent, self.below = True, self.goal
                values.append(0)
                continue
            self.below += (self.goal > self.below) - (self.goal < self.below)
            gain = 0.1 + 0.9 * ((RAMP - self.below) / RAMP)
            value = round(answer.pushed[answer.pulled] * gain)
            answer.pulled += 1
            self.silent = False
            self.held.append((answer, value))
            values.append(value)
        return values

    def _next(self) -> Answer | None:
        for answer in self.live:
            if answer.pulled < len(answer.pushed):
                return answer
            if not answer.finished:
                return None
        return None

    def hear(self, frames: int) -> None:
        for _ in range(min(frames, len(self.held))):
            held = self.held.popleft()
            if held is not None:
                answer, value = held
                answer.heard.append(value)

    def drop(self, frames: int) -> None:
        for _ in range(frames):
            held = self.held.pop()
            if held is not None:
                held[0].pulled -= 1

    def level(self, goal: int) -> None:
        self.paused, self.goal = False, goal
        if self.silent:
            self.below = goal

    def flush(self) -> dict[str, float]:
        played = {}
        ended = True
        for answer in self.live:
            ended = ended and answer.over
            if not ended:
                played[answer.name] = float(len(answer.heard))
                answer.flushed = True
        # What still sounds is nobody's any more.
        self.held = deque([None] * len(self.held))
        self.paused, self.goal, self.below = False, 0, 0
        return played

    @property
    def words(self) -> list[Word]:
        words: list[Word] = []
        waiting = False
        for answer in self.answers:
            said = answer.words
            if waiting and not answer.heard and not answer.flushed:
                break  # it has nothing to say, and nobody asked it yet
            words += said
            waiting = not (answer.over or answer.flushed)
        return words


class Beside(RuleBasedStateMachine):
    """The buffer, its device and the model, given the same calls."""

    @initialize(
        latency=st.none() | st.integers(0, 12),
        takes_back=st.sampled_from([0, 3, 100]),
    )
    def begin(self, latency: int | None, takes_back: int) -> None:
        self.notes: list[Note] = []
        self.playback = Playback(HZ, self.notes.extend)
        self.model = Model()
        self.open: list[Answer] = []
        self.value = 0
        self.latency = latency
        self.takes_back = takes_back
        if latency is not None:
            self.playback.attach(self)

    # The device: the model holds its samples.

    @property
    def unheard_frames(self) -> int:
        return len(self.model.held)

    def filled(self) -> None:
        assert not self.model.paused

    def flush(self) -> int:
        dropped = min(self.takes_back, len(self.model.held))
        self.model.drop(dropped)
        return dropped

    # What the session and the device do.

    @rule(count=st.integers(0, 12), which=st.integers(0, 2))
    def push(self, count: int, which: int) -> None:
        if which >= len(self.open):
            self.open.append(Answer(f"r{len(self.model.answers)}"))
            self.model.answers.append(self.open[-1])
            which = len(self.open) - 1
        answer = self.open[which]
        values = [1000 + self.value + number for number in range(count)]
        self.value += count
        answer.pushed += values
        data = b"".join(value.to_bytes(2, "little") for value in values)
        assert self.playback.push(answer.name, Pcm(data, HZ))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 2))
    def finish(self, which: int) -> None:
        answer = self.open.pop(min(which, len(self.open) - 1))
        answer.finished = True
        self.playback.finish(answer.name)

    @rule(frames=st.integers(0, 20))
    def pull(self, frames: int) -> None:
        data = self.playback.pull(frames)
        assert memoryview(data).cast("h").tolist() == self.model.pull(frames)
        kept = self.latency or 0
        self.model.hear(len(self.model.held) - kept)

    @precondition(lambda self: self.latency)
    @rule(frames=st.integers(1, 8))
    def sound_on(self, frames: int) -> None:
        self.model.hear(frames)

    @rule()
    def pause(self) -> None:
        self.model.paused = True
        self.playback.pause()

    @rule()
    def duck(self) -> None:
        self.model.level(RAMP)
        self.playback.duck()

    @rule()
    def resume(self) -> None:
        self.model.level(0)
        self.playback.resume()

    @rule()
    def interrupt(self) -> None:
        played = dict(self.playback.flush())
        cut = self.model.flush()
        whole = {name: played.pop(name) for name in played.keys() - cut.keys()}
        assert played == cut
        # The session may not know yet that these were heard to their end.
        heard_out = {("ended", name, value) for name, value in whole.items()}
        assert heard_out <= set(self.model.words)
        assert told(self.notes) == self.model.words
        self.open.clear()

    # What always holds.

    @invariant()
    def nothing_is_told_that_was_not_heard(self) -> None:
        words, said = self.model.words, told(self.notes)
        assert said == (words[: len(said)] if self.latency is not None else words)

    @invariant()
    def nothing_waits_that_the_model_does_not_know(self) -> None:
        waits = sum(len(one.pushed) - one.pulled for one in self.model.live)
        assert self.playback.pending_frames == (0 if self.model.paused else waits)

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        self.resume()
        while self.open:
            self.finish(0)
        self.pull(self.playback.pending_frames)
        self.latency = 0 if self.latency is not None else None
        self.pull(1)
        self.pull(0)
        assert told(self.notes) == self.model.words
        for answer in self.model.live:
            assert answer.over


@pytest.mark.timeout(60)
def test_each_sample_is_heard_once_and_in_order_whatever_is_asked_meanwhile() -> None:
    run_state_machine_as_test(
        Beside,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
