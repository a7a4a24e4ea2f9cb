"""The items of a conversation, as the simulated model sees them."""

import base64
import binascii
import json
from typing import Any, TypeGuard

from realtime_run_openai.simulator import pictures
from realtime_run_openai.simulator.conversation import Entry

_BYTES_A_MS = 48
_MCP_DEFAULT = "lookup"


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
