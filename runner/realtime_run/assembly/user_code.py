"""Loads a user's own files, and finds the handlers and tools in them.

Everything here runs the user's code and reads files: call it off the event loop.
"""

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from inspect import isfunction, unwrap
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from uuid import uuid4

from realtime_run.core.errors import UserCodeError
from realtime_run.core.events import EVENT_TYPES
from realtime_run.plugin.api import Handler, Listener
from realtime_run.plugin.function_tool import options_of
from realtime_run.plugin.functions import (
    FunctionHandler,
    FunctionTool,
    listener,
    wanted_by,
)
from realtime_run.plugin.places import place_of, said_by

_PREFIX = "realtime_run_user_code_"
_BY_NAME: Mapping[str, str] = {
    f"on_{name}": type_
    for type_ in EVENT_TYPES
    for name in (type_, type_.removeprefix("realtime_"))
}
_LOUD = "realtime_audio_"
"""Events that come 50 times a second: only who names them gets them."""


def load_module(path: Path) -> ModuleType:
    """Run a file as a fresh module, from its text as it is now.

    The file's folder joins the end of `sys.path`, so that it may import its neighbours;
    those are imported once, as always.

    Raises:
        UserCodeError: If the file cannot be read, or raises anything.
    """
    path = path.resolve()
    if not path.is_file():
        message = f"{path.name}: no such file: {path}"
        raise UserCodeError(message)
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)
    # A dataclass in the file looks for its module by name. Those of earlier loads are
    # in use by their own functions, which need no such entry.
    for name in [name for name in sys.modules if name.startswith(_PREFIX)]:
        if sys.modules[name].__file__ == str(path):
            del sys.modules[name]
    module = ModuleType(f"{_PREFIX}{path.stem}_{uuid4().hex}")
    module.__file__ = str(path)
    with _explained(path):
        source = path.read_bytes()
        sys.modules[module.__name__] = module
        try:
            code = compile(source, str(path), "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 - what the user asked for
        except BaseException:
            del sys.modules[module.__name__]
            raise
    return module


def handlers_of(module: ModuleType, attribute: str | None = None) -> Handler:
    """Return what a file offers as a handler.

    That is every function named `on_<event>`, such as `on_tool_end`, or decorated with
    `@on(...)`.

    Args:
        module: As `load_module` returned it.
        attribute: Picks one function of the file, of whatever name, or a handler of its
            own making: an object with `events` and `open`, or a class of such. An
            undecorated function named otherwise gets all events but `realtime_audio_*`.

    Raises:
        UserCodeError: If there is none, or one that cannot be used.
    """
    if attribute is not None:
        return _picked(module, attribute)
    routes: dict[str, list[Listener]] = {}
    decorated: set[int] = set()
    for name, value in tuple(vars(module).items()):
        if id(value) in decorated:
            continue  # a second name of the same function
        types = _types(module, name, value)
        if types:
            _add(routes, types, value, module)
        if wanted_by(value) is not None:
            decorated.add(id(value))
    if not routes:
        message = (
            f"{_file(module).name}: no handler in it: write "
            "`def on_tool_end(event, realtime):`, or decorate a function with @on(...)"
        )
        raise UserCodeError(message)
    return _handler(_file(module).name, routes)


def tools_of(
    module: ModuleType, attribute: str | None = None
) -> tuple[FunctionTool, ...]:
    """Return what a file offers as tools: every function decorated with `@tool`.

    Args:
        module: As `load_module` returned it.
        attribute: Picks one function of the file, decorated or not.

    Raises:
        UserCodeError: If there is none, or one that cannot be used.
    """
    if attribute is not None:
        return (_tool(module, _attribute(module, attribute)),)
    functions = {
        id(value): value for value in vars(module).values() if options_of(value)
    }
    if not functions:
        message = (
            f"{_file(module).name}: no tool in it: decorate a function with @tool "
            "(from realtime_run import tool)"
        )
        raise UserCodeError(message)
    tools: dict[str, FunctionTool] = {}
    for function in functions.values():
        tool = _tool(module, function)
        if tool.definition.name in tools:
            message = (
                f"{_place(function, module)}: a second tool named "
                f"{tool.definition.name!r}; rename it: @tool(name=...)"
            )
            raise UserCodeError(message)
        tools[tool.definition.name] = tool
    return tuple(tools.values())


def _picked(module: ModuleType, attribute: str) -> Handler:
    value = _attribute(module, attribute)
    label = f"{_file(module).name}:{attribute}"
    if isinstance(value, type):
        with _explained(_file(module)):
            value = value()
    if hasattr(value, "events") and hasattr(value, "open"):
        handler: Handler = value
        return handler
    if not callable(value):
        message = (
            f"{label}: a handler is a function, or an object with `events` and `open`, "
            f"not {value!r}"
        )
        raise UserCodeError(message)
    types = wanted_by(value)
    if types is None:
        named = _BY_NAME.get(attribute)
        quiet = (type_ for type_ in EVENT_TYPES if not type_.startswith(_LOUD))
        types = frozenset(quiet if named is None else (named,))
    routes: dict[str, list[Listener]] = {}
    _add(routes, types, value, module)
    return _handler(label, routes)


def _types(module: ModuleType, name: str, value: Any) -> frozenset[str]:
    """Return the events for which a module's attribute is a handler, if it is one."""
    types = wanted_by(value)
    if types is not None:
        return types
    if not name.startswith("on_") or not isfunction(value):
        return frozenset()
    if name in _BY_NAME:
        return frozenset({_BY_NAME[name]})
    if value.__module__ != module.__name__:
        return frozenset()  # a neighbour's function, imported for some other use
    near = get_close_matches(name, _BY_NAME, n=1)
    hint = (
        f"did you mean {near[0]!r}?" if near else "rename it, or decorate it @on(...)"
    )
    message = f"{_place(value, module)}: {name}: there is no such event; {hint}"
    raise UserCodeError(message)


def _add(
    routes: dict[str, list[Listener]],
    types: frozenset[str],
    function: Callable[..., Any],
    module: ModuleType,
) -> None:
    try:
        listening = listener(function)
    except TypeError as error:
        message = f"{_place(function, module)}: {error}"
        raise UserCodeError(message) from error
    for type_ in sorted(types):
        routes.setdefault(type_, []).append(listening)


def _handler(name: str, routes: Mapping[str, list[Listener]]) -> FunctionHandler:
    return FunctionHandler(name, {type_: tuple(to) for type_, to in routes.items()})


def _tool(module: ModuleType, function: Any) -> FunctionTool:
    if not callable(function):
        message = f"{_file(module).name}: a tool is a function, not {function!r}"
        raise UserCodeError(message)
    try:
        return FunctionTool(function)
    except TypeError as error:
        message = f"{_place(function, module)}: {error}"
        raise UserCodeError(message) from error


def _attribute(module: ModuleType, name: str) -> Any:
    if name in vars(module):
        return vars(module)[name]
    near = get_close_matches(name, [n for n in vars(module) if n[0] != "_"], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    message = f"{_file(module).name}: there is no {name!r} in it{hint}"
    raise UserCodeError(message)


def _place(function: Callable[..., Any], module: ModuleType) -> str:
    """Return `file:line` of a function's definition, or the module's file."""
    code = getattr(unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return _file(module).name
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}"


def _file(module: ModuleType) -> Path:
    return Path(module.__file__ or module.__name__)


@contextmanager
def _explained(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        message = f"{place_of(error, path.parent) or path.name}: {said_by(error)}"
        raise UserCodeError(message) from error
