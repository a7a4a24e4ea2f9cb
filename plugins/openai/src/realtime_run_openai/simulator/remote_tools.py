"""Servers of tools (MCP) that the service calls by itself.

The simulated ones offer what `allowed_tools` names, or `lookup`, and always answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from realtime_run.simulation.agenda import Activity
from realtime_run.simulation.model import Call
from realtime_run_openai.simulator import context
from realtime_run_openai.simulator.conversation import Entry
from realtime_run_openai.simulator.desk import Desk
from realtime_run_openai.simulator.refusals import Refusal
from realtime_run_openai.simulator.response import Response

_MOST_ASKED = 32
"""Requests for approval that wait; the oldest is forgotten."""
_LISTING_S = 0.02
_CALLING_S = 0.02


class RemoteTools:
    """Lists the tools of servers, asks for approval, and calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listed: set[str] = set()
        self._asked: dict[str, Call] = {}

    def list_new(self) -> None:
        """Tell which tools the session's servers offer, once for each server."""
        for tool in self._desk.session.tools:
            if tool["type"] == "mcp" and tool["server_label"] not in self._listed:
                self._listed.add(tool["server_label"])
                name = f"list {tool['server_label']}"
                self._desk.agenda.start(name, self._list(tool), self._desk.now_s)

    def servers(self, tools: Iterable[dict[str, Any]]) -> Mapping[str, dict[str, Any]]:
        """Return the server of each remote tool's name."""
        return {
            name: tool
            for tool in tools
            if tool["type"] == "mcp"
            for name in context.mcp_tool_names(tool)
        }

    def asks(self, server: dict[str, Any], name: str) -> bool:
        """Return whether a call needs approval."""
        rule: Any = server.get("require_approval") or "always"
        if not context.is_object(rule):
            return bool(rule != "never")
        never: dict[str, Any] = rule.get("never") or {}
        return name not in (never.get("tool_names") or ())

    def ask(self, response: Response, server: dict[str, Any], call: Call) -> None:
        """Ask whether a call may be made."""
        item_id = self._desk.out.new_id("mcpr")
        self._asked[item_id] = call
        while len(self._asked) > _MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        response.whole(
            {
                "id": item_id,
                "type": "mcp_approval_request",
                "server_label": server["server_label"],
                "name": call.name,
                "arguments": call.arguments,
            }
        )

    def answered(self, item: dict[str, Any]) -> Call | Refusal:
        """Return the call that an `mcp_approval_response` speaks of."""
        call = self._asked.pop(item["approval_request_id"], None)
        if call is not None:
            return call
        message = f"Approval request '{item['approval_request_id']}' not found."
        return Refusal(
            code="invalid_value", message=message, param="item.approval_request_id"
        )

    def run(
        self,
        response: Response,
        server: dict[str, Any],
        call: Call,
        approval_id: str | None,
    ) -> Activity:
        """Make a call, and put its result into the conversation."""
        item: dict[str, Any] = {
            "id": self._desk.out.new_id("mcp"),
            "type": "mcp_call",
            "server_label": server["server_label"],
            "name": call.name,
            "arguments": call.arguments,
            "approval_request_id": approval_id,
            "output": None,
            "error": None,
        }
        place = {"item_id": item["id"], "output_index": len(response.output)}
        yield from response.call(item)
        self._desk.out.send("response.mcp_call.in_progress", **place)
        yield _CALLING_S
        response.settle(output=context.mcp_answer(call.arguments))
        self._desk.out.send("response.mcp_call.completed", **place)
        response.close("completed")

    def _list(self, tool: dict[str, Any]) -> Activity:
        desk, out = self._desk, self._desk.out
        item: dict[str, Any] = {
            "id": out.new_id("mcpl"),
            "type": "mcp_list_tools",
            "server_label": tool["server_label"],
            "tools": [],
        }
        previous = desk.conversation.add(Entry(item))
        out.send("conversation.item.added", previous_item_id=previous, item=dict(item))
        out.send("mcp_list_tools.in_progress", item_id=item["id"])
        yield _LISTING_S
        item["tools"] = [
            {
                "name": name,
                "description": "Looks something up.",
                "input_schema": context.MCP_SCHEMA,
                "annotations": None,
            }
            for name in context.mcp_tool_names(tool)
        ]
        out.send("mcp_list_tools.completed", item_id=item["id"])
        out.send("conversation.item.done", previous_item_id=previous, item=dict(item))
