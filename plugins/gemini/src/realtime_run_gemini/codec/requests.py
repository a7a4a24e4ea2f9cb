"""Turns what the session asks for into messages."""

from collections.abc import Mapping
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
    Truncate,
)
from realtime_run.core.errors import ProviderError
from realtime_run.plugin.api import Opening
from realtime_run.wire.messages import object_of
from realtime_run_gemini.codec import answers, encode, functions, microphone, notes
from realtime_run_gemini.codec.state import Phase, State

GO_ON = "Go on."
"""What a model is told that can be asked to answer in no other way."""


def ask(state: State, command: Command) -> None:  # noqa: C901, PLR0912 - a table
    """Do what is asked.

    Raises:
        ProviderError: If it cannot be done over this connection.
    """
    match command:
        case AppendAudio(pcm=pcm):
            microphone.hear(state, pcm)
        case AppendImage(jpeg=jpeg):
            state.messages.append(encode.image(jpeg))
        case AppendPicture():
            message = "the server takes single images, not a video track"
            raise ProviderError(message, code="video_track_unsupported")
        case SendText(text=text):
            _text(state, text)
            spoken = {"type": "input_text", "text": text}
            state.item(state.new_id("item"), "message", spoken, role="user")
        case SendToolResults():
            functions.send_results(state, command)
        case ApproveToolCall():
            message = "the server asks for no approval of tools"
            raise ProviderError(message, code="approval_unsupported")
        case CreateResponse():
            _respond(state, command)
        case CancelResponse(response_id=response_id):
            answers.cancel(state, response_id)
        case Truncate():
            notes.truncate(state, command)
        case StartTurn() | EndTurn() if not state.options.manual_turns:
            message = "the server finds the turns: it was not told to leave that"
            raise ProviderError(message, code="turns_unsupported")
        case StartTurn():
            microphone.start_turn(state)
        case EndTurn():
            microphone.end_turn(state)
        case _:
            assert_never(command)


def remember(state: State, setup: Mapping[str, object], opening: Opening) -> None:
    """Tell the server what was said before, without asking for an answer."""
    resume = opening.resume
    turns = encode.remembered(opening.history if resume is None else resume.later)
    if state.options.content_at_any_time:
        if turns:
            state.messages.append(encode.content(turns, complete=False))
        return
    history = object_of(setup, "historyConfig")
    if resume is None and history.get("initialHistoryInClientContent") is True:
        # It waits for this, and then does not call the model (ai.google.dev).
        state.messages.append(encode.content(turns, complete=True))


def _text(state: State, text: str) -> None:
    _ask(state)
    if state.options.text_by == "client_content":
        state.messages.append(encode.content([encode.turn(text)], complete=True))
    else:
        state.messages.append(encode.realtime(text=text))


def _respond(state: State, command: CreateResponse) -> None:
    words = command.words or command.instructions
    if words:
        _text(state, words)
    elif state.options.content_at_any_time:
        _ask(state)
        state.messages.append(encode.content((), complete=True))
    else:
        _text(state, GO_ON)


def _ask(state: State) -> None:
    """Expect an answer to what is sent next, which stops what the server is doing."""
    notes.send(state)
    # If it does nothing yet, it will not say that it was stopped.
    if state.expecting or state.phase is not Phase.IDLE:
        answers.cut(state)
    state.expecting, state.unwanted_until_s = True, None
