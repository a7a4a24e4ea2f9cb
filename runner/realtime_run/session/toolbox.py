"""The tools of a session: called in the background, each within its time."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

from realtime_run.core.commands import ToolResult
from realtime_run.core.events import Event, ToolEndEvent, ToolStartEvent
from realtime_run.core.provider_events import ToolCalled
from realtime_run.plugin.api import Tool
from realtime_run.session.clock import Clock
from realtime_run.spec.plain import is_mapping

_INTERRUPTED = "cancelled: the user interrupted"


class Toolbox:
    """Runs calls; an exception of a tool becomes its result."""

    def __init__(
        self, tools: Sequence[Tool], emit: Callable[[Event], None], clock: Clock
    ) -> None:
        self._tools = {tool.definition.name: tool for tool in tools}
        self._emit = emit
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> bool:
        """True while a call is running."""
        return bool(self._running)

    def start(
        self,
        call: ToolCalled,
        tasks: asyncio.TaskGroup,
        finished: Callable[[ToolResult], None],
    ) -> None:
        """Begin a call; `finished` gets its result, whatever comes of it."""
        task = tasks.create_task(self._run(call, finished), name=f"tool {call.name}")
        self._running[call.call_id] = task
        task.add_done_callback(lambda _: self._running.pop(call.call_id, None))

    def stop(self, call_ids: Sequence[str]) -> None:
        """Cancel calls whose results nobody wants."""
        for call_id in call_ids:
            if call_id in self._running:
                self._running[call_id].cancel()

    def cancel(self) -> None:
        """End all that run: each call fails, and its result says why."""
        for task in self._running.values():
            task.cancel(_INTERRUPTED)

    async def finish(self, within_s: float) -> None:
        """Wait for running calls, and cancel those that take longer."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=within_s)
        self.stop(tuple(self._running))

    async def _run(
        self, call: ToolCalled, finished: Callable[[ToolResult], None]
    ) -> None:
        began = self._clock.now_ns()
        arguments: Mapping[str, object] = {}
        result: object = None
        error: str | None = None
        output = ""
        try:
            try:
                arguments = _as_written(call.arguments)
                tool = self._tool(call.name)
                arguments = tool.parse(call.arguments)
            finally:
                self._emit(
                    ToolStartEvent(
                        tool_name=call.name,
                        arguments=arguments,
                        tool_call_id=call.call_id,
                    )
                )
            result = await _within(tool.timeout_s, tool, arguments)
            output = _output(result)
        except asyncio.CancelledError as cancelled:
            error = "cancelled"
            if _INTERRUPTED not in cancelled.args:
                raise
            # This call was cancelled, and not the session: the model is told.
            error = _INTERRUPTED
            output = f"error: {error}"
        except (Exception, SystemExit, KeyboardInterrupt) as failure:  # noqa: BLE001 - a user's code
            error = _sentence(failure)
            output, result = f"error: {error}", None
        finally:
            self._emit(
                ToolEndEvent(
                    tool_name=call.name,
                    arguments=arguments,
                    tool_call_id=call.call_id,
                    success=error is None,
                    result=result,
                    error=error,
                    execution_ms=(self._clock.now_ns() - began) / 1e6,
                )
            )
        finished(
            ToolResult(
                call_id=call.call_id,
                name=call.name,
                output=output,
                success=error is None,
            )
        )

    def _tool(self, name: str) -> Tool:
        tool = self._tools.get(name)
        if tool is None:
            known = ", ".join(sorted(self._tools)) or "none"
            message = f"no tool {name!r} (known: {known})"
            raise LookupError(message)
        return tool


class _ToolTimeoutError(Exception):
    """A tool took too long."""


async def _within(
    seconds: float, tool: Tool, arguments: Mapping[str, object]
) -> object:
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await tool.call(arguments)
    except TimeoutError:
        if deadline.expired():
            message = f"no result within {seconds:g} s"
            raise _ToolTimeoutError(message) from None
        raise  # the tool's own


def _sentence(failure: BaseException) -> str:
    if (
        isinstance(failure, _ToolTimeoutError | LookupError | ValueError)
        and failure.args
    ):
        return str(failure.args[0])
    return f"{type(failure).__name__}: {failure}".removesuffix(": ")


def _as_written(arguments: str) -> Mapping[str, object]:
    """Return the arguments before anybody has checked them, for who listens."""
    try:
        written: object = json.loads(arguments or "{}")
    except ValueError:
        written = arguments
    return written if is_mapping(written) else {"arguments": written}


def _output(result: object) -> str:
    if isinstance(result, str):
        return result
    try:
        return json.dumps(result, ensure_ascii=False, allow_nan=False, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the tool returned what JSON cannot hold: {error}"
        raise ValueError(message) from error
