"""Notices that a response was begun and that nothing more comes of it.

The connection stands, and pings are answered: but what speaks behind it has gone. Only
a new connection helps.
"""

from realtime_run.core.errors import ConnectionClosedError
from realtime_run_gemini.codec.answers import THINKING_S
from realtime_run_gemini.codec.state import State

SILENT_S = 60.0
"""How long a server may say nothing at all while it makes a response: longer than any
model reasons before it speaks, unless it said that it would."""


def deadline(state: State) -> float | None:
    """Return when `tick` is due; None: not at all.

    Once all of a response has been sent, the server may wait until it was heard; and
    for the results of functions it may wait as long as these take.
    """
    answer = state.answer
    if answer is None or answer.generated or len(state.calls):
        return None
    longest_s = THINKING_S if answer.awaited else SILENT_S
    return max(answer.began_s, state.looked_s) + longest_s


def tick(state: State) -> None:
    """Let time pass: give up a server that has been silent for too long.

    Looking is put off only when its time has come, not with every message.
    """
    due = deadline(state)
    if due is None or state.at_s < due:
        return
    state.looked_s = state.received_s
    due = deadline(state)
    if due is not None and state.at_s >= due:
        silent_s = state.at_s - state.received_s
        message = f"the server began a response, then said nothing for {silent_s:.0f} s"
        state.failure = ConnectionClosedError(message, code="response_stalled")
