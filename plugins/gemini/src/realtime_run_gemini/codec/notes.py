"""Tells the model what was heard of an answer, in words: it cannot be made to forget.

A note is `clientContent`, which stops whatever the server is doing: it waits until the
server is doing nothing that anybody wants to hear.
"""

from realtime_run.core.commands import Truncate
from realtime_run.core.errors import ProviderError
from realtime_run_gemini.codec import answers, encode
from realtime_run_gemini.codec.state import Phase, State


def truncate(state: State, command: Truncate) -> None:
    """Take what was heard of a response.

    Raises:
        ProviderError: If the model takes no notes during the conversation.
    """
    if not state.options.content_at_any_time:
        message = f"{state.options.model} cannot be told what was heard of an answer"
        raise ProviderError(message, code="truncate_unsupported")
    heard = command.heard.strip()
    whole = state.answered.get(command.response_id)
    if heard and whole is not None and heard == whole.strip():
        return  # all of it
    state.notes.put(command.response_id, note(heard))


def note(heard: str) -> str:
    """Return what to tell the model; `heard` may be empty."""
    if not heard:
        return (
            "[The user interrupted you, and heard nothing of your last answer: go by"
            " what they say next.]"
        )
    return f'[The user interrupted you. Of your last answer they heard only: "{heard}"]'


def settle(state: State) -> None:
    """Send what waits, if it disturbs nothing now."""
    busy = state.expecting or state.phase in {Phase.ANSWERING, Phase.PAUSED}
    if len(state.notes) and state.ready and not busy:
        send(state)


def send(state: State) -> None:
    """Send what waits."""
    texts = [state.notes.pop(response_id) for response_id in tuple(state.notes)]
    turns = [encode.turn(text) for text in texts if text]
    if turns:
        if state.phase is not Phase.IDLE:
            answers.cut(state)
        state.messages.append(encode.content(turns, complete=False))
