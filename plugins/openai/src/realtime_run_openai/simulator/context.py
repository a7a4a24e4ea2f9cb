"""What the simulated model sees of a conversation."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeGuard

from realtime_run.simulation.model import KnownTool, Situation
from realtime_run_openai.simulator import pictures
from realtime_run_openai.simulator.conversation import Entry

_BYTES_A_MS = 48
_MCP_DEFAULT = "lookup"
_OUTPUTS = ("function_call_output", "mcp_call", "mcp_approval_response")


def entry_of(item: dict[str, Any]) -> Entry:
    """Return an item that a client sent, with what the model makes of it.

    What no event shows again, sound and pictures, is taken out of the item.
    """
    entry = Entry(item)
    if item["type"] != "message":
        return entry
    sizes: list[tuple[int, int]] = []
    content: list[dict[str, Any]] = []
    for part in item["content"]:
        kept = dict(part)
        if part["type"] == "input_image":
            image = pictures.decoded(kept.pop("image_url")) or b""
            sizes.append(pictures.size_of(image) or (0, 0))
        if part["type"] == "input_audio":
            entry.audio += _decoded(kept.pop("audio", "") or "")
            entry.transcript = kept.setdefault("transcript", None) or ""
        content.append(kept)
    item["content"] = content
    entry.image_sizes = tuple(sizes)
    entry.audio_ms = len(entry.audio) // _BYTES_A_MS
    entry.spoken_s = entry.audio_ms / 1000
    return entry


def is_turn(entry: Entry) -> bool:
    """Return whether the user said or wrote something, not only showed a picture."""
    return entry.is_user and any(
        part["type"] != "input_image" for part in entry.item["content"]
    )


def heard(entry: Entry) -> str:
    """Return what the user said or wrote."""
    return entry.transcript or " ".join(entry.texts)


def mcp_tool_names(tool: dict[str, Any]) -> list[str]:
    """Return what the simulated server of tools offers: what is allowed."""
    allowed: Any = tool.get("allowed_tools")
    if is_object(allowed):
        allowed = allowed.get("tool_names")
    return list(allowed) if allowed else [_MCP_DEFAULT]


def situation(
    entries: Sequence[Entry],
    tools: Sequence[dict[str, Any]],
    *,
    tool_choice: object,
    parallel_calls: bool,
    sight: str | None,
) -> Situation:
    """Return what the model is to respond to.

    Args:
        entries: What it sees, in order.
        tools: The session's, or the response's.
        tool_choice: Whether it may or must call one.
        parallel_calls: Whether several calls may stand in one response.
        sight: What is on the video track, in words.
    """
    turns = [entry for entry in entries if is_turn(entry)]
    last = turns[-1] if turns else None
    since = list(entries)[_index(entries, last) + 1 :] if last else list(entries)
    results = tuple(filter(None, map(_result, since)))
    sizes = [size for entry in entries for size in entry.image_sizes]
    return Situation(
        kind=_kind(since, last),
        turn=last.id if last else "",
        heard=heard(last) if last else "",
        spoken_s=last.spoken_s if last else 0.0,
        first=heard(turns[0]) if turns else "",
        results=results,
        images=sight or pictures.described(sizes),
        tools=() if tool_choice == "none" else _known(tools),
        parallel_calls=parallel_calls,
        must_call=_must_call(tool_choice),
    )


def _index(entries: Sequence[Entry], wanted: Entry) -> int:
    return next(at for at, entry in enumerate(entries) if entry is wanted)


def _kind(since: Sequence[Entry], last: Entry | None) -> Any:
    for entry in reversed(since):
        if entry.item["type"] in _OUTPUTS:
            return "results"
        if entry.item.get("role") == "assistant":
            return "nothing"
    if last is None:
        return "nothing"
    if not last.audio_ms:
        return "text"
    return "voice" if last.spoken_s else "silence"


def _result(entry: Entry) -> str | None:
    kind = entry.item["type"]
    if kind in {"function_call_output", "mcp_call"}:
        return entry.item.get("output")
    if kind == "mcp_approval_response" and not entry.item["approve"]:
        return f"not allowed: {entry.item.get('reason') or 'no reason given'}"
    return None


def _known(tools: Sequence[dict[str, Any]]) -> tuple[KnownTool, ...]:
    known: list[KnownTool] = []
    for tool in tools:
        if tool["type"] == "function":
            known.append(KnownTool(name=tool["name"], schema=tool.get("parameters")))
        else:
            known.extend(
                KnownTool(name=name, schema=MCP_SCHEMA) for name in mcp_tool_names(tool)
            )
    return tuple(known)


def _must_call(choice: Any) -> str | None:
    if choice == "required":
        return ""
    if is_object(choice):
        return str(choice.get("name") or "")
    return None


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a value of JSON is an object."""
    return isinstance(value, dict)


def _decoded(audio: str) -> bytes:
    try:
        return base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        return b""


MCP_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "what to look for"}},
    "required": ["query"],
}
"""What every tool of the simulated servers of tools takes."""


def mcp_answer(arguments: str) -> str:
    """Return what a tool of the simulated servers of tools answers."""
    try:
        query = json.loads(arguments).get("query", "")
    except (ValueError, AttributeError):
        query = ""
    return f"found 1 entry for '{query}'"
