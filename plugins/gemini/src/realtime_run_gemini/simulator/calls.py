"""The functions that the model called, and what came of them."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from realtime_run.simulation.model import Call
from realtime_run_gemini.simulator.content_shapes import FunctionResponse
from realtime_run_gemini.simulator.desk import Desk
from realtime_run_gemini.simulator.requests import Refusal
from realtime_run_gemini.simulator.shapes import ToolResponse

_MOST_CANCELLED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a function returned while the model talked on."""

    text: str
    scheduling: Literal["WHEN_IDLE", "INTERRUPT", "SILENT"]


class Calls:
    """Makes calls and takes their results."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[str, str] = {}
        self._cancelled: deque[str] = deque(maxlen=_MOST_CANCELLED)
        self._gathered: list[str] = []

    @property
    def are_open(self) -> bool:
        """Whether any result is awaited."""
        return bool(self._open)

    @property
    def block(self) -> bool:
        """Whether the model waits for a result."""
        behavior = self._desk.session.behavior
        return any(behavior(name) == "BLOCKING" for name in self._open.values())

    def make(self, calls: Sequence[Call]) -> None:
        """Call functions, all in one message."""
        made: list[dict[str, Any]] = []
        for call in calls:
            call_id = self._desk.new_id("function-call")
            self._open[call_id] = call.name
            arguments = json.loads(call.arguments)
            made.append({"name": call.name, "args": arguments, "id": call_id})
        self._desk.send({"toolCall": {"functionCalls": made}})

    def cancel(self) -> None:
        """Take back the calls for which the model waits."""
        behavior = self._desk.session.behavior
        ids = [key for key, name in self._open.items() if behavior(name) == "BLOCKING"]
        for call_id in ids:
            del self._open[call_id]
        self._cancelled.extend(ids)
        self._gathered.clear()
        if ids:
            self._desk.send({"toolCallCancellation": {"ids": ids}})

    def refused(self, request: ToolResponse) -> Refusal | None:
        """Return why results are not taken."""
        for one in request.function_responses:
            name = self._open.get(one.id)
            if not one.id and not self._desk.session.place.on_vertex:
                return Refusal(reason="Function response has no id.")
            if not one.name:
                return Refusal(reason="Function response name cannot be empty.")
            if name is None and one.id not in self._cancelled:
                reason = f"Function response id '{one.id}' matches no function call."
                return Refusal(reason=reason)
            if name not in {None, one.name}:
                reason = f"Function call '{one.id}' was not of '{one.name}'."
                return Refusal(reason=reason)
        return None

    def take(self, request: ToolResponse) -> tuple[Result, ...]:
        """Take results that are not refused; returns those nobody waits for."""
        found: list[Result] = []
        for one in request.function_responses:
            name = self._open.get(one.id)
            if name is None:
                continue  # it was cancelled while its result was under way
            if not one.will_continue:
                del self._open[one.id]
            text = _text(one.response or {})
            if self._desk.session.behavior(name) == "BLOCKING":
                self._gathered.append(text)
            else:
                found.append(Result(text=text, scheduling=_scheduling(one)))
        return tuple(found)

    def gathered(self) -> tuple[str, ...]:
        """Return the results that the model waited for, and forget them."""
        found, self._gathered = tuple(self._gathered), []
        return found


def _scheduling(one: FunctionResponse) -> Literal["WHEN_IDLE", "INTERRUPT", "SILENT"]:
    if one.scheduling == "SCHEDULING_UNSPECIFIED":
        return "WHEN_IDLE"
    return one.scheduling


def _text(response: Mapping[str, Any]) -> str:
    """Return a result in words: `output` or `error`, where it has one of them."""
    for key in ("output", "error"):
        if key in response:
            value = response[key]
            return value if isinstance(value, str) else _json(value)
    return _json(response) if response else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
