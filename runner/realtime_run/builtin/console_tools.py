"""What the console tells of tools: pure."""

from dataclasses import replace

from realtime_run.builtin.console_state import ConsoleState, Line, Step
from realtime_run.builtin.console_text import call_text, clean, value_text
from realtime_run.core.events import (
    ToolApprovalRequestedEvent,
    ToolEndEvent,
    ToolStartEvent,
)


def tool_began(state: ConsoleState, event: ToolStartEvent) -> Step:
    """Show a call that runs."""
    call = call_text(event.tool_name, event.arguments)
    line = Line(kind="tool", label="tool", text=f"{call} ...", passing=True)
    return replace(state, tools=(*state.tools, (event.tool_call_id, call))), (line,)


def tool_ended(state: ConsoleState, event: ToolEndEvent) -> Step:
    """Tell how a call ended."""
    running = tuple(call for call in state.tools if call[0] != event.tool_call_id)
    call = call_text(event.tool_name, event.arguments)
    took = f"({event.execution_ms:.0f} ms)"
    after = replace(state, tools=running)
    if event.success:
        text = f"{call} -> {value_text(event.result)} {took}"
        return after, (Line(kind="tool", label="tool", text=text),)
    text = f"{call} failed: {clean(event.error or 'no reason given')} {took}"
    return after, (Line(kind="error", label="tool", text=text),)


def approval_asked(state: ConsoleState, event: ToolApprovalRequestedEvent) -> Step:
    """Tell that somebody must say whether a call may be made."""
    call = call_text(event.tool_name, event.arguments)
    server = f" of {clean(event.server)}" if event.server else ""
    text = f"{call}{server} waits for approval [{clean(event.approval_id)}]"
    return state, (Line(kind="tool", label="tool", text=text),)
