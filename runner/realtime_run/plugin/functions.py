"""Handlers and tools written as plain functions: the decorators, and what they make.

@tool
async def move(direction: Literal["forward", "backward"], meters: float) -> str: ...

@on(ToolStartEvent, ToolEndEvent)
def log(event, realtime): ...
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, TypeVar, cast, overload

from realtime_run.core.events import EVENT_TYPES, Event, RealtimeEvent
from realtime_run.plugin.api import Conversation, Listener, SessionInfo
from realtime_run.plugin.function_tool import (
    DEFAULT_TIMEOUT_S,
    FunctionTool,
    ToolOptions,
    mark,
)
from realtime_run.plugin.threads import run_in_thread

__all__ = [
    "FunctionHandler",
    "FunctionTool",
    "listener",
    "on",
    "tool",
    "types_of",
    "wanted_by",
]

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__realtime_run_events__"


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *,
    name: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
    description: str | None = None,
) -> Callable[[F], F]: ...


def tool(
    function: F | None = None,
    /,
    *,
    name: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
    description: str | None = None,
) -> F | Callable[[F], F]:
    """Mark a function as one that the model may call; it stays what it is.

    Args:
        function: When used without parentheses.
        name: What the model calls it, instead of the function's name.
        timeout: How many seconds a call may take.
        description: Instead of the docstring.

    Raises:
        ValueError: If `timeout` is not positive.
    """
    if timeout <= 0:
        message = f"a tool's timeout is a number of seconds above 0, not {timeout}"
        raise ValueError(message)
    options = ToolOptions(name=name, description=description, timeout_s=timeout)

    def decorate(function: F) -> F:
        mark(function, options)
        return function

    return decorate if function is None else decorate(function)


def on(*events: type[RealtimeEvent]) -> Callable[[F], F]:
    """Mark a function as a handler of events; it stays what it is.

    Args:
        events: Their classes; a base class stands for all that derive from it.

    Raises:
        TypeError: If one is no class of events, or there is none.
    """
    for event in events:
        if not (isinstance(event, type) and issubclass(event, RealtimeEvent)):  # pyright: ignore[reportUnnecessaryIsInstance] - the caller may not check types
            message = f"@on takes classes of events, not {event!r}"
            raise TypeError(message)
    if not events:
        message = "@on needs the class of an event: @on(RealtimeResponseEvent)"
        raise TypeError(message)
    types = types_of(*events)

    def decorate(function: F) -> F:
        setattr(function, _MARK, types | (wanted_by(function) or frozenset()))
        return function

    return decorate


def types_of(*events: type[RealtimeEvent]) -> frozenset[str]:
    """Return the type strings of event classes, and of all that derive from them."""
    return frozenset(
        name for name, kind in EVENT_TYPES.items() if issubclass(kind, events)
    )


def wanted_by(function: object) -> frozenset[str] | None:
    """Return the types of the events that `@on` named; None if it is not decorated."""
    types: object = getattr(function, _MARK, None)
    return cast("frozenset[str]", types) if isinstance(types, frozenset) else None


def listener(function: Callable[..., Any]) -> Listener:
    """Return a function of `(event, realtime)` or `(event)` as one of both.

    Raises:
        TypeError: If it takes neither.
    """
    if _takes(function, 2):
        return function
    if not _takes(function, 1):
        name = getattr(function, "__name__", repr(function))
        message = f"{name}{signature(function)} must take (event, realtime) or (event)"
        raise TypeError(message)
    if iscoroutinefunction(function):

        @wraps(function)
        async def listen_async(event: Event, realtime: Conversation) -> None:
            del realtime
            await function(event)

        return listen_async

    @wraps(function)
    def listen(event: Event, realtime: Conversation) -> "Awaitable[None] | None":
        del realtime
        return cast("Awaitable[None] | None", function(event))

    return listen


@dataclass(frozen=True, slots=True)
class FunctionHandler:
    """A handler made of functions, each for the events it wants.

    A session that knows `routes` calls each function where it belongs: an `async def`
    on its loop, a plain one in the handler's thread.
    """

    name: str
    """As reports name it: `handlers.py`."""
    routes: Mapping[str, tuple[Listener, ...]]
    """What is called for the events of a type, in this order."""

    @property
    def events(self) -> frozenset[str]:
        """The type strings of the events it wants."""
        return frozenset(self.routes)

    @contextmanager
    def open(self, session: SessionInfo) -> Generator[Listener, None, None]:
        """Give one listener that does what the routes say; there is nothing to open."""
        del session
        functions = [function for route in self.routes.values() for function in route]
        mixed = any(map(iscoroutinefunction, functions))
        yield self._call_async if mixed else self._call

    def _call(self, event: Event, realtime: Conversation) -> None:
        for function in self.routes.get(event.type, ()):
            function(event, realtime)

    async def _call_async(self, event: Event, realtime: Conversation) -> None:
        for function in self.routes.get(event.type, ()):
            if iscoroutinefunction(function):
                await function(event, realtime)
            else:
                await run_in_thread(function, event, realtime)


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell
        return True
    return True
