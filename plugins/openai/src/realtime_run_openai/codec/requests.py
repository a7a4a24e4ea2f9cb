"""Turns what the session asks for into messages."""

from collections.abc import Sequence
from typing import assert_never

from realtime_run.core.commands import (
    AppendAudio,
    AppendImage,
    AppendPicture,
    ApproveToolCall,
    CancelResponse,
    Command,
    CreateResponse,
    EndTurn,
    SendText,
    SendToolResults,
    StartTurn,
    ToolResult,
    Truncate,
)
from realtime_run.core.errors import ProviderError
from realtime_run.core.provider_events import ProviderFailed
from realtime_run.plugin.api import HistoryItem
from realtime_run_openai.codec import encode
from realtime_run_openai.codec.audio import AudioPart, cuts
from realtime_run_openai.codec.microphone import end_turn, hear, start_turn
from realtime_run_openai.codec.notes import heard_only
from realtime_run_openai.codec.pictures import show
from realtime_run_openai.codec.pieces import pieces, shortened
from realtime_run_openai.codec.response_state import (
    CancelAsked,
    Phase,
    Unwanted,
    Wanted,
)
from realtime_run_openai.codec.state import ADJUSTING, State


def ask(state: State, command: Command) -> None:  # noqa: C901, PLR0912 - a table
    """Do what is asked.

    Raises:
        ProviderError: If it cannot be done over this transport, or by this server.
    """
    match command:
        case AppendAudio(pcm=pcm):
            hear(state, pcm)
        case AppendImage():
            show(state, command)
        case AppendPicture():
            _refuse("video track", state)
        case SendText(text=text):
            _text(state, text)
        case SendToolResults():
            _tool_results(state, command)
        case ApproveToolCall() if not state.options.dialect.traits.runs_tools:
            message = "the server runs no tools of its own: nothing waits for leave"
            raise ProviderError(message, code="approval_unsupported")
        case ApproveToolCall():
            _approval(state, command)
        case CreateResponse(instructions=instructions):
            turn_id, state.turn_id = state.turn_id, None
            state.step(Wanted(turn_id, instructions=instructions))
        case CancelResponse(response_id=response_id):
            _cancel(state, response_id)
        case Truncate():
            _truncate(state, command)
        case StartTurn() | EndTurn() if not state.options.manual_turns:
            message = "the server finds the turns: it was not told to leave that"
            raise ProviderError(message, code="turns_unsupported")
        case StartTurn():
            start_turn(state)
        case EndTurn():
            end_turn(state)
        case _:
            assert_never(command)


def _refuse(what: str, state: State) -> None:
    message = f"the {state.options.transport} connection takes no {what}"
    raise ProviderError(message)


def _text(state: State, text: str) -> None:
    state.tell_now()  # or the model would take that for what it is to answer
    item_id = None
    for piece in _pieces(state, text):
        item_id = state.new_id()
        state.add_item(encode.user_text(item_id, piece), "a text of the user")
    state.step(Wanted(item_id))


def remember(state: State, history: Sequence[HistoryItem]) -> None:
    """Tell the server what was said before, oldest first."""
    for item in history:
        for piece in _pieces(state, item.text):
            item_id = state.new_id()
            said = HistoryItem(role=item.role, text=piece)
            state.replay.told(item_id, said)
            remembered = encode.remembered(item_id, said)
            state.add_item(remembered, "something said before this connection")


def _pieces(state: State, text: str) -> tuple[str, ...]:
    return pieces(text) if state.options.transport == "webrtc" else (text,)


def _tool_results(state: State, command: SendToolResults) -> None:
    item_id = None
    for result in command.results:
        item_id = state.new_id()
        output = _output(state, result)
        item = encode.tool_output(item_id, result.call_id, output)
        state.add_item(item, f"the result of {result.name}")
    goes_on = state.options.dialect.traits.answers_tool_results
    goes_on = goes_on and state.options.creates_responses
    if command.respond:
        state.step(Wanted(item_id, optional=goes_on))
    elif goes_on:
        state.step(Unwanted())


def _output(state: State, result: ToolResult) -> str:
    whole = state.options.rewritten(result.output)
    if state.options.transport != "webrtc" or (kept := shortened(whole)) == whole:
        return whole
    state.emit(
        ProviderFailed(
            error=f"the result of {result.name!r} is too long for WebRTC: the model "
            f"gets the first {len(kept):,} of {len(whole):,} characters",
            error_code="result_too_long",
            context="sending the result of a tool",
        )
    )
    return kept


def _approval(state: State, command: ApproveToolCall) -> None:
    item_id = state.new_id()
    answer = encode.approval(
        item_id, command.approval_id, approve=command.approve, reason=command.reason
    )
    state.add_item(answer, "the answer to a question for approval")
    state.step(Wanted(optional=True))


def _cancel(state: State, response_id: str | None) -> None:
    was = state.responses.phase
    state.step(CancelAsked(response_id))
    cancelled = was is Phase.ACTIVE and state.responses.phase is Phase.CANCELLING
    audible = state.sounding.response_id is not None or state.sounding.waiting
    if audible and not cancelled and state.options.transport == "webrtc":
        # Done, and still being spoken.
        state.send("output_audio_buffer.clear", ADJUSTING)
        state.sounding.cut(state.at_s)


def _truncate(state: State, command: Truncate) -> None:
    if state.options.transport == "webrtc":
        return  # the server knows what it has sent, and truncates by itself
    parts = _parts(state, command)
    if not parts:
        state.debug(f"no audio of item {command.item_id} is known: not truncated")
    found = cuts(parts, command.played_ms, state.options.output_hz)
    if not state.options.dialect.traits.forgets:
        if found:
            state.unsaid.append(heard_only(command.heard))
            state.tell()
        return
    for cut in found:
        if cut.audio_end_ms > 0:
            state.send(
                "conversation.item.truncate",
                ADJUSTING,
                item_id=cut.item_id,
                content_index=cut.content_index,
                audio_end_ms=cut.audio_end_ms,
            )
        else:
            # It cannot be truncated to nothing.
            state.send("conversation.item.delete", ADJUSTING, item_id=cut.item_id)


def _parts(state: State, command: Truncate) -> tuple[AudioPart, ...]:
    """Return the audio that was played: all of the response's, in order."""
    answer = state.answers.get(command.response_id)
    if answer is None:
        return ()
    if command.item_id is not None and command.item_id not in answer.audio:
        return ()
    return tuple(part for part in answer.audio.values() if part.item_id)
