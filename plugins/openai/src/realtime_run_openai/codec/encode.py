"""The client's messages as JSON texts, one function each."""

import json
from binascii import b2a_base64
from collections.abc import Mapping

from realtime_run.plugin.api import HistoryItem


def message(type_: str, event_id: str, **fields: object) -> str:
    """Return a client event; `event_id` is what an error about it will name."""
    return _json({"type": type_, "event_id": event_id, **fields})


def append(pcm: bytes) -> str:
    """Return `input_audio_buffer.append`, which is sent 50 times a second.

    Base64 needs no escaping, and an error about one append helps nobody: no id.
    """
    audio = b2a_base64(pcm, newline=False).decode("ascii")
    return f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}'


def base64(content: bytes) -> str:
    """Return bytes as base64, without line breaks."""
    return b2a_base64(content, newline=False).decode("ascii")


def user_text(item_id: str, text: str) -> Mapping[str, object]:
    """Return a message of the user in writing."""
    part = {"type": "input_text", "text": text}
    return {"id": item_id, "type": "message", "role": "user", "content": [part]}


def user_image(item_id: str, jpeg: bytes, detail: str) -> Mapping[str, object]:
    """Return what the camera sees, as a message of the user."""
    part = {
        "type": "input_image",
        "image_url": f"data:image/jpeg;base64,{base64(jpeg)}",
        "detail": detail,
    }
    return {"id": item_id, "type": "message", "role": "user", "content": [part]}


def tool_output(item_id: str, call_id: str, output: str) -> Mapping[str, object]:
    """Return what a tool call came to."""
    return {
        "id": item_id,
        "type": "function_call_output",
        "call_id": call_id,
        "output": output,
    }


def approval(
    item_id: str, approval_id: str, *, approve: bool, reason: str | None
) -> Mapping[str, object]:
    """Return the answer to the question whether a remote tool may run."""
    answer: dict[str, object] = {
        "id": item_id,
        "type": "mcp_approval_response",
        "approval_request_id": approval_id,
        "approve": approve,
    }
    if reason is not None:
        answer["reason"] = reason
    return answer


def remembered(item_id: str, item: HistoryItem) -> Mapping[str, object]:
    """Return something said before; in writing, for no audio of its own is taken."""
    kind = "output_text" if item.role == "assistant" else "input_text"
    part = {"type": kind, "text": item.text}
    return {"id": item_id, "type": "message", "role": item.role, "content": [part]}


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
