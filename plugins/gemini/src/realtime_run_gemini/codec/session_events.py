"""Decodes what the server says of the session rather than of the conversation."""

from collections.abc import Mapping

from realtime_run.core.errors import ConnectionClosedError
from realtime_run.core.provider_events import ConnectionExpires, ResumptionOffered
from realtime_run.wire.messages import Message, object_of, text_of
from realtime_run_gemini.codec import requests, speech
from realtime_run_gemini.codec.reading import flag_of, milliseconds_of, seconds_of
from realtime_run_gemini.codec.state import Phase, State

RESUMED_S = 10.0
"""So soon after it went on by a handle, a server that refuses refuses the handle."""
_REFUSED = frozenset({"1007", "1008"})


def setup_complete(state: State, message: Message) -> None:
    """Take the server's leave to begin, and tell it what was said before."""
    if state.ready or state.setup is None or state.opening is None:
        return
    session_id = text_of(message, "sessionId")
    acknowledged = _without_handle(state.setup)
    if session_id:
        acknowledged = {**acknowledged, "sessionId": session_id}
    state.acknowledged, state.ready = acknowledged, True
    if state.opening.resume is not None:
        state.resumed_s = state.at_s
    requests.remember(state, state.setup, state.opening)
    state.setup = state.opening = None
    longest_s = state.options.longest_s
    ahead_s = max(0.0, longest_s - state.options.rotate_after_s)
    # Documented, and seen to be six times as long: nobody is cut short for it.
    expires = ConnectionExpires(in_s=longest_s, ahead_s=ahead_s, is_certain=False)
    state.emit(expires)


def ended(state: State, why: ConnectionClosedError) -> None:
    """Say why the session cannot go on, if the server's close means that."""
    code = why.code or ""
    if state.failure is not None or not (code.isdecimal() and code.isascii()):
        return
    resumed_s = -RESUMED_S if state.resumed_s is None else state.resumed_s
    if code in _REFUSED and state.at_s - resumed_s < RESUMED_S:
        # Seen in the field: it takes a handle, and then does not go on by it.
        state.warn_once("handle", f"the server does not go on: {why.reason}")
        state.emit(ResumptionOffered(handle=None))
        return
    state.failure = state.options.fault(int(code), why.reason)


def usage(state: State, message: Message) -> None:
    """Take a count of tokens."""
    between = state.phase is Phase.IDLE and not state.expecting
    state.ledger.count(message, between=between)


def voice_activity(state: State, message: Message) -> None:
    """Take the server's word on where the user's speech begins and ends."""
    # On the wire it is `type`; `voiceActivityType` is what Google's SDK makes of it.
    type_ = text_of(message, "type") or text_of(message, "voiceActivityType")
    _speech(state, type_, milliseconds_of(message, "audioOffset"))


def voice_signal(state: State, message: Message) -> None:
    """Take the same as it is said to whoever Google allows to ask for it."""
    _speech(state, text_of(message, "vadSignalType"), None)


def resumption(state: State, message: Message) -> None:
    """Take a handle by which a later connection can go on from here."""
    handle = text_of(message, "newHandle")
    if handle and flag_of(message, "resumable"):
        lifetime_s = state.options.handle_lifetime_s
        state.emit(ResumptionOffered(handle=handle, lifetime_s=lifetime_s))


def go_away(state: State, message: Message) -> None:
    """Take the announcement that the server will end the connection."""
    left_s = max(0.0, seconds_of(message, "timeLeft") or 0.0)
    state.emit(ConnectionExpires(in_s=left_s, ahead_s=left_s))


def _speech(state: State, type_: str, audio_ms: int | None) -> None:
    if type_ in _BEGINS:
        speech.signalled(state)
        speech.begin(state, audio_ms=audio_ms)
    elif type_ in _ENDS:
        speech.signalled(state)
        speech.end(state, audio_ms=audio_ms)


def _without_handle(setup: Mapping[str, object]) -> Mapping[str, object]:
    """Return a setup without what lets anybody go on with the session."""
    resumption = object_of(setup, "sessionResumption")
    if "handle" not in resumption:
        return setup
    others = {key: value for key, value in resumption.items() if key != "handle"}
    return {**setup, "sessionResumption": others}


_BEGINS = frozenset({"ACTIVITY_START", "VAD_SIGNAL_TYPE_SOS"})
_ENDS = frozenset({"ACTIVITY_END", "VAD_SIGNAL_TYPE_EOS"})
