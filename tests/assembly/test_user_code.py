import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from realtime_run.assembly.user_code import handlers_of, load_module, tools_of
from realtime_run.core.errors import UserCodeError
from realtime_run.core.events import EVENT_TYPES, RealtimeErrorEvent
from realtime_run.plugin.api import Conversation
from realtime_run.plugin.functions import FunctionHandler
from realtime_run.plugin.threads import run_in_thread

Load = Callable[..., ModuleType]
CONVERSATION = cast("Conversation", object())


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Write a file and load it as a user's own."""
    path, modules = list(sys.path), set(sys.modules)

    def write(source: str, name: str = "handlers.py") -> ModuleType:
        file = tmp_path / name
        file.write_text(source, encoding="utf-8")
        return load_module(file)

    yield write
    sys.path[:] = path
    for module in set(sys.modules) - modules:
        del sys.modules[module]


def routes_of(module: ModuleType, attribute: str | None = None) -> dict[str, list[str]]:
    handler = handlers_of(module, attribute)
    assert isinstance(handler, FunctionHandler)
    return {
        type_: [cast("Any", function).__name__ for function in functions]
        for type_, functions in handler.routes.items()
    }


def test_every_load_runs_the_text_as_it_is_now(load: Load) -> None:
    first = load("x = 1")
    second = load("x = 2")  # same size, and maybe within the same tick of the clock

    assert (first.x, second.x) == (1, 2)
    assert first.__name__ != second.__name__


def test_only_the_last_load_of_a_file_stays_among_the_modules(load: Load) -> None:
    first = load("x = 1")
    second = load("x = 2")

    assert first.__name__ not in sys.modules
    assert sys.modules[second.__name__] is second


def test_a_file_may_import_its_neighbours(load: Load, tmp_path: Path) -> None:
    (tmp_path / "rover_words.py").write_text("HELLO = 'hi'", encoding="utf-8")

    module = load("from rover_words import HELLO")
    load("from rover_words import HELLO")

    assert module.HELLO == "hi"
    assert sys.path.count(str(tmp_path)) == 1


def test_dataclasses_and_postponed_hints_work_in_a_file(load: Load) -> None:
    module = load(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from realtime_run.plugin.functions import tool\n"
        "@dataclass\n"
        "class Point:\n"
        "    x: int\n"
        "@tool\n"
        "def go(to: Point) -> int: return to.x\n"
    )

    (tool,) = tools_of(module)

    assert tool.parse('{"to": {"x": 3}}') == {"to": {"x": 3}}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("\n\nx", "handlers.py:3: NameError: name 'x' is not defined"),
        ("x = 1\ndef (", "handlers.py:2: SyntaxError: invalid syntax"),
        ("raise SystemExit(3)", "handlers.py:1: SystemExit: 3"),
        ("import json\njson.loads('{')", "handlers.py:2: JSONDecodeError: "),
        ("open('/nowhere/at/all')", "handlers.py:1: FileNotFoundError: "),
        ("x = '\0'", "handlers.py"),
    ],
)
def test_what_a_file_raises_is_told_with_its_line(
    load: Load, source: str, said: str
) -> None:
    with pytest.raises(UserCodeError) as caught:
        load(source)

    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_the_deepest_line_of_the_users_own_is_named(load: Load, tmp_path: Path) -> None:
    (tmp_path / "rover_parts.py").write_text("\nimport nowhere_sdk", encoding="utf-8")

    with pytest.raises(UserCodeError) as caught:
        load("import rover_parts")

    assert str(caught.value) == (
        "rover_parts.py:2: ModuleNotFoundError: No module named 'nowhere_sdk'"
    )


def test_a_file_that_failed_leaves_no_module_behind(load: Load) -> None:
    before = set(sys.modules)

    with pytest.raises(UserCodeError):
        load("x")

    assert set(sys.modules) == before


def test_an_interrupt_while_a_file_runs_is_not_swallowed(load: Load) -> None:
    with pytest.raises(KeyboardInterrupt):
        load("raise KeyboardInterrupt")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserCodeError, match=r"^gone.py: no such file: /.*gone.py$"):
        load_module(tmp_path / "gone.py")


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("on_agent_speech_transcription", "realtime_agent_speech_transcription"),
        ("on_realtime_error", "realtime_error"),
        ("on_error", "realtime_error"),
        ("on_tool_end", "tool_end"),
    ],
)
def test_a_function_named_after_an_event_handles_it(
    load: Load, name: str, type_: str
) -> None:
    module = load(f"def {name}(event, realtime): pass")

    assert routes_of(module) == {type_: [name]}


def test_functions_of_one_event_are_called_in_the_order_of_the_file(
    load: Load,
) -> None:
    module = load(
        "from realtime_run.core.events import RealtimeErrorEvent, ToolEndEvent\n"
        "from realtime_run.plugin.functions import on\n"
        "@on(RealtimeErrorEvent, ToolEndEvent)\n"
        "async def second_to_none(event): pass\n"
        "def on_error(event): pass\n"
        "def helper(x): pass\n"
    )

    assert routes_of(module) == {
        "realtime_error": ["second_to_none", "on_error"],
        "tool_end": ["second_to_none"],
    }
    assert handlers_of(module).events == frozenset({"realtime_error", "tool_end"})


def test_a_decorated_function_with_two_names_is_called_once(load: Load) -> None:
    module = load(
        "from realtime_run.core.events import ToolEndEvent\n"
        "from realtime_run.plugin.functions import on\n"
        "@on(ToolEndEvent)\n"
        "def listen(event): pass\n"
        "again = listen\n"
    )

    assert routes_of(module) == {"tool_end": ["listen"]}


