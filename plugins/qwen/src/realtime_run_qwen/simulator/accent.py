"""How Qwen's server says what OpenAI's would: the events' beta names and shapes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from realtime_run.simulation.hearing import TurnPolicy
from realtime_run_openai.simulator.accent import Accent, Event, Session, Telling
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.plan import Plan
from realtime_run_qwen.models import QWEN_3_5, family_or_newest, model_name
from realtime_run_qwen.simulator.faults import QwenFaults
from realtime_run_qwen.simulator.memory import first_words, last_words
from realtime_run_qwen.simulator.session import SessionState

_Shape: TypeAlias = Callable[[Event], dict[str, Any]]
_RATE_HZ = 16_000
_LEAST_MS = 1
_SILENT_IN_MANUAL = "qwen3.5-omni-flash-realtime"
"""Its transcripts never come if the client commits (measured by a third party)."""
_NAMES: Mapping[str, str] = {
    "conversation.item.added": "conversation.item.created",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
}
_UNSAID = frozenset({"conversation.item.done", "rate_limits.updated"})
_PARTS = {"output_audio": "audio", "output_text": "text"}


def accent_of(faults: QwenFaults, *, cancel_done: bool) -> Accent:
    """Return how a session speaks.

    Args:
        faults: What goes wrong in it.
        cancel_done: A response that was stopped ends with `response.done`.
    """
    return Accent(
        session=SessionState,
        plan=plan_of,
        spoken=partial(spoken, cancel_done=cancel_done),
        transcript=partial(_transcript, faults),
        turns=_turns,
        rate_hz=_RATE_HZ,
        least_ms=_LEAST_MS,
        tells_silence=False,
        transcript_first=True,
        expired="The session has reached its maximum duration.",
    )


def plan_of(
    session: Session,
    *,
    instructions: str | None = None,
    modalities: Sequence[str] | None = None,
) -> Plan:
    """Return how a response is made.

    Args:
        session: What holds for every response.
        instructions: Of this one; None: the session's.
        modalities: Of this one; None: the session's.
    """
    known = session.object
    return Plan(
        modalities=list(modalities or known["modalities"]),
        voice=known["voice"],
        format={"type": "audio/pcm", "name": _format_name(known)},
        max_tokens=known.get("max_tokens", "inf"),
        tools=session.tools,
        tool_choice=known.get("tool_choice", "auto"),
        instructions=instructions or known["instructions"],
        first=first_words(known["instructions"]),
        before=last_words(known["instructions"]),
    )


def spoken(event: Event, *, cancel_done: bool) -> Event | None:
    """Return an event of OpenAI's as Qwen's server sends it; None: it sends none."""
    kind = event["type"]
    if kind in _UNSAID or event.get("error", {}).get("code") == "session_expired":
        return None
    # Of a response that is stopped, the end of its item is the last that is told.
    if kind == "response.done" and not cancel_done and _is_cancelled(event):
        return None
    shape = _SHAPES.get(kind, dict)
    return {**shape(event), "type": _NAMES.get(kind, kind)}


def _is_cancelled(event: Event) -> bool:
    return bool(event["response"]["status"] == "cancelled")


def _format_name(session: Mapping[str, Any]) -> str:
    return "pcm" if "audio" in session else str(session["output_audio_format"])


def _without(event: Event, name: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != name}


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**item, "object": "realtime.item"}
    if "content" in item:
        shown["content"] = [
            {**part, "type": _PARTS.get(part["type"], part["type"])}
            for part in item["content"]
        ]
    return shown


def _with_item(event: Event) -> dict[str, Any]:
    return {**_without(event, "previous_item_id"), "item": _item(event["item"])}


def _with_part(event: Event) -> dict[str, Any]:
    part = event["part"]
    text = part.get("transcript", part.get("text", ""))
    return {**event, "part": {"type": part["type"], "text": text}}


def _with_response(event: Event) -> dict[str, Any]:
    response = event["response"]
    output = response["audio"]["output"]
    shown = {
        "id": response["id"],
        "object": "realtime.response",
        "conversation_id": response["conversation_id"],
        "status": response["status"],
        "modalities": response["output_modalities"],
        "voice": output["voice"],
        "output_audio_format": output["format"]["name"],
        "output": [_item(item) for item in response["output"]],
    }
    if response["usage"] is not None:
        shown["usage"] = _usage(response["usage"])
    return {**event, "response": shown}


def _usage(used: Mapping[str, Any]) -> dict[str, Any]:
    given = used["input_token_details"]
    kinds = ["text_tokens", "audio_tokens"]
    if given["image_tokens"]:
        kinds.append("image_tokens")
    return {
        "total_tokens": used["total_tokens"],
        "input_tokens": used["input_tokens"],
        "output_tokens": used["output_tokens"],
        "input_tokens_details": {kind: given[kind] for kind in kinds},
        "output_tokens_details": dict(used["output_token_details"]),
    }


def _error(event: Event) -> dict[str, Any]:
    # The event that is at fault is not named.
    return {**event, "error": _without(event["error"], "event_id")}


def _committed(event: Event) -> dict[str, Any]:
    return _without(event, "previous_item_id")


def _turns(detection: Mapping[str, Any]) -> TurnPolicy:
    return TurnPolicy(
        threshold=detection["threshold"],
        prefix_padding_ms=detection["prefix_padding_ms"],
        silence_ms=detection["silence_duration_ms"],
    )


def _transcript(faults: QwenFaults, entry: Entry, session: Session) -> Telling:
    is_manual = session.turn_detection is None
    is_silent = is_manual and model_name(session.model) == _SILENT_IN_MANUAL
    if faults.no_transcript or is_silent:
        return
    if faults.transcript_failed:
        message = "The audio could not be transcribed."
        error = {"code": "transcription_failed", "message": message, "param": None}
        yield "failed", {"error": error}
        return
    if family_or_newest(session.model).transcriber == QWEN_3_5.transcriber:
        yield from _drafts(entry.transcript)
    yield "completed", {"transcript": entry.transcript}


def _drafts(transcript: str) -> Telling:
    """Tell what is certain so far, and the word that may still change."""
    words = transcript.split()
    for number, word in enumerate(words):
        text = "".join(f"{one} " for one in words[:number])
        fields = {"text": text, "stash": word, "language": "en", "emotion": "neutral"}
        yield "delta", fields


_SHAPES: Mapping[str, _Shape] = {
    "conversation.item.added": _with_item,
    "error": _error,
    "input_audio_buffer.committed": _committed,
    "response.content_part.added": _with_part,
    "response.content_part.done": _with_part,
    "response.created": _with_response,
    "response.done": _with_response,
    "response.output_item.added": _with_item,
    "response.output_item.done": _with_item,
}
