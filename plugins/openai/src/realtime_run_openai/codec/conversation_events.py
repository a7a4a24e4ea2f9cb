"""Decodes what the server says of the user's speech and of the conversation's items."""

from msgspec.structs import replace

from realtime_run.core.provider_events import (
    ProviderFailed,
    SpeechEnded,
    SpeechStarted,
    TranscriptMode,
    UserTranscript,
)
from realtime_run.wire.messages import Message, int_of, object_of, text_of
from realtime_run_openai.codec import microphone
from realtime_run_openai.codec.item_events import take_item
from realtime_run_openai.codec.response_state import (
    SpeechClosed,
    SpeechOpened,
    Wanted,
)
from realtime_run_openai.codec.state import State
from realtime_run_openai.codec.table import Table


def _speech_started(state: State, message: Message) -> None:
    item_id = text_of(message, "item_id")
    if state.responses.listening and item_id and item_id in state.spoken:
        state.debug(f"the server hears {item_id} begin once more")
        return
    stops = state.options.interrupts and not state.options.dialect.traits.ends_cancelled
    state.step(SpeechOpened(stops=stops))
    state.spoken.put(item_id, None)
    state.emit(
        SpeechStarted(
            item_id=item_id or None,
            audio_ms=int_of(message, "audio_start_ms"),
        )
    )


def _speech_stopped(state: State, message: Message) -> None:
    state.step(SpeechClosed(answered=state.options.creates_responses))
    item_id = text_of(message, "item_id") or None
    if not state.options.answers:
        state.turn_id = item_id
    state.emit(
        SpeechEnded(
            item_id=item_id,
            audio_ms=int_of(message, "audio_end_ms"),
        )
    )


def _committed(state: State, message: Message) -> None:
    options, answered = state.options, state.options.creates_responses
    state.spoken.put(text_of(message, "item_id"), None)
    if options.manual_turns:
        microphone.committed(state)
        return
    if state.responses.listening:
        state.step(SpeechClosed(answered=answered))
    if not answered and options.answers:
        state.step(Wanted(text_of(message, "item_id") or None))


def _input_cleared(state: State, message: Message) -> None:
    del message
    if state.options.manual_turns:
        return  # as it was asked to, at the beginning of a turn
    state.step(SpeechClosed(answered=False))
    state.debug("the server has dropped the audio of this turn")


def _timeout_triggered(state: State, message: Message) -> None:
    start, end = int_of(message, "audio_start_ms"), int_of(message, "audio_end_ms")
    state.debug(f"the user was silent from {start} to {end} ms: the model speaks")
    if state.options.creates_responses:
        state.step(SpeechClosed(answered=True))
    elif not state.options.answers:
        # Nobody else can know that the server was told to end this silence.
        state.step(Wanted(text_of(message, "item_id") or None))


def _dtmf(state: State, message: Message) -> None:
    state.debug(f"the caller pressed {text_of(message, 'event')!r}")


def _item(state: State, message: Message) -> None:
    done = text_of(message, "type") == "conversation.item.done"
    take_item(state, object_of(message, "item"), done=done)


def _item_gone(state: State, message: Message) -> None:
    item_id = text_of(message, "item_id")
    known = state.items.get(item_id)
    if known is None:
        return  # a picture that we removed, or an item of before our time
    change = replace(known, status="incomplete", content=())
    state.items.put(item_id, change)
    state.emit(change)


def _item_retrieved(state: State, message: Message) -> None:
    state.debug(f"item {text_of(object_of(message, 'item'), 'id')} was retrieved")


def _transcript_delta(state: State, message: Message) -> None:
    if "delta" in message:
        _transcribed(state, message, text_of(message, "delta"), "delta")
        return
    # What is certain so far, and what may still change.
    so_far = text_of(message, "text") + text_of(message, "stash")
    _transcribed(state, message, so_far, "replacement")


def _transcript_updated(state: State, message: Message) -> None:
    _transcribed(state, message, text_of(message, "transcript"), "replacement")


def _transcript_completed(state: State, message: Message) -> None:
    # xAI reports what it has so far in the same way, with this status.
    partial = text_of(message, "status") == "in_progress"
    mode: TranscriptMode = "replacement" if partial else "final"
    _transcribed(state, message, text_of(message, "transcript"), mode)


def _transcribed(
    state: State, message: Message, text: str, mode: TranscriptMode
) -> None:
    if not text and mode != "final":
        return
    state.emit(
        UserTranscript(
            text=text,
            mode=mode,
            item_id=text_of(message, "item_id") or None,
            original=message,
        )
    )


def _transcript_failed(state: State, message: Message) -> None:
    error = object_of(message, "error")
    said = (
        text_of(error, "message").rstrip(".") or "the user's speech has no transcript"
    )
    code = text_of(error, "code") or text_of(error, "type")
    # As Azure says it of a deployment, in one word, and OpenAI of a model.
    unknown = code.lower().replace("_", "").endswith("notfound")
    state.emit(
        ProviderFailed(
            error=said,
            error_code=code or None,
            context="transcribing what the user said",
            setting=state.options.setting_of(_TRANSCRIBER) if unknown else None,
        )
    )
    state.emit(
        UserTranscript(
            text="",
            mode="final",
            item_id=text_of(message, "item_id") or None,
            original=message,
        )
    )


def _transcript_segment(state: State, message: Message) -> None:
    state.debug(f"speaker {text_of(message, 'speaker')}: {text_of(message, 'text')}")


_TRANSCRIBER = "session.audio.input.transcription.model"
_TRANSCRIPTION = "conversation.item.input_audio_transcription"

CONVERSATION: Table = {
    "input_audio_buffer.speech_started": _speech_started,
    "input_audio_buffer.speech_stopped": _speech_stopped,
    "input_audio_buffer.committed": _committed,
    "input_audio_buffer.cleared": _input_cleared,
    "input_audio_buffer.timeout_triggered": _timeout_triggered,
    "input_audio_buffer.dtmf_event_received": _dtmf,
    "conversation.item.added": _item,
    "conversation.item.created": _item,
    "conversation.item.done": _item,
    "conversation.item.retrieved": _item_retrieved,
    "conversation.item.truncated": _item_gone,
    "conversation.item.deleted": _item_gone,
    f"{_TRANSCRIPTION}.delta": _transcript_delta,
    f"{_TRANSCRIPTION}.updated": _transcript_updated,
    f"{_TRANSCRIPTION}.completed": _transcript_completed,
    f"{_TRANSCRIPTION}.failed": _transcript_failed,
    f"{_TRANSCRIPTION}.segment": _transcript_segment,
}
