"""When the results of tools go back to the model, and when it is asked to go on.

All results of one response are sent together, once the response is done and every call
has ended, and the model is asked for exactly one continuation. While the user speaks,
or the model is about to answer what was said, results are sent without asking: that
answer can use them. If none comes, it is asked for after all. While a response is being
made they wait for its end, unless the provider takes them at any time, which
`ToolCallsReady` says: what is being said may hold the answer; if the results stop it,
another answer comes. Who asked for silence is not told aloud.
"""

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from realtime_run.core import provider_events as reported
from realtime_run.core.commands import CreateResponse, SendToolResults, ToolResult
from realtime_run.core.turn_inputs import Disconnected, Input, InterruptRequested
from realtime_run.core.turn_state import Turns


class Group(Struct, frozen=True, kw_only=True):
    """The calls of one response."""

    response_id: str
    call_ids: tuple[str, ...] = ()
    results: tuple[ToolResult, ...] = ()
    response_done: bool = False
    ready: bool = False
    """The provider takes the results whatever it is doing."""
    silenced: bool = False
    """Somebody asked for silence: the results are sent, and nothing is said of them."""

    @property
    def complete(self) -> bool:
        """True when nothing more is to come."""
        whole = self.response_done or self.ready
        return whole and len(self.results) == len(self.call_ids)


class ToolCalls(Struct, frozen=True):
    """The calls whose results the model has not got yet."""

    groups: tuple[Group, ...] = ()
    owed: bool = False
    """Results were sent in the hope of an answer to what the user was saying."""
    told: str | None = None
    """The response that was being made when results were sent."""


class ToolFinished(Struct, frozen=True):
    """A call ended."""

    result: ToolResult


class RunTool(Struct, frozen=True):
    """Start a call in the background; report `ToolFinished`."""

    call: reported.ToolCalled


class StopTools(Struct, frozen=True):
    """Cancel these calls: nobody wants their results any more."""

    call_ids: tuple[str, ...]


class ExpectAnswer(Struct, frozen=True):
    """The model is about to speak of results that it has, without being asked."""


ToolEffect: TypeAlias = (
    RunTool | StopTools | SendToolResults | CreateResponse | ExpectAnswer
)


def step(  # noqa: C901, PLR0912 - a table: one entry for each kind of event
    calls: ToolCalls, event: Input | ToolFinished, turns: Turns
) -> tuple[ToolCalls, tuple[ToolEffect, ...]]:
    """Return the next state, and what the session must do.

    Args:
        calls: The state before.
        event: What happened.
        turns: The state of the turns *after* the event.
    """
    groups, owed, told = calls.groups, calls.owed, calls.told
    effects: tuple[ToolEffect, ...] = ()
    match event:
        case reported.ToolCalled():
            groups = _called(groups, event)
            effects = (RunTool(event),)
        case reported.ToolCallsReady(response_id=response_id, answered=answered):
            groups = tuple(
                replace(group, ready=True, silenced=group.silenced or not answered)
                if group.response_id == response_id
                else group
                for group in groups
            )
        case reported.ToolCallsCancelled(call_ids=call_ids):
            groups = tuple(_without(group, call_ids) for group in groups)
            effects = (StopTools(call_ids),)
        case ToolFinished(result=result):
            groups = tuple(_finished(group, result) for group in groups)
        case reported.ResponseStarted():
            owed, told = False, None
        case reported.SpeechStarted():
            told = None
        case InterruptRequested():
            owed, told = False, None
            groups = tuple(replace(group, silenced=True) for group in groups)
        case reported.ResponseDone(response_id=response_id, status=status):
            if response_id == told:
                stopped = status == "cancelled" and not turns.users
                effects, told = (ExpectAnswer(),) if stopped else (), None
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
    after, sent = _ready(ToolCalls(groups, owed, told), turns)
    return after, effects + sent


def _called(groups: tuple[Group, ...], call: reported.ToolCalled) -> tuple[Group, ...]:
    for group in groups:
        if group.response_id == call.response_id and not group.ready:
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


def _ready(calls: ToolCalls, turns: Turns) -> tuple[ToolCalls, tuple[ToolEffect, ...]]:
    # Whether the model has, or is about to have, something to answer already.
    asked = turns.generating or turns.users
    owed, told = calls.owed, calls.told
    made = next((r.response_id for r in turns.live if r.generating), None)
    left: list[Group] = []
    effects: list[ToolEffect] = []
    for group in calls.groups:
        if not group.complete:
            left.append(group)
        elif not group.call_ids:
            pass  # all of them were cancelled
        elif group.silenced or turns.users:
            effects.append(_results(group, respond=False))
            owed = owed or not group.silenced
        elif asked and not group.ready:
            left.append(group)
        else:
            effects.append(_results(group, respond=True))
            asked, owed, told = True, False, made
    if owed and not asked:
        effects.append(CreateResponse())
        owed = False
    return ToolCalls(tuple(left), owed, told), tuple(effects)


def _results(group: Group, *, respond: bool) -> SendToolResults:
    order = group.call_ids.index
    results = sorted(group.results, key=lambda result: order(result.call_id))
    return SendToolResults(results=tuple(results), respond=respond)
