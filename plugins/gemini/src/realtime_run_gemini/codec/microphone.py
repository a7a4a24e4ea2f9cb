"""Sends what the user says, and where his turns are if the session finds them."""

from realtime_run.core.errors import ProviderError
from realtime_run.core.pcm import BYTES_PER_SAMPLE, Pcm
from realtime_run.core.provider_events import UserTranscript
from realtime_run_gemini.codec import encode, speech
from realtime_run_gemini.codec.state import State

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
        state.messages.append(encode.audio(pcm.data, options.input_hz))
        return
    microphone.rest += pcm.data
    while len(microphone.rest) >= width:
        frame = bytes(microphone.rest[:width])
        del microphone.rest[:width]
        state.messages.append(encode.audio(frame, options.input_hz))


def start_turn(state: State) -> None:
    """Let a turn begin with what is heard from now on."""
    microphone = state.microphone
    if microphone.in_turn:
        end_turn(state)
    microphone.in_turn = True
    microphone.rest.clear()


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
    state.messages.append(encode.realtime(activityEnd={}))
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
        microphone.told = True
        speech.start_turn(state)
        state.messages.append(encode.realtime(activityStart={}))
    return True


def _flush(state: State) -> None:
    rest = state.microphone.rest
    if rest:
        state.messages.append(encode.audio(bytes(rest), state.options.input_hz))
        rest.clear()
