"""Decodes what the server says of the tools that it calls by itself (MCP)."""

from realtime_run.core.provider_events import (
    ProviderFailed,
    RemoteToolEnded,
    RemoteToolStarted,
    ToolApprovalRequested,
)
from realtime_run.wire.messages import Message, object_of, text_of
from realtime_run_openai.codec.state import RemoteCall, State
from realtime_run_openai.codec.table import Table


def remote_item(state: State, item: Message, *, done: bool) -> None:
    """Take an item of a remote tool, when it is added or done."""
    match text_of(item, "type"):
        case "mcp_call":
            _call_item(state, item, done=done)
        case "mcp_approval_request":
            _approval(state, item, done=done)
        case "mcp_list_tools":
            state.tool_names.put(text_of(item, "id"), text_of(item, "server_label"))
        case _:
            pass


def end_remote_calls(state: State) -> None:
    """Tell of the calls whose end was reported without a result."""
    for item_id in tuple(state.remote):
        call = state.remote.get(item_id)
        if call is not None and call.failed:
            _ended(state, item_id, call, output=None, error=f"{call.name} failed")


def _call_item(state: State, item: Message, *, done: bool) -> None:
    item_id = text_of(item, "id")
    if not item_id or item_id in state.called:
        return
    call = state.remote.get(item_id)
    if call is None:
        server = text_of(item, "server_label") or None
        call = RemoteCall(name=text_of(item, "name"), server=server)
        state.remote.put(item_id, call)
    output = item.get("output")
    error = _error_of(item)
    ended = done or isinstance(output, str) or error is not None
    if ended or text_of(item, "arguments"):
        _started(state, item_id, call, text_of(item, "arguments"))
    if ended:
        text = output if isinstance(output, str) else None
        _ended(state, item_id, call, output=text, error=error)


def _error_of(item: Message) -> str | None:
    error = item.get("error")
    if isinstance(error, str):
        return error
    described = object_of(item, "error")
    if not described:
        return None
    return text_of(described, "message") or text_of(described, "type") or "failed"


def _started(state: State, item_id: str, call: RemoteCall, arguments: str) -> None:
    if call.started:
        return
    call.started = True
    state.emit(
        RemoteToolStarted(
            call_id=item_id, name=call.name, arguments=arguments, server=call.server
        )
    )


def _ended(
    state: State,
    item_id: str,
    call: RemoteCall,
    *,
    output: str | None,
    error: str | None,
) -> None:
    _started(state, item_id, call, "")
    state.remote.pop(item_id)
    state.called.put(item_id, None)
    failed = call.failed or error is not None
    state.emit(
        RemoteToolEnded(call_id=item_id, success=not failed, output=output, error=error)
    )


def _approval(state: State, item: Message, *, done: bool) -> None:
    item_id = text_of(item, "id")
    if not item_id or item_id in state.called:
        return
    if not (done or text_of(item, "arguments")):
        return  # it is announced before its arguments are known
    state.called.put(item_id, None)
    state.emit(
        ToolApprovalRequested(
            approval_id=item_id,
            name=text_of(item, "name"),
            arguments=text_of(item, "arguments"),
            server=text_of(item, "server_label") or None,
        )
    )


def _arguments_done(state: State, message: Message) -> None:
    item_id = text_of(message, "item_id")
    call = state.remote.get(item_id)
    if call is not None:
        _started(state, item_id, call, text_of(message, "arguments"))


def _call_failed(state: State, message: Message) -> None:
    call = state.remote.get(text_of(message, "item_id"))
    if call is not None:
        call.failed = True  # the item that follows says why


def _tools_failed(state: State, message: Message) -> None:
    server = state.tool_names.get(text_of(message, "item_id"))
    of = f" of {server!r}" if server else ""
    state.emit(
        ProviderFailed(
            error=f"the provider cannot list the tools{of}",
            error_code="mcp_list_tools_failed",
            context="preparing remote tools",
            setting=state.options.setting_of("session.tools"),
        )
    )


def _nothing(state: State, message: Message) -> None:
    """Take what other messages say better."""
    del state, message


MCP: Table = {
    "mcp_list_tools.in_progress": _nothing,
    "mcp_list_tools.completed": _nothing,
    "mcp_list_tools.failed": _tools_failed,
    "response.mcp_call_arguments.delta": _nothing,
    "response.mcp_call_arguments.done": _arguments_done,
    "response.mcp_call.in_progress": _nothing,
    "response.mcp_call.completed": _nothing,
    "response.mcp_call.failed": _call_failed,
}
