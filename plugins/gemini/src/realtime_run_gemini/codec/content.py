"""Decodes `serverContent`: what the model says and what the user said."""

from realtime_run.core.provider_events import AgentTranscript, ResponseText
from realtime_run.wire.messages import Message, object_of, objects_of, text_of
from realtime_run_gemini.codec import answers, speech
from realtime_run_gemini.codec.reading import bytes_of, flag_of, rate_of
from realtime_run_gemini.codec.state import State

_KNOWN = frozenset(
    {
        "modelTurn",
        "outputTranscription",
        "inputTranscription",
        "interimInputTranscription",
        "interrupted",
        "generationComplete",
        "turnComplete",
        "turnCompleteReason",
        "waitingForInput",
        "interactionStatus",
        "groundingMetadata",
        "urlContextMetadata",
    }
)
_SILENT = frozenset(
    {"executableCode", "codeExecutionResult", "functionCall", "thoughtSignature"}
)
"""Parts that tell of the server's own tools, or are told in another way."""


def take(state: State, content: Message) -> None:
    """Take all of a content but the end of the turn: that comes after the calls."""
    for name in content:
        if name not in _KNOWN:
            state.warn_once(f"content {name}", f"unknown content {name!r}: ignored")
    if flag_of(content, "interrupted"):
        # First: what stands beside it is of the turn that is over.
        answers.interrupted(state, over=flag_of(content, "turnComplete"))
    guess = object_of(content, "interimInputTranscription")
    speech.guessed(state, text_of(guess, "text"))
    said = object_of(content, "inputTranscription")
    speech.heard(state, text_of(said, "text"), finished=flag_of(said, "finished"))
    # Before the audio that it is of, so that it is known where in it a text begins.
    _spoken(state, object_of(content, "outputTranscription"))
    for part in objects_of(object_of(content, "modelTurn"), "parts"):
        _part(state, part)


def take_end(state: State, content: Message) -> None:
    """Take the end of the turn, if a content says that it is over.

    Nothing ends with `generationComplete`: the server may still be interrupted.
    """
    if flag_of(content, "generationComplete") and state.answer is not None:
        state.answer.generated = True
    if flag_of(content, "turnComplete"):
        answers.turn_complete(state, content)


def _spoken(state: State, transcription: Message) -> None:
    text = text_of(transcription, "text")
    answer = answers.output(state) if text else None
    if answer is None:
        return
    answer.said.append(text)
    state.emit(
        AgentTranscript(
            response_id=answer.response_id,
            text=text,
            mode="delta",
            item_id=answers.item_of(state, answer),
            original=state.original,
        )
    )


def _part(state: State, part: Message) -> None:
    if flag_of(part, "thought"):
        return  # nobody is to hear it
    if "inlineData" in part:
        _sound(state, object_of(part, "inlineData"))
    elif text := text_of(part, "text"):
        _written(state, text)
    elif part and not _SILENT & part.keys() and "text" not in part:
        names = ", ".join(sorted(part))
        state.warn_once(f"part {names}", f"unknown part ({names}): ignored")


def _sound(state: State, blob: Message) -> None:
    mime_type = text_of(blob, "mimeType").lower()
    if not mime_type.startswith("audio/pcm"):
        state.warn_once(f"blob {mime_type}", f"a part of type {mime_type!r}: ignored")
        return
    try:
        piece = bytes_of(text_of(blob, "data"))
    except ValueError:
        state.warn_once("base64", "audio that is not base64: dropped")
        return
    answer = answers.output(state) if piece else None
    if answer is None:
        return
    promised_hz = state.options.output_hz
    source_hz = rate_of(mime_type) or promised_hz
    if source_hz != promised_hz:
        state.warn_once(
            "rate",
            f"the server sends audio of {source_hz} Hz, not {promised_hz}: converted",
        )
    answers.item_of(state, answer)
    if pcm := answer.sound.push(piece, source_hz):
        answers.sounded(state, answer, pcm)


def _written(state: State, text: str) -> None:
    answer = answers.output(state)
    if answer is None:
        return
    answer.written.append(text)
    state.emit(
        ResponseText(
            response_id=answer.response_id,
            text=text,
            item_id=answers.item_of(state, answer),
        )
    )
