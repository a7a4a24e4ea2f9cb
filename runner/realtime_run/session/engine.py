"""Performs what the pure core decides, in order and at once.

Everything that happens to a session goes through `apply`, on the loop's thread and
without awaiting: so an interruption has silenced the speaker before anything else can
happen, and one order of events holds for all who listen.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from realtime_run.core import tool_calls, turns
from realtime_run.core.commands import (
    ApproveToolCall,
    Command,
    CreateResponse,
    SendText,
    SendToolResults,
    ToolResult,
)
from realtime_run.core.events import Event, RealtimeErrorEvent, RealtimeResponseEvent
from realtime_run.core.history import History
from realtime_run.core.pcm import Pcm
from realtime_run.core.policy import Policy
from realtime_run.core.provider_events import ToolCalled
from realtime_run.core.tool_calls import RunTool, StopTools, ToolCalls, ToolFinished
from realtime_run.core.turn_effects import (
    Duck,
    Effect,
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
    ApprovalAnswered,
    Disconnected,
    Flushed,
    Input,
    InterruptRequested,
)
from realtime_run.core.turn_state import Turns
from realtime_run.media.playback import Playback
from realtime_run.session.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the engine acts on."""

    playback: Playback
    send: Callable[[Command], None]
    emit: Callable[[Event], None]
    run_tool: Callable[[ToolCalled], None]
    stop_tools: Callable[[tuple[str, ...]], None]
    hold: Callable[[bool], None]
    """Keeps the microphone from the provider; True sends silence in its place."""
    release: Callable[[int | None], None]
    """Gives it to the provider again, from a position in its audio on."""
    clock: Clock


class Engine:
    """The state of one conversation."""

    def __init__(self, reach: Reach, policy: Policy, output_hz: int) -> None:
        """Make the engine of a conversation that has not begun.

        Args:
            reach: What it acts on.
            policy: What the user's speech does to the agent's.
            output_hz: The rate of the provider's audio.
        """
        self._reach = reach
        self._policy = policy
        self._output_hz = output_hz
        self._inputs: deque[Input | ToolFinished] = deque()
        self._applying = False
        self._overflowed = ""  # the response that was told of last
        self.turns = Turns()
        self.tool_calls = ToolCalls()
        self.history = History()
        self.interruptions = 0
        self.answered = 0
        self.unanswered = 0
        """Responses that failed, and answers that did not come in time."""
        self.cost_usd = 0.0
        """What the responses cost, as far as it is known."""
        self._owed = False  # an answer, when the connection was lost
        self.steps = 0
        """How much has happened."""
        self.changed = asyncio.Event()
        """Set whenever something happened; who waits for it clears it."""

    @property
    def idle(self) -> bool:
        """True if nobody speaks, nothing is expected and no tool runs."""
        expected = self._owed or self.tool_calls.groups
        return self.turns.idle and not expected

    def apply(self, event: Input | ToolFinished) -> None:
        """Let something happen."""
        self._inputs.append(event)
        if self._applying:
            return  # an effect caused it: it comes after the effects before it
        self._applying = True
        try:
            while self._inputs:
                self._step(self._inputs.popleft())
        finally:
            self._applying = False
            self.changed.set()

    def ask(self, text: str) -> None:
        """Send the user's text, and expect an answer."""
        self.history = self.history.wrote(text)
        self._reach.send(SendText(text=text))
        self.apply(AnswerRequested())

    def disconnect(self) -> None:
        """Take note that the connection is gone."""
        begun = (r for r in self.turns.live if r.generating)
        mute = any(not (r.received_ms or r.written) for r in begun)
        self._owed = self._owed or self.turns.awaiting or mute
        self.apply(Disconnected())

    def resume(self, *, texts_wait: bool) -> None:
        """Ask a new connection for the answer that the one before it owed.

        It knows what was said so far. What waits to be sent asks by itself.

        Args:
            texts_wait: Whether texts of the user wait to be sent.
        """
        owed, self._owed = self._owed, False
        if owed and not texts_wait and self.history.ends_with_the_user:
            self._reach.send(CreateResponse())
            self.apply(AnswerRequested())
        self.changed.set()

    def approve(self, answer: ApproveToolCall) -> None:
        """Answer a question for approval, and expect the model to go on."""
        self._reach.send(answer)
        self.apply(ApprovalAnswered(approval_id=answer.approval_id))

    def interrupt(self) -> None:
        """Silence the agent, as far as it speaks or is about to."""
        self._owed = False
        self.apply(InterruptRequested())

    def finish_tool(self, result: ToolResult) -> None:
        """Take the result of a call."""
        self.apply(ToolFinished(result))

    def _step(self, event: Input | ToolFinished) -> None:
        self.steps += 1
        if not isinstance(event, ToolFinished):
            before = self.turns.epoch
            self.turns, effects = turns.step(
                self.turns,
                event,
                at_ns=self._reach.clock.now_ns(),
                policy=self._policy,
                output_hz=self._output_hz,
            )
            self.interruptions += self.turns.epoch - before
            for effect in effects:
                self._perform(effect)
        self.tool_calls, actions = tool_calls.step(self.tool_calls, event, self.turns)
        for action in actions:
            match action:
                case RunTool(call):
                    self._reach.run_tool(call)
                case StopTools(call_ids):
                    self._reach.stop_tools(call_ids)
                case SendToolResults(respond=False):
                    self._reach.send(action)
                case SendToolResults() | CreateResponse():
                    self._reach.send(action)
                    self.apply(AnswerRequested())
                case _:
                    assert_never(action)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Play(response_id=response_id, pcm=pcm):
                self._play(response_id, Pcm(pcm, self._output_hz))
            case FinishPlayback(response_id=response_id):
                self._reach.playback.finish(response_id)
            case Flush(cause=cause):
                played = self._reach.playback.flush()
                # Before anything else that waits: no event may come between.
                self._inputs.appendleft(Flushed(cause=cause, played_ms=played))
            case Pause():
                self._reach.playback.pause()
            case Duck():
                self._reach.playback.duck()
            case Resume():
                self._reach.playback.resume()
            case HoldInput(silence=silence):
                self._reach.hold(silence)
            case ReleaseInput(since_ms=since_ms):
                self._reach.release(since_ms)
            case Send(command):
                self._reach.send(command)
            case Emit(event):
                self.history = self.history.heard(event)
                self._count(event)
                self._reach.emit(event)
            case _:
                assert_never(effect)

    def _count(self, event: Event) -> None:
        if isinstance(event, RealtimeResponseEvent):
            self.cost_usd += event.cost_usd or 0.0
        match event:
            case RealtimeResponseEvent(is_complete=True, status="completed"):
                self.answered += 1
            case RealtimeResponseEvent(is_complete=True, status="failed"):
                self.unanswered += 1
            case RealtimeErrorEvent(error_code="answer_overdue"):
                self.unanswered += 1
            case _:
                pass

    def _play(self, response_id: str, pcm: Pcm) -> None:
        if self._reach.playback.push(response_id, pcm):
            return
        if response_id != self._overflowed:
            self._overflowed = response_id
            error = RealtimeErrorEvent(
                error="the model is too far ahead of the speaker: audio dropped",
                error_code="playback_full",
                context=f"response {response_id}",
            )
            self._reach.emit(error)
