"""Decodes what the model says, writes and calls."""

import json
from binascii import a2b_base64
from typing import cast

from realtime_run.core.provider_events import (
    AgentTranscript,
    AudioOutput,
    ResponseStarted,
    ResponseText,
    ToolCalled,
)
from realtime_run.wire.messages import Message, int_of, object_of, text_of
from realtime_run_openai.codec.audio import AudioPart
from realtime_run_openai.codec.item_events import take_item
from realtime_run_openai.codec.response_state import (
    Began,
    Stopped,
)
from realtime_run_openai.codec.state import Answer, State
from realtime_run_openai.codec.table import Table


def begin(state: State, response_id: str) -> Answer | None:
    """Take a response for begun, if it was not; None if nobody is to be told of it."""
    begun = state.responses.response_id == response_id
    knows_all = not state.options.dialect.traits.keeps_item_ids
    state.step(Began(response_id, knows_all=knows_all))
    state.replay.over()
    if response_id in state.ignored:
        return None
    answer = state.answers.get(response_id)
    if answer is None:
        answer = Answer(response_id)
        state.answers.put(response_id, answer)
    state.latest = answer
    if not begun:
        state.emit(ResponseStarted(response_id=response_id))
    return answer


def tool_called(state: State, item: Message, response_id: str, call_id: str) -> None:
    """Report a tool call, once."""
    name = text_of(item, "name") or state.tool_names.get(text_of(item, "id")) or ""
    if not (call_id and name) or call_id in state.called:
        return
    state.called.put(call_id, None)
    state.emit(
        ToolCalled(
            response_id=response_id,
            call_id=call_id,
            name=name,
            arguments=text_of(item, "arguments"),
        )
    )


def _answer_of(state: State, message: Message) -> Answer | None:
    """Return the response that output belongs to; None if it is not for us."""
    response_id = text_of(message, "response_id")
    latest = state.latest
    if latest is not None and latest.response_id == response_id:
        return latest
    if not response_id:
        kind = text_of(message, "type")
        state.warn_once(f"{kind} of nothing", f"{kind} without a response_id: dropped")
        return None
    if response_id in state.ignored:
        return None
    if response_id in state.ended:
        # Late: it keeps the id of its response, so that the session can tell.
        return state.answers.get(response_id) or Answer(response_id)
    if state.responses.response_id not in (None, response_id):
        # The server makes one response at a time, and has announced another.
        state.warn_once("stray", f"output of an unknown response {response_id!r}")
        return None
    return begin(state, response_id)


def _part_of(answer: Answer, message: Message) -> AudioPart:
    item_id = text_of(message, "item_id")
    part = answer.audio.get(item_id)
    if part is None:
        index = int_of(message, "content_index") or 0
        part = answer.audio[item_id] = AudioPart(item_id, index)
        answer.spoken = True
    return part


def _audio_delta(state: State, message: Message) -> None:
    try:
        delta = a2b_base64(text_of(message, "delta"))
    except ValueError:
        state.warn_once("base64", "audio that is not base64: dropped")
        return
    answer = _answer_of(state, message) if delta else None
    if answer is None:
        return
    part = _part_of(answer, message)
    pcm = part.push(delta)
    if pcm:
        state.emit(
            AudioOutput(
                response_id=answer.response_id, pcm=pcm, item_id=part.item_id or None
            )
        )


def _audio_done(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    if answer is not None and text_of(message, "item_id") in answer.audio:
        answer.audio[text_of(message, "item_id")].complete = True


def _transcript_delta(state: State, message: Message) -> None:
    answer, text = _answer_of(state, message), text_of(message, "delta")
    if answer is not None and text:
        state.emit(
            AgentTranscript(
                response_id=answer.response_id,
                text=text,
                mode="delta",
                item_id=text_of(message, "item_id") or None,
                audio_ms=_starts_at_ms(message),
                original=message,
            )
        )


def _starts_at_ms(message: Message) -> int | None:
    """Return where in the audio a text begins: xAI says so, in seconds."""
    start = message.get("start_time")
    if isinstance(start, bool) or not isinstance(start, int | float):
        return None
    return int_of({"ms": start * 1000}, "ms")


def _transcript_done(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    if answer is not None:
        state.emit(
            AgentTranscript(
                response_id=answer.response_id,
                text=text_of(message, "transcript"),
                mode="final",
                item_id=text_of(message, "item_id") or None,
                original=message,
            )
        )


def _text_delta(state: State, message: Message) -> None:
    _written(state, message, text_of(message, "delta"))


def _text_done(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    if answer is not None and text_of(message, "item_id") not in answer.written:
        _written(state, message, text_of(message, "text"))


def _written(state: State, message: Message, text: str) -> None:
    answer, item_id = _answer_of(state, message), text_of(message, "item_id")
    if answer is not None and text:
        answer.written.add(item_id)
        state.emit(
            ResponseText(
                response_id=answer.response_id, text=text, item_id=item_id or None
            )
        )


def _part_added(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    if answer is not None and text_of(object_of(message, "part"), "type") == "audio":
        _part_of(answer, message)


def _item_added(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    if answer is not None:
        answer.begun = True
        take_item(state, object_of(message, "item"), done=False)


def _item_done(state: State, message: Message) -> None:
    if not state.options.dialect.traits.ends_cancelled:
        # Of one that nobody is told of, too: what is asked for next waits for its end.
        state.step(Stopped(text_of(message, "response_id")))
    answer, item = _answer_of(state, message), object_of(message, "item")
    if answer is None:
        return
    take_item(state, item, done=True)
    whole = text_of(item, "status") != "incomplete"  # or else nobody wants it
    if whole and text_of(item, "type") == "function_call":
        tool_called(state, item, answer.response_id, text_of(item, "call_id"))


def _arguments_done(state: State, message: Message) -> None:
    answer = _answer_of(state, message)
    # It comes for a call that was cut, too. What is whole can be run at once; of the
    # rest, the item that follows says whether it was cut.
    if answer is None or not _is_object(text_of(message, "arguments")):
        return
    item = {
        "id": text_of(message, "item_id"),
        "name": text_of(message, "name"),
        "arguments": text_of(message, "arguments"),
    }
    tool_called(state, item, answer.response_id, text_of(message, "call_id"))


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(cast("object", json.loads(arguments)), dict)
    except (ValueError, RecursionError):
        return False


def _nothing(state: State, message: Message) -> None:
    """Take what other messages say better."""
    del state, message


OUTPUT: Table = {
    "response.output_item.added": _item_added,
    "response.output_item.done": _item_done,
    "response.content_part.added": _part_added,
    "response.content_part.done": _nothing,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": _audio_done,
    "response.output_audio_transcript.delta": _transcript_delta,
    "response.output_audio_transcript.done": _transcript_done,
    "response.output_text.delta": _text_delta,
    "response.output_text.done": _text_done,
    "response.function_call_arguments.delta": _nothing,
    "response.function_call_arguments.done": _arguments_done,
}
