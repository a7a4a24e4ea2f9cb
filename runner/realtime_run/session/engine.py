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
from realtime_run.core.events import Event, RealtimeErrorEvent
from realtime_run.core.history import History
from realtime_run.core.losses import Arrears, arrears_after
from realtime_run.core.pcm import Pcm
from realtime_run.core.policy import Policy
from realtime_run.core.provider_events import ToolCalled
from realtime_run.core.tool_calls import (
    ExpectAnswer,
    RunTool,
    StopTools,
    ToolCalls,
    ToolEffect,
    ToolFinished,
)
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
    Connected,
    Disconnected,
    Flushed,
    GreetingRequested,
    Input,
    InterruptRequested,
    Ticked,
    ToolsRunning,
)
from realtime_run.core.turn_state import Turns
from realtime_run.media.playback import Playback
from realtime_run.session.clock import Clock
from realtime_run.session.figures import Figures


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
    cancel_tools: Callable[[], None]
    """Ends the tools that run: each call fails."""
    clock: Clock


class Engine:
    """The state of one conversation."""

    def __init__(
        self,
        reach: Reach,
        policy: Policy,
        output_hz: int,
        *,
        greeting: str | None = None,
    ) -> None:
        """Make the engine of a conversation that has not begun.

        Args:
            reach: What it acts on.
            policy: What the user's speech does to the agent's.
            output_hz: The rate of the provider's audio.
            greeting: What the agent is told to say first.
        """
        self._greeting = greeting
        self._reach = reach
        self._policy = policy
        self._output_hz = output_hz
        self._inputs: deque[Input | ToolFinished] = deque()
        self._applying = False
        self._overflowed = ""  # the response that was told of last
        self.turns = Turns()
        self.tool_calls = ToolCalls()
        self.history = History()
        self.figures = Figures()
        self._arrears = Arrears()
        self.steps = 0
        """How much has happened."""
        self.changed = asyncio.Event()
        """Set whenever something happened; who waits for it clears it."""

    @property
    def idle(self) -> bool:
        """True if nobody speaks, nothing is expected and no tool runs."""
        return self.turns.idle and not (self._arrears or self.tool_calls.groups)

    @property
    def ticks(self) -> bool:
        """True while the mere passing of time may bring something about."""
        turns = self.turns
        waits = turns.alarm is not None or turns.unnoticed_ns is not None
        return waits or self._policy.nudge_after_ms is not None

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
        self._arrears = arrears_after(
            self._arrears, self.turns, self.tool_calls, self.history
        )
        self.apply(Disconnected())

    def resume(self, *, texts_wait: bool) -> None:
        """Ask a new connection for the answer that the one before it owed.

        It knows what was said so far. What waits to be sent asks by itself.

        Args:
            texts_wait: Whether texts of the user wait to be sent.
        """
        self.apply(Connected())
        arrears, self._arrears = self._arrears, Arrears()
        nothing_said = not (self.history.items or self.figures.answered or texts_wait)
        if self._greeting is not None and nothing_said:
            self.apply(GreetingRequested(text=self._greeting))
        elif self.turns.awaiting:
            pass  # what was said meanwhile is asked about already
        elif arrears.is_due(self.history) and not texts_wait:
            self._reach.send(CreateResponse())
            self.apply(AnswerRequested())
        self.changed.set()

    def approve(self, answer: ApproveToolCall) -> None:
        """Answer a question for approval, and expect the model to go on."""
        self._reach.send(answer)
        self.apply(ApprovalAnswered(approval_id=answer.approval_id))

    def interrupt(self) -> None:
        """Silence the agent, as far as it speaks or is about to."""
        self._arrears = Arrears()
        self.apply(InterruptRequested())

    def finish_tool(self, result: ToolResult) -> None:
        """Take the result of a call."""
        self.apply(ToolFinished(result))

    def _step(self, event: Input | ToolFinished) -> None:
        self.steps += not isinstance(event, Ticked)
        if not isinstance(event, ToolFinished):
            self._turn(event)
        self.tool_calls, actions = tool_calls.step(self.tool_calls, event, self.turns)
        for action in actions:
            self._act(action)
        running = bool(self.tool_calls.groups)
        if self._policy.watches and running != self.turns.tools_running:
            self.apply(ToolsRunning(running=running))

    def _act(self, action: ToolEffect) -> None:
        match action:
            case RunTool(call):
                self._reach.run_tool(call)
            case StopTools(call_ids):
                self._reach.stop_tools(call_ids)
            case SendToolResults(respond=False):
                self._reach.send(action)
            case SendToolResults() if self.turns.generating:
                self._reach.send(action)  # what is being said may hold the answer
            case SendToolResults() | CreateResponse():
                self._reach.send(action)
                self.apply(AnswerRequested())
            case ExpectAnswer():
                self.apply(AnswerRequested())
            case _:
                assert_never(action)

    def _turn(self, event: Input) -> None:
        epoch = self.turns.epoch
        self.turns, effects = turns.step(
            self.turns,
            event,
            at_ns=self._reach.clock.now_ns(),
            policy=self._policy,
            output_hz=self._output_hz,
        )
        for effect in effects:
            self._perform(effect)
        if self._policy.stop_tools and self.turns.epoch > epoch:
            self._reach.cancel_tools()

    def _perform(self, effect: Effect) -> None:  # noqa: C901 - a table
        match effect:
            case Play(response_id=response_id, pcm=pcm):
                self._play(response_id, Pcm(pcm, self._output_hz))
            case FinishPlayback(response_id=response_id):
                self._reach.playback.finish(response_id)
            case Flush(cause=cause):
                played = self._reach.playback.flush()
                # Before anything else that waits: no event may come between.
                self._inputs.appendleft(Flushed(cause=cause, played_ms=played))
            case Pause() | Duck() | Resume():
                self._speak(effect)
            case HoldInput(silence=silence):
                self._reach.hold(silence)
            case ReleaseInput(since_ms=since_ms):
                self._reach.release(since_ms)
            case Send(command):
                self._reach.send(command)
            case Emit(event):
                self.history = self.history.heard(event)
                self.figures.count(event)
                self._reach.emit(event)
            case _:
                assert_never(effect)

    def _speak(self, effect: Pause | Duck | Resume) -> None:
        match effect:
            case Pause():
                self._reach.playback.pause()
            case Duck():
                self._reach.playback.duck()
            case Resume():
                self._reach.playback.resume()
            case _:
                assert_never(effect)

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
