"""Sends what the user says, and where his turns are if the session finds them."""

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.provider_events import UserTranscript
from realtime_run_gemini.codec import encode, speech
from realtime_run_gemini.codec.state import Phase, State

MOST_HELD_S = 60
"""How much of turns is kept for the end of a response; what comes after is lost."""
QUIET_S = 1.0
"""Without audio for so long, the server is told that the microphone is off: it would
wait for the rest of a sentence."""


def hear(state: State, pcm: Pcm) -> None:
    """Send samples in messages of one length, and carry the rest.

    Where the session finds the turns, what is in none of them is not sent.

    Raises:
        ProviderError: If they are not mono at the server's rate.
    """
    options, microphone = state.options, state.microphone
    if (pcm.rate_hz, pcm.channels) != (options.input_hz, 1):
        message = (
            f"the server takes mono audio of {options.input_hz} Hz, not"
            f" {pcm.channels} channels of {pcm.rate_hz} Hz"
        )
        raise ProviderError(message)
    if options.manual_turns and not _tell(state, pcm):
        return
    microphone.heard_s, microphone.streaming = state.at_s, True
    width = options.input_hz * options.frame_ms // 1000 * BYTES_PER_SAMPLE
    if not microphone.rest and len(pcm.data) == width:
        _send(state, encode.audio(pcm.data, options.input_hz))
        return
    microphone.rest += pcm.data
    while len(microphone.rest) >= width:
        frame = bytes(microphone.rest[:width])
        del microphone.rest[:width]
        _send(state, encode.audio(frame, options.input_hz))


def start_turn(state: State) -> None:
    """Let a turn begin with what is heard from now on.

    To the server a turn that begins is an interruption, unless it was told otherwise.
    The session means none: while a response is being made, the turn is held.
    """
    microphone = state.microphone
    if microphone.in_turn:
        end_turn(state)
    microphone.in_turn = True


def end_turn(state: State) -> None:
    """Let the turn be answered; one in which nothing was heard is none."""
    microphone = state.microphone
    if not microphone.in_turn:
        return
    told, microphone.in_turn, microphone.told = microphone.told, False, False
    if not told:
        state.emit(UserTranscript(text="", mode="final"))
        return
    _flush(state)
    if microphone.held is not None:
        microphone.held.append(encode.realtime(activityEnd={}))
        return
    state.messages.append(encode.realtime(activityEnd={}))
    state.expecting, state.unwanted_until_s = True, None


def settle(state: State) -> None:
    """Let the server hear the turns that were held, if it makes no response now."""
    microphone = state.microphone
    if microphone.held is None or state.phase is Phase.ANSWERING:
        return
    held, microphone.held = microphone.held, None
    state.messages += held
    if held and not microphone.told:
        state.expecting, state.unwanted_until_s = True, None


def watch(state: State) -> None:
    """Look from now on whether there still is audio.

    Every second, and not a second after each message: nobody takes note of fifty a
    second.
    """
    if not state.options.manual_turns:
        state.microphone.look_s = state.at_s + QUIET_S


def tick(state: State) -> None:
    """Let time pass: tell the server that the microphone is off, once."""
    microphone = state.microphone
    if microphone.look_s is None or state.at_s < microphone.look_s:
        return
    off_s = microphone.heard_s + QUIET_S if microphone.streaming else state.at_s
    if microphone.streaming and state.at_s >= off_s:
        _flush(state)
        microphone.streaming = False
        state.messages.append(encode.realtime(audioStreamEnd=True))
    later_s = off_s if off_s > state.at_s else state.at_s + QUIET_S
    microphone.look_s = later_s


def _tell(state: State, pcm: Pcm) -> bool:
    """Tell the server of a turn with its first samples; False: there is no turn."""
    microphone = state.microphone
    if not microphone.in_turn or not (pcm.data or microphone.told):
        return False
    if not microphone.told:
        if state.phase is Phase.ANSWERING and state.options.interruptible:
            microphone.held = microphone.held or []
        if _is_full(state):
            return False
        microphone.told = True
        speech.start_turn(state)
        _send(state, encode.realtime(activityStart={}))
    return True


def _send(state: State, message: str) -> None:
    held = state.microphone.held
    if held is None:
        state.messages.append(message)
    elif not _is_full(state):
        held.append(message)


def _is_full(state: State) -> bool:
    held = state.microphone.held
    return (
        held is not None and len(held) >= MOST_HELD_S * 1000 // state.options.frame_ms
    )


def _flush(state: State) -> None:
    rest = state.microphone.rest
    if rest:
        _send(state, encode.audio(bytes(rest), state.options.input_hz))
        rest.clear()
