"""What the simulated model is to respond to."""

from collections.abc import Sequence
from typing import Any

from realtime_run.simulation.model import KnownTool, Situation
from realtime_run_openai.simulator import pictures
from realtime_run_openai.simulator.context import (
    MCP_SCHEMA,
    heard,
    is_object,
    is_turn,
    mcp_tool_names,
)
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.plan import Plan

_OUTPUTS = ("function_call_output", "mcp_call", "mcp_approval_response")


def situation(entries: Sequence[Entry], plan: Plan, *, sight: str | None) -> Situation:
    """Return what the model is to respond to.

    Args:
        entries: What it sees, in order.
        plan: How the response is to be made.
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
        first=plan.first or (heard(turns[0]) if turns else ""),
        before=heard(turns[-2]) if len(turns) > 1 else plan.before,
        results=results,
        images=sight or pictures.described(sizes),
        instructions=plan.instructions,
        tools=() if plan.tool_choice == "none" else _known(plan.tools),
        parallel_calls=plan.parallel_calls,
        must_call=_must_call(plan.tool_choice),
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
