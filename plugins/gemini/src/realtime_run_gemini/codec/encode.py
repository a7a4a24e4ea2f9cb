"""The client's messages as JSON texts, one function each.

Each has exactly one member at the top, with names in camelCase, and bytes in standard
base64, as Google's own documentation writes them.
"""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from realtime_run.core.commands import ToolResult
from realtime_run.plugin.api import HistoryItem
from realtime_run_gemini.codec.options import Scheduling

NOTHING = "done, nothing to report"
"""The result of a function that returns nothing: a model that is told nothing at all
calls it again, up to five times (ai.google.dev on gemini-3.8-live)."""
FAILED = "failed, for no known reason"
_EMPTY = frozenset({"", "null", "{}", "[]", '""'})


def setup(setup_object: Mapping[str, object]) -> str:
    """Return the first message of a connection."""
    return _json({"setup": setup_object})


def audio(pcm: bytes, rate_hz: int) -> str:
    """Return a piece of the microphone's audio, which is sent 50 times a second.

    Base64 needs no escaping.
    """
    encoded = b2a_base64(pcm, newline=False).decode("ascii")
    return (
        f'{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm;rate={rate_hz}",'
        f'"data":"{encoded}"}}}}}}'
    )


def image(jpeg: bytes) -> str:
    """Return what the camera sees, as a frame of the video."""
    encoded = b2a_base64(jpeg, newline=False).decode("ascii")
    return (
        '{"realtimeInput":{"video":{"mimeType":"image/jpeg",'
        f'"data":"{encoded}"}}}}}}'
    )


def realtime(**fields: object) -> str:
    """Return another message of the stream of what the user does."""
    return _json({"realtimeInput": fields})


def content(turns: Sequence[Mapping[str, object]], *, complete: bool) -> str:
    """Return an addition to the conversation.

    Args:
        turns: Of `turn` or `remembered`, oldest first; may be none.
        complete: The model is to answer. False: it only takes note.
    """
    fields: dict[str, object] = {"turns": turns} if turns else {}
    return _json({"clientContent": {**fields, "turnComplete": complete}})


def turn(text: str, role: str = "user") -> Mapping[str, object]:
    """Return something said or written, by the user or the model."""
    return {"role": role, "parts": [{"text": text}]}


def remembered(history: Iterable[HistoryItem]) -> Sequence[Mapping[str, object]]:
    """Return what was said before as turns, which alternate between user and model."""
    turns: list[tuple[str, list[Mapping[str, object]]]] = []
    for item in history:
        if not item.text.strip():
            continue
        role = "model" if item.role == "assistant" else "user"
        # The conversation has no third role: what neither said stands in brackets.
        text = f"[{item.text}]" if item.role == "system" else item.text
        if not turns or turns[-1][0] != role:
            turns.append((role, []))
        turns[-1][1].append({"text": text})
    return [{"role": role, "parts": parts} for role, parts in turns]


def tool_response(responses: Sequence[Mapping[str, object]]) -> str:
    """Return what function calls came to, of `function_response`."""
    return _json({"toolResponse": {"functionResponses": responses}})


def function_response(
    wire_id: str, result: ToolResult, scheduling: Scheduling | None
) -> Mapping[str, object]:
    """Return what one function call came to.

    Args:
        wire_id: The server's id of the call; empty: it gave none.
        result: Of the call.
        scheduling: When the model shall speak of it; only of a NON_BLOCKING function.
    """
    response: dict[str, object] = {"id": wire_id} if wire_id else {}
    response["name"] = result.name
    if result.success:
        response["response"] = {"output": _output(result.output)}
    else:
        response["response"] = {"error": result.output.strip() or FAILED}
    if scheduling is not None:
        response["scheduling"] = scheduling
    return response


def _output(text: str) -> object:
    """Return a result as an object if it is one, so that the model reads its fields."""
    if text.strip() in _EMPTY:
        return NOTHING
    if not text.lstrip().startswith("{"):
        return text
    try:
        value = cast("object", json.loads(text))
        json.dumps(value, allow_nan=False)  # JSON of the server has no infinity
    except (ValueError, RecursionError):
        return text
    return value


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
