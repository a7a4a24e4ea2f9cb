"""Decodes the beginning and the end of responses, and of their sound over WebRTC."""

from collections.abc import Mapping, Sequence

from realtime_run.core.provider_events import (
    ProviderNoted,
    ResponseDone,
    ResponseStatus,
)
from realtime_run.wire.messages import Message, object_of, objects_of, text_of
from realtime_run_openai.codec.errors import response_failed
from realtime_run_openai.codec.items import spoken_or_written
from realtime_run_openai.codec.mcp_events import end_remote_calls
from realtime_run_openai.codec.output_events import begin, tool_called
from realtime_run_openai.codec.response_state import (
    Ended,
    Sounds,
    Wanted,
)
from realtime_run_openai.codec.state import State
from realtime_run_openai.codec.table import Table

_STATUSES: Mapping[str, ResponseStatus] = {
    "completed": "completed",
    "cancelled": "cancelled",
    "failed": "failed",
    "incomplete": "incomplete",
}


def _created(state: State, message: Message) -> None:
    response = object_of(message, "response")
    response_id = text_of(response, "id")
    if not response_id:
        state.warn_once("response.created", "response.created without an id: dropped")
    elif _is_apart(response):
        state.ignored.put(response_id, None)
        state.debug(f"response {response_id} is outside of the conversation")
    elif response_id not in state.ended:
        begin(state, response_id)


def _is_apart(response: Message) -> bool:
    """Tell a response that another client asked for, outside of the conversation.

    Such a one belongs to no conversation, and carries metadata for its client to find
    it by; we ask for none.
    """
    in_none = "conversation_id" in response and response["conversation_id"] is None
    return in_none and bool(object_of(response, "metadata"))


def _done(state: State, message: Message) -> None:
    response = object_of(message, "response")
    response_id = _id_of_done(state, message)
    if not response_id:
        state.warn_once("response.done", "response.done without an id: dropped")
    elif response_id in state.ignored:
        if response_id == state.responses.response_id:
            state.step(Ended(response_id))
    elif response_id in state.ended:
        state.debug(f"response {response_id} is done once more")
    elif not _is_apart(response):
        _end(state, message, response_id)


def _id_of_done(state: State, message: Message) -> str:
    response = object_of(message, "response")
    response_id = text_of(response, "id") or text_of(message, "response_id")
    if not response_id and text_of(response, "status"):
        return state.responses.response_id or ""  # it can be no other
    return response_id


def _end(state: State, message: Message, response_id: str) -> None:
    response = object_of(message, "response")
    state.ended.put(response_id, None)
    output = objects_of(response, "output")
    status = _STATUSES.get(text_of(response, "status"), "completed")
    if status == "completed":
        _missed_calls(state, response_id, output)
    end_remote_calls(state)
    _explain(state, response, response_id, status)
    _report(state, _done_of(state, message, response_id, status))
    kinds = {text_of(item, "type") for item in output}
    if "mcp_call" in kinds and "message" not in kinds:
        state.step(Wanted(optional=True))
    # Last: it may ask for the next response, which comes after this one.
    state.step(Ended(response_id))


def _missed_calls(state: State, response_id: str, output: Sequence[Message]) -> None:
    for item in output:
        if text_of(item, "type") == "function_call":
            tool_called(state, item, response_id, text_of(item, "call_id"))


def _explain(
    state: State, response: Message, response_id: str, status: ResponseStatus
) -> None:
    details = object_of(response, "status_details")
    if status == "failed":
        response_failed(state, response_id, object_of(details, "error"))
    elif status == "incomplete":
        reason = text_of(details, "reason") or "no reason given"
        state.emit(
            ProviderNoted(
                message=f"the answer was cut short: {reason}", level="warning"
            )
        )


def _done_of(
    state: State, message: Message, response_id: str, status: ResponseStatus
) -> ResponseDone:
    response = object_of(message, "response")
    messages = [
        item
        for item in objects_of(response, "output")
        if text_of(item, "type") == "message"
    ]
    # xAI states the usage beside the response.
    usage = object_of(response, "usage") or object_of(message, "usage") or None
    return ResponseDone(
        response_id=response_id,
        status=status,
        text="".join(map(spoken_or_written, messages)) or None,
        item_id=(text_of(messages[-1], "id") or None) if messages else None,
        usage=usage,
        cost_usd=_cost(state, usage) if usage else None,
    )


def _cost(state: State, usage: Message) -> float | None:
    try:
        return state.options.cost(usage)
    except (ArithmeticError, TypeError, ValueError):
        return None  # the server's numbers make no sense


def _report(state: State, done: ResponseDone) -> None:
    answer = state.answers.get(done.response_id)
    spoken = answer is not None and answer.spoken
    if (
        state.options.transport == "webrtc"
        and spoken
        and done.status != "cancelled"
        and done.response_id not in state.silenced
    ):
        state.sounding.hold(done, state.at_s)
        state.step(Sounds(still=True))
    else:
        state.emit(done)


def _sound_started(state: State, message: Message) -> None:
    response_id = text_of(message, "response_id")
    if response_id and response_id not in state.ignored:
        state.sounding.started(response_id, state.at_s)


def _sound_over(state: State, message: Message) -> None:
    response_id = text_of(message, "response_id") or state.sounding.response_id
    if response_id:
        state.silenced.put(response_id, None)
        done = state.sounding.over(response_id)
        if done is not None:
            state.emit(done)
            state.step(Sounds(still=state.sounding.waiting))


RESPONSES: Table = {
    "response.created": _created,
    "response.done": _done,
    "output_audio_buffer.started": _sound_started,
    "output_audio_buffer.stopped": _sound_over,
    "output_audio_buffer.cleared": _sound_over,
}
