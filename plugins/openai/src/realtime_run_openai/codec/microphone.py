"""Sends what the user says, and where his turns are if the session finds them."""

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.provider_events import UserTranscript
from realtime_run_openai.codec import encode
from realtime_run_openai.codec.keep_alive import SILENT_MS
from realtime_run_openai.codec.own_turn import LEAST_MS
from realtime_run_openai.codec.pictures import show_held
from realtime_run_openai.codec.response_state import (
    ItemSeen,
    SpeechClosed,
    SpeechOpened,
    Wanted,
    Withdrawn,
)
from realtime_run_openai.codec.state import State

_A_TURN = "a turn of the user"


def hear(state: State, pcm: Pcm) -> None:
    """Send samples, as soon as there are enough for a message.

    Raises:
        ProviderError: If they are not mono at the server's rate, or come by RTP.
    """
    options = state.options
    if options.transport == "webrtc":
        message = "the webrtc connection takes no audio in messages"
        raise ProviderError(message)
    if (pcm.rate_hz, pcm.channels) != (options.input_hz, 1):
        message = (
            f"the server takes mono audio of {options.input_hz} Hz, not"
            f" {pcm.channels} channels of {pcm.rate_hz} Hz"
        )
        raise ProviderError(message)
    if not state.pending and len(pcm.data) >= _bytes_of(state, options.append_ms):
        _append(state, pcm.data)
        return
    state.pending += pcm.data
    if len(state.pending) >= _bytes_of(state, options.append_ms):
        _send_pending(state)


def start_turn(state: State) -> None:
    """Let a turn begin with what is heard from now on."""
    turn = state.turn
    # Over WebRTC the server hears something all the time, if only silence.
    if turn.sent or state.options.transport == "webrtc":
        state.send("input_audio_buffer.clear", f"to begin {_A_TURN}")
    turn.began_s, turn.sent = state.at_s, 0
    state.pending.clear()
    state.step(SpeechOpened())


def end_turn(state: State) -> None:
    """Let the turn be answered, once the server is free to; one too short is none."""
    turn = state.turn
    if _is_too_short(state):
        state.debug(f"a turn of less than {LEAST_MS} ms is none")
        turn.began_s = None
        _nothing_said(state)
        state.step(SpeechClosed(answered=False))
        return
    if state.pending:
        _send_pending(state)
    commit = state.send("input_audio_buffer.commit", _A_TURN)
    turn.commits.append(commit)
    turn.began_s, turn.sent = None, 0
    # First: one response answers this and what else waits for the end of the turn.
    state.step(Wanted(commit))
    state.step(SpeechClosed(answered=False))


def committed(state: State) -> None:
    """Take note that the server has made an item of the oldest turn."""
    if state.turn.commits:
        state.step(ItemSeen(state.turn.commits.popleft()))


def be_heard_of(state: State) -> None:
    """Send a little silence, unless the session is sending a turn of its own."""
    if state.turn.began_s is None:
        _append(state, bytes(_bytes_of(state, SILENT_MS)))


def refused(state: State, event_id: str, *, is_commit: bool) -> None:
    """Expect no answer to a turn that the server did not take.

    Args:
        state: Of the connection.
        event_id: The message that was refused; empty: the server did not say.
        is_commit: It was certainly a commit.
    """
    commits = state.turn.commits
    if is_commit and not event_id and commits:
        event_id = commits[0]
    if event_id in commits:
        commits.remove(event_id)
        state.step(Withdrawn(event_id))
        _nothing_said(state)


def _nothing_said(state: State) -> None:
    state.emit(UserTranscript(text="", mode="final"))


def _is_too_short(state: State) -> bool:
    if state.options.transport == "webrtc":
        began_s = state.turn.began_s
        return began_s is not None and state.at_s - began_s < LEAST_MS / 1000
    return state.turn.sent + len(state.pending) < _bytes_of(state, LEAST_MS)


def _send_pending(state: State) -> None:
    _append(state, bytes(state.pending))
    state.pending.clear()


def _append(state: State, samples: bytes) -> None:
    state.turn.sent += len(samples)
    state.messages.append(encode.append(samples))
    if state.picture is not None:
        show_held(state)


def _bytes_of(state: State, milliseconds: int) -> int:
    return state.options.input_hz * BYTES_PER_SAMPLE * milliseconds // 1000
