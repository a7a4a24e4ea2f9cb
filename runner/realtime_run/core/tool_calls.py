"""When the results of tools go back to the model, and when it is asked to go on.

All results of one response are sent together, once the response is done and every call
has ended, and then the model is asked for exactly one continuation: not while another
response is being made or the user speaks, and not at all if a newer turn has already
been answered, or somebody asked for silence.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import SendToolResults, ToolResult
from realtime_run.core.turn_state import Disconnected, Input, InterruptRequested, Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The calls of one response."""

    response_id: str
    call_ids: tuple[str, ...] = ()
    results: tuple[ToolResult, ...] = ()
    response_done: bool = False
    overtaken: bool = False
    """The model shall not go on from these results: it has gone on without them, or
    was interrupted."""

    @property
    def complete(self) -> bool:
        """True when nothing more is to come."""
        return self.response_done and len(self.results) == len(self.call_ids)


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """The calls whose results the model has not got yet."""

    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A call ended."""

    result: ToolResult


@dataclass(frozen=True, slots=True)
class RunTool:
    """Start a call in the background; report `ToolFinished`."""

    call: reported.ToolCalled


@dataclass(frozen=True, slots=True)
class StopTools:
    """Cancel these calls: nobody wants their results any more."""

    call_ids: tuple[str, ...]


ToolEffect: TypeAlias = RunTool | StopTools | SendToolResults


def step(
    calls: ToolCalls, event: Input | ToolFinished, turns: Turns
) -> tuple[ToolCalls, tuple[ToolEffect, ...]]:
    """Return the next state, and what the session must do.

    Args:
        calls: The state before.
        event: What happened.
        turns: The state of the turns *after* the event.
    """
    groups = calls.groups
    effects: tuple[ToolEffect, ...] = ()
    match event:
        case reported.ToolCalled():
            groups = _called(groups, event)
            effects = (RunTool(event),)
        case reported.ToolCallsCancelled(call_ids=call_ids):
            groups = tuple(_without(group, call_ids) for group in groups)
            effects = (StopTools(call_ids),)
        case ToolFinished(result=result):
            groups = tuple(_finished(group, result) for group in groups)
        case reported.ResponseStarted():
            groups = tuple(
                replace(group, overtaken=group.overtaken or group.response_done)
                for group in groups
            )
        case InterruptRequested():
            groups = tuple(replace(group, overtaken=True) for group in groups)
        case reported.ResponseDone(response_id=response_id):
            groups = tuple(
                replace(group, response_done=True)
                if group.response_id == response_id
                else group
                for group in groups
            )
        case Disconnected():
            # The next connection knows nothing of these calls.
            gone = tuple(id_ for group in groups for id_ in group.call_ids)
            return ToolCalls(), (StopTools(gone),) if gone else ()
        case _:
            pass
    groups, send = _ready(groups, turns)
    return ToolCalls(groups), effects + send


def _called(groups: tuple[Group, ...], call: reported.ToolCalled) -> tuple[Group, ...]:
    for group in groups:
        if group.response_id == call.response_id:
            grown = replace(group, call_ids=(*group.call_ids, call.call_id))
            return tuple(grown if g is group else g for g in groups)
    return (*groups, Group(response_id=call.response_id, call_ids=(call.call_id,)))


def _without(group: Group, call_ids: tuple[str, ...]) -> Group:
    return replace(
        group,
        call_ids=tuple(id_ for id_ in group.call_ids if id_ not in call_ids),
        results=tuple(r for r in group.results if r.call_id not in call_ids),
    )


def _finished(group: Group, result: ToolResult) -> Group:
    known = {r.call_id for r in group.results}
    if result.call_id not in group.call_ids or result.call_id in known:
        return group
    return replace(group, results=(*group.results, result))


def _ready(
    groups: tuple[Group, ...], turns: Turns
) -> tuple[tuple[Group, ...], tuple[SendToolResults, ...]]:
    free = not (turns.generating or turns.user_speaking or turns.awaiting)
    left: list[Group] = []
    send: list[SendToolResults] = []
    for group in groups:
        if not group.complete:
            left.append(group)
        elif not group.call_ids:
            pass  # all of them were cancelled
        elif group.overtaken or (free and not send):
            order = group.call_ids.index
            results = sorted(group.results, key=lambda result: order(result.call_id))
            send.append(
                SendToolResults(results=tuple(results), respond=not group.overtaken)
            )
        else:
            left.append(group)
    return tuple(left), tuple(send)
