"""The tool of the suite: `add`, in the hand of a test."""

import asyncio
import json
from collections.abc import Mapping

from realtime_run.plugin.provider_api import ToolDefinition


class Calculator:
    """Adds two whole numbers, when the test lets it."""

    definition = ToolDefinition(
        name="add",
        description="Add two whole numbers.",
        parameters={
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    )
    timeout_s = 60.0

    def __init__(self, *, waits: bool = False, fails: bool = False) -> None:
        """Make a calculator.

        Args:
            waits: Whether calls end only after `go` was set.
            fails: Whether calls raise an exception.
        """
        self.go = asyncio.Event()
        if not waits:
            self.go.set()
        self._fails = fails

    def parse(self, arguments: str) -> Mapping[str, object]:
        """Return the arguments that the model wrote."""
        parsed: object = json.loads(arguments)
        match parsed:
            case {"a": int() as a, "b": int() as b}:
                return {"a": a, "b": b}
            case _:
                message = f"add takes two whole numbers, not {arguments}"
                raise ValueError(message)

    async def call(self, arguments: Mapping[str, object]) -> object:
        """Return the sum."""
        await self.go.wait()
        if self._fails:
            message = "the battery is empty"
            raise RuntimeError(message)
        match arguments:
            case {"a": int() as a, "b": int() as b}:
                return a + b
            case _:
                raise AssertionError(arguments)