@pytest.mark.parametrize("type_", sorted(EVENT_TYPES))
def test_every_event_has_a_name_for_its_handler(load: Load, type_: str) -> None:
    module = load(f"def on_{type_.removeprefix('realtime_')}(event): pass")

    assert list(routes_of(module)) == [type_]


def test_a_misspelt_event_suggests_the_nearest(load: Load) -> None:
    module = load("x = 1\ndef on_tool_ends(event): pass")

    with pytest.raises(UserCodeError) as caught:
        handlers_of(module)

    assert str(caught.value) == (
        "handlers.py:2: on_tool_ends: there is no such event; "
        "did you mean 'on_tool_end'?"
    )


def test_a_handler_that_takes_too_much_is_named_with_its_line(load: Load) -> None:
    module = load("\ndef on_error(event, realtime, more): pass")

    with pytest.raises(UserCodeError) as caught:
        handlers_of(module)

    assert str(caught.value) == (
        "handlers.py:2: on_error(event, realtime, more) "
        "must take (event, realtime) or (event)"
    )


def test_a_file_without_handlers_says_how_to_write_one(load: Load) -> None:
    with pytest.raises(UserCodeError, match=r"no handler in it: write `def on_tool"):
        handlers_of(load("x = 1"))


def test_a_picked_function_of_any_name_gets_all_but_the_audio(load: Load) -> None:
    routes = routes_of(load("def log(event): pass"), "log")

    assert routes == {
        type_: ["log"]
        for type_ in EVENT_TYPES
        if not type_.startswith("realtime_audio_")
    }


def test_a_picked_function_keeps_the_events_it_asks_for(load: Load) -> None:
    module = load(
        "from realtime_run.core.events import RealtimeAudioInputEvent\n"
        "from realtime_run.plugin.functions import on\n"
        "@on(RealtimeAudioInputEvent)\n"
        "def meter(event): pass\n"
        "def on_tool_end(event): pass\n"
    )

    assert routes_of(module, "meter") == {"realtime_audio_input": ["meter"]}
    assert routes_of(module, "on_tool_end") == {"tool_end": ["on_tool_end"]}


HANDLER = """
from contextlib import contextmanager

class Mine:
    events = frozenset({"realtime_error"})

    def __init__(self):
        self.seen = []

    @contextmanager
    def open(self, session):
        yield lambda event, realtime: self.seen.append(event)

mine = Mine()
number = 3

class Fails:
    events = None

    def __init__(self):
        raise OSError("no disk")
"""


@pytest.mark.parametrize("attribute", ["mine", "Mine"])
def test_a_file_may_bring_a_handler_of_its_own(load: Load, attribute: str) -> None:
    handler = cast("Any", handlers_of(load(HANDLER), attribute))
    event = RealtimeErrorEvent(error="lost")

    with handler.open(cast("Any", None)) as listen:
        listen(event, CONVERSATION)

    assert handler.seen == [event]


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("mime", "handlers.py: there is no 'mime' in it; did you mean 'mine'?"),
        ("number", "handlers.py:number: a handler is a function, or an object with"),
        ("Fails", "handlers.py:21: OSError: no disk"),
    ],
)
def test_what_cannot_be_picked_is_named(load: Load, attribute: str, said: str) -> None:
    module = load(HANDLER)

    with pytest.raises(UserCodeError) as caught:
        handlers_of(module, attribute)

    assert str(caught.value).startswith(said)


TOOLS = """
from realtime_run.plugin.functions import tool

@tool
async def move(meters: float) -> str:
    return f"moved {meters:g}"

again = move

def plain(text: str) -> str:
    return text
"""


async def test_all_decorated_functions_of_a_file_are_its_tools(load: Load) -> None:
    module = await run_in_thread(load, TOOLS)

    (tool,) = tools_of(module)

    assert tool.definition.name == "move"
    assert await tool.call({"meters": 2}) == "moved 2"


def test_a_tool_imported_from_a_neighbour_counts(load: Load, tmp_path: Path) -> None:
    (tmp_path / "rover_tools.py").write_text(TOOLS, encoding="utf-8")

    (tool,) = tools_of(load("from rover_tools import move", "tools.py"))

    assert tool.definition.name == "move"


def test_a_picked_function_needs_no_decorator(load: Load) -> None:
    (tool,) = tools_of(load(TOOLS), "plain")

    assert tool.definition.name == "plain"


@pytest.mark.parametrize(
    ("source", "attribute", "said"),
    [
        ("x = 1", None, "tools.py: no tool in it: decorate a function with @tool"),
        ("x = 1", "x", "tools.py: a tool is a function, not 1"),
        ("x = 1", "y", "tools.py: there is no 'y' in it"),
        (
            "def f(*a): pass",
            "f",
            "tools.py:1: tool 'f' takes *a: name every argument",
        ),
        (
            TOOLS + "@tool(name='move')\ndef other() -> None: pass",
            None,
            "tools.py:12: a second tool named 'move'; rename it: @tool(name=...)",
        ),
    ],
)
def test_what_is_wrong_with_a_file_of_tools_is_told(
    load: Load, source: str, attribute: str | None, said: str
) -> None:
    module = load(source, "tools.py")

    with pytest.raises(UserCodeError) as caught:
        tools_of(module, attribute)

    assert str(caught.value).startswith(said)
