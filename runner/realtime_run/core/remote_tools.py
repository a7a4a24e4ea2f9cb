"""Tools that the provider calls by itself: what is told of them.

They are shown as the session's own calls are, so that a handler need not care where a
tool runs.
"""

import json
from collections.abc import Mapping
from typing import cast

from msgspec.structs import replace

from realtime_run.core import events as public
from realtime_run.core import provider_events as reported
from realtime_run.core.turn_effects import Emit
from realtime_run.core.turn_state import RemoteCall, Step, Turns

_MOST_CALLS = 64
"""So many may be under way; of an older one, no end is told."""


def started(turns: Turns, event: reported.RemoteToolStarted, at_ns: int) -> Step:
    """Tell that a call began."""
    if any(call.call_id == event.call_id for call in turns.remote_calls):
        return turns, ()
    arguments = arguments_of(event.arguments)
    call = RemoteCall(
        call_id=event.call_id, name=event.name, arguments=arguments, began_ns=at_ns
    )
    start = public.ToolStartEvent(
        tool_name=event.name,
        arguments=arguments,
        tool_call_id=event.call_id,
        server=event.server,
    )
    calls = (*turns.remote_calls, call)[-_MOST_CALLS:]
    return replace(turns, remote_calls=calls), (Emit(start),)


def ended(turns: Turns, event: reported.RemoteToolEnded, at_ns: int) -> Step:
    """Tell what a call came to."""
    for call in turns.remote_calls:
        if call.call_id == event.call_id:
            break
    else:
        return turns, ()
    end = public.ToolEndEvent(
        tool_name=call.name,
        arguments=call.arguments,
        tool_call_id=call.call_id,
        success=event.success,
        result=event.output,
        error=event.error,
        execution_ms=(at_ns - call.began_ns) / 1e6,
    )
    calls = tuple(other for other in turns.remote_calls if other is not call)
    return replace(turns, remote_calls=calls), (Emit(end),)


def approval_requested(turns: Turns, event: reported.ToolApprovalRequested) -> Step:
    """Tell that the provider asks for leave; the model waits for the answer."""
    asked = public.ToolApprovalRequestedEvent(
        approval_id=event.approval_id,
        tool_name=event.name,
        arguments=arguments_of(event.arguments),
        server=event.server,
    )
    approvals = (*turns.approvals, event.approval_id)[-_MOST_CALLS:]
    return replace(turns, approvals=approvals), (Emit(asked),)


def approval_answered(turns: Turns, approval_id: str) -> Turns:
    """Expect the model to go on after the last answer, whether it may call or not."""
    if approval_id not in turns.approvals:
        return turns
    approvals = tuple(other for other in turns.approvals if other != approval_id)
    awaiting = turns.awaiting or not approvals
    return replace(turns, approvals=approvals, awaiting=awaiting)


def arguments_of(written: str) -> Mapping[str, object]:
    """Return a call's arguments; what is no JSON object comes under `arguments`."""
    try:
        arguments: object = json.loads(written or "{}")
    except (ValueError, RecursionError):
        arguments = written
    if isinstance(arguments, dict):
        return cast("dict[str, object]", arguments)
    return {"arguments": arguments}
