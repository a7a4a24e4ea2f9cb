"""Takes function calls, and sends what they came to."""

import json
from collections.abc import Mapping
from typing import cast

from realtime_run.core.commands import SendToolResults, ToolResult
from realtime_run.core.provider_events import (
    ToolCalled,
    ToolCallsCancelled,
    ToolCallsReady,
)
from realtime_run.wire.messages import Message, objects_of, text_of
from realtime_run_gemini.codec import answers, encode
from realtime_run_gemini.codec.options import Scheduling
from realtime_run_gemini.codec.state import Answer, Call, Phase, State

REFUSED = "not run: the user wants no answer to this any more"


def called(state: State, message: Message) -> None:
    """Report the calls of a message.

    The model waits for the results of BLOCKING functions: the response that called them
    is done, and what follows the results is the next. It talks on meanwhile if none of
    the functions is BLOCKING.
    """
    calls = [
        call for call in objects_of(message, "functionCalls") if _is_new(state, call)
    ]
    answer = answers.output(state) if calls else None
    if answer is None:
        _refuse(state, calls)
        return
    for call in calls:
        _report(state, answer, call)
    names = {text_of(call, "name") for call in calls}
    if names <= state.options.non_blocking:
        told = {state.options.scheduling.get(name) for name in names} != {"SILENT"}
        ready = ToolCallsReady(response_id=answer.response_id, answered=told)
        state.emit(ready)
    else:
        answers.finish(state, "completed")


def cancelled(state: State, message: Message) -> None:
    """Report the calls whose results the model no longer wants."""
    ids = message.get("ids")
    known = tuple(
        call_id
        for call_id in (cast("list[object]", ids) if isinstance(ids, list) else ())
        if isinstance(call_id, str) and state.calls.pop(call_id) is not None
    )
    if known:
        state.emit(ToolCallsCancelled(call_ids=known))


def send_results(state: State, command: SendToolResults) -> None:
    """Send the results that the server waits for, in one message."""
    responses = [
        response
        for result in command.results
        if (response := _response(state, result, respond=command.respond)) is not None
    ]
    if not responses:
        return
    state.messages.append(encode.tool_response(responses))
    stops = any(response.get("scheduling") == "INTERRUPT" for response in responses)
    if stops and state.phase is not Phase.IDLE:
        answers.cut(state)
    if command.respond:
        state.expecting, state.unwanted_until_s = True, None
    elif state.phase is Phase.PAUSED and not _is_user_heard(state):
        answers.disregard(state)  # a model that has waited goes on in any case


def _is_user_heard(state: State) -> bool:
    """Return whether the user speaks, or is to be answered."""
    return state.expecting or state.speech.open or state.microphone.in_turn


def _is_new(state: State, call: Message) -> bool:
    if not text_of(call, "name"):
        state.warn_once("nameless", "a function call without a name: dropped")
        return False
    call_id = text_of(call, "id")
    if call_id in state.called:
        return False
    if call_id:
        state.called.put(call_id, None)
    return True


def _report(state: State, answer: Answer, call: Message) -> None:
    wire_id, name = text_of(call, "id"), text_of(call, "name")
    call_id = wire_id or state.new_id("call")
    arguments = _arguments(call.get("args"))
    state.calls.put(call_id, Call(wire_id, name))
    content = {
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }
    state.item(state.new_id("item"), "function_call", content, role="assistant")
    state.emit(
        ToolCalled(
            response_id=answer.response_id,
            call_id=call_id,
            name=name,
            arguments=arguments,
        )
    )


def _arguments(args: object) -> str:
    try:
        return json.dumps({} if args is None else args, ensure_ascii=False)
    except RecursionError:
        return ""  # which no tool takes for its arguments


def _refuse(state: State, calls: list[Message]) -> None:
    """Answer calls of a turn that nobody wants, for the server to get over them.

    One that was interrupted has given them up by itself.
    """
    if state.phase is not Phase.DRAINING or not state.draining:
        return
    if not calls or not state.draining.refuses:
        return
    refusals = [_refusal(state, call) for call in calls]
    state.messages.append(encode.tool_response(refusals))


def _refusal(state: State, call: Message) -> Mapping[str, object]:
    wire_id, name = text_of(call, "id"), text_of(call, "name")
    refusal = ToolResult(call_id=wire_id, name=name, output=REFUSED, success=False)
    blocking = name not in state.options.non_blocking
    return encode.function_response(wire_id, refusal, None if blocking else "SILENT")


def _response(
    state: State, result: ToolResult, *, respond: bool
) -> Mapping[str, object] | None:
    """Return what a call came to; None if the server does not wait for it."""
    call = state.calls.pop(result.call_id)
    if call is None:
        # An id that the server does not know ends the connection.
        state.debug(f"the result of {result.name!r} is not wanted any more")
        return None
    _report_output(state, result)
    scheduling = _scheduling(state, call, respond=respond)
    return encode.function_response(call.wire_id, result, scheduling)


def _scheduling(state: State, call: Call, *, respond: bool) -> Scheduling | None:
    if call.name not in state.options.non_blocking:
        return None  # the model waits for it, and goes on in any case
    if not respond:
        return "SILENT"
    return state.options.scheduling.get(call.name, "WHEN_IDLE")


def _report_output(state: State, result: ToolResult) -> None:
    content = {
        "type": "function_call_output",
        "call_id": result.call_id,
        "output": result.output,
    }
    state.item(state.new_id("item"), "function_call_output", content)
