"""The messages of an OpenAI-compatible `/chat/completions`: pure, both ways."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from realtime_run.plugin.api import ToolDefinition
from realtime_run_local.brain.pieces import BrainError, ToolCall
from realtime_run_local.history import Called, Entry, Returned, Said
from realtime_run_local.ids import new_id

Message: TypeAlias = dict[str, object]


def messages(
    instructions: str, entries: Sequence[Entry], most: int
) -> tuple[Message, ...]:
    """Return the conversation as the endpoint wants it.

    A call and its result must stand side by side: both stand where the result came, and
    a call that has no result yet is left out.
    """
    calls = {e.call_id: e for e in entries if isinstance(e, Called)}
    head: tuple[Message, ...] = (
        ({"role": "system", "content": instructions},) if instructions else ()
    )
    said: list[Message] = []
    for entry in entries[-most:]:
        match entry:
            case Said(role=role, text=text):
                said.append({"role": role, "content": text})
            case Returned():
                said += _result(entry, calls.get(entry.call_id))
            case Called():
                pass
    return (*head, *said)


def _result(result: Returned, call: Called | None) -> tuple[Message, ...]:
    output = result.output if result.success else f"error: {result.output}"
    if call is None:
        # The call was made on an earlier connection, and is not known here.
        note = f"The tool {result.name} returned: {output}"
        return ({"role": "system", "content": note},)
    function = {"name": call.name, "arguments": call.arguments}
    made = {"id": call.call_id, "type": "function", "function": function}
    return (
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": call.call_id, "content": output},
    )


def functions(tools: Sequence[ToolDefinition]) -> list[Message]:
    """Return the tools as the endpoint wants them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in tools
    ]


@dataclass(slots=True)
class _Call:
    call_id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """What has come of one streamed answer."""

    finish_reason: str | None = None
    usage: Mapping[str, object] = field(default_factory=dict[str, object])
    _calls: dict[int, _Call] = field(default_factory=dict[int, _Call])

    def take(self, chunk: str) -> str:
        """Take one event's JSON; return the text that it adds.

        Raises:
            BrainError: If it is no chunk of an answer, or reports an error.
        """
        decoded = _object(chunk)
        if decoded.get("error"):
            raise BrainError(*problem(chunk))
        usage: object = decoded.get("usage")
        if isinstance(usage, dict):
            self.usage = usage
        choices: Any = decoded.get("choices") or [{}]
        try:
            return self._take(choices[0])
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            message = f"the endpoint sent no chunk of an answer: {chunk[:200]}"
            raise BrainError(message, "bad_chunk") from error

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls, once the answer is complete."""
        return tuple(
            ToolCall(
                call_id=call.call_id or new_id("call"),
                name=call.name,
                arguments=call.arguments or "{}",
            )
            for _, call in sorted(self._calls.items())
        )

    def _take(self, choice: Any) -> str:
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta: Any = choice.get("delta") or {}
        for place, part in enumerate(delta.get("tool_calls") or ()):
            call = self._calls.setdefault(int(part.get("index", place)), _Call())
            function: Any = part.get("function") or {}
            call.call_id = part.get("id") or call.call_id
            # Some endpoints repeat the name in every piece; none sends it in pieces.
            call.name = function.get("name") or call.name
            call.arguments += function.get("arguments") or ""
        return str(delta.get("content") or "")


def problem(body: str) -> tuple[str, str | None]:
    """Return what an endpoint's error says, and its code, if it has one."""
    try:
        error = json.loads(body)["error"]
        if isinstance(error, str):
            return error, None
        code = error.get("code") or error.get("type")
        return str(error["message"]), None if code is None else str(code)
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(body.split())[:200] or "no reason given", None


def _object(chunk: str) -> Mapping[str, Any]:
    try:
        decoded: Any = json.loads(chunk)
    except ValueError as error:
        message = f"the endpoint sent broken JSON: {chunk[:200]}"
        raise BrainError(message, "bad_json") from error
    if not isinstance(decoded, dict):
        message = f"the endpoint sent no JSON object: {chunk[:200]}"
        raise BrainError(message, "bad_json")
    return cast("Mapping[str, Any]", decoded)
