import json
import threading
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from realtime_run.core.capabilities import Capabilities
from realtime_run.core.errors import NotConnectedError
from realtime_run.core.events import (
    EVENT_TYPES,
    RealtimeErrorEvent,
    RealtimeEvent,
    ToolEndEvent,
)
from realtime_run.plugin.api import Conversation, SessionInfo
from realtime_run.plugin.function_tool import ToolOptions
from realtime_run.plugin.functions import (
    FunctionHandler,
    FunctionTool,
    listener,
    on,
    tool,
    wanted_by,
)

CONVERSATION = cast("Conversation", object())
ERROR = RealtimeErrorEvent(error="lost")
SESSION = SessionInfo(
    session_id="s",
    agent_name="a",
    provider="p",
    capabilities=Capabilities(input_hz=16_000, output_hz=24_000),
)


async def move(direction: Literal["forward", "backward"], meters: float = 1) -> str:
    """Drive the rover.

    It stops before walls.

    Args:
        direction: Where to,
            seen from its front.
        meters: How far.

    Returns:
        Where it is then.
    """
    return f"{direction} {meters}"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Order(BaseModel):
    item: str
    count: Annotated[int, Field(ge=1)] = 1


def paint(colour: Colour, where: Point, order: Order, note: str | None = None) -> Any:
    return colour, where, order, note


def test_a_tool_tells_the_model_what_hints_and_docstring_say() -> None:
    definition = FunctionTool(move).definition

    assert definition.name == "move"
    assert definition.description == "Drive the rover.\n\nIt stops before walls."
    assert definition.parameters == {
        "type": "object",
        "properties": {
            "direction": {
                "type": "string",
                "enum": ["forward", "backward"],
                "description": "Where to, seen from its front.",
            },
            "meters": {"type": "number", "default": 1, "description": "How far."},
        },
        "required": ["direction"],
        "additionalProperties": False,
    }


def test_a_tool_without_parameters_has_the_schema_of_an_empty_object() -> None:
    def stop() -> None: ...

    assert FunctionTool(stop).definition.parameters == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def test_a_description_in_the_hint_comes_before_the_docstrings() -> None:
    def move(
        meters: Annotated[float, Field(description="As the crow flies.", gt=0)],
    ) -> None:
        """Drive.

        Args:
            meters: How far.
        """

    meters = cast("Any", FunctionTool(move).definition.parameters)["properties"]

    assert meters["meters"] == {
        "type": "number",
        "exclusiveMinimum": 0,
        "description": "As the crow flies.",
    }


def test_the_decorator_overrides_name_description_and_timeout() -> None:
    @tool(name="drive", description="Go.", timeout=2.5)
    def move() -> None:
        """Drive the rover."""

    made = FunctionTool(move)

    assert (made.definition.name, made.definition.description, made.timeout_s) == (
        "drive",
        "Go.",
        2.5,
    )


def test_a_decorated_function_stays_a_function() -> None:
    @tool
    def double(number: int) -> int:
        return 2 * number

    assert double(4) == 8
    assert FunctionTool(double).timeout_s == 30.0


def test_a_tool_with_another_timeout_leaves_the_first_as_it_is() -> None:
    first = FunctionTool(move)

    second = first.with_timeout(0.5)

    assert (first.timeout_s, second.timeout_s) == (30.0, 0.5)
    assert second.definition is first.definition


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_that_leaves_no_time_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        tool(timeout=timeout)


async def test_arguments_arrive_as_the_types_of_their_hints() -> None:
    made = FunctionTool(paint)
    arguments = made.parse(
        '{"colour": "red", "where": {"x": 1}, "order": {"item": "cake"}}'
    )

    result = await made.call(arguments)

    assert arguments["where"] == {"x": 1}
    assert result == (Colour.RED, Point(1, 0), Order(item="cake"), None)


async def test_what_the_model_leaves_out_is_the_functions_own_default() -> None:
    default: list[str] = []

    def collect(into: list[str] = default) -> bool:
        return into is default

    assert await FunctionTool(collect).call({}) is True


async def test_parameters_may_be_named_like_a_models_own_attributes() -> None:
    def describe(copy: int, model_config: str, schema: str, _hidden: int = 3) -> object:
        return copy, model_config, schema, _hidden

    made = FunctionTool(describe)

    result = await made.call({"copy": 1, "model_config": "m", "schema": "s"})

    assert list(cast("Any", made.definition.parameters)["properties"]) == [
        "copy",
        "model_config",
        "schema",
        "_hidden",
    ]
    assert result == (1, "m", "s", 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"meters": 2}', "argument 'direction' is missing"),
        (
            '{"direction": "up"}',
            "direction: Input should be 'forward' or 'backward'",
        ),
        (
            '{"direction": "forward", "speed": 3, "meters": "far"}',
            "meters: Input should be a valid number, unable to parse string as a",
        ),
        (
            '{"direction": "forward", "speed": 3}',
            "there is no argument 'speed'",
        ),
        ("[1]", "the arguments must be a JSON object, not [1]"),
        ("{", "the arguments are not valid JSON: Expecting property name"),
        ('{"meters": NaN}', "the arguments are not valid JSON: NaN is not JSON"),
        ("[" * 100_000, "the arguments are not valid JSON: "),
    ],
)
def test_arguments_that_do_not_fit_are_told_in_one_line(
    arguments: str, said: str
) -> None:
    with pytest.raises(ValueError, match=r"^\S") as caught:
        FunctionTool(move).parse(arguments)

    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@given(st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_any_text_is_parsed_or_refused_with_a_value_error(text: str) -> None:
    made = FunctionTool(move)

    try:
        arguments = made.parse(text)
    except ValueError:
        return

    assert arguments["direction"] in ("forward", "backward")


def test_no_text_at_all_is_no_arguments() -> None:
    def stop() -> None: ...

    assert FunctionTool(stop).parse("") == {}


async def test_an_async_function_runs_on_the_loop_and_a_plain_one_in_a_thread() -> None:
    async def here() -> bool:
        return threading.current_thread() is threading.main_thread()

    def elsewhere() -> bool:
        return threading.current_thread() is threading.main_thread()

    assert await FunctionTool(here).call({}) is True
    assert await FunctionTool(elsewhere).call({}) is False


async def test_an_object_with_an_async_call_is_awaited() -> None:
    class Answer:
        async def __call__(self, number: int) -> int:
            return number + 1

    options = ToolOptions(name="answer")

    assert await FunctionTool(Answer(), options).call({"number": 41}) == 42


async def test_a_tools_exception_reaches_the_caller() -> None:
    def fail() -> None:
        raise LookupError("no rover")

    with pytest.raises(LookupError, match="no rover"):
        await FunctionTool(fail).call({})


async def test_the_conversation_is_handed_over_and_not_shown_to_the_model() -> None:
    async def ask(question: str, realtime: Conversation) -> object:
        return question, realtime

    made = FunctionTool(ask)
    bound = made.bind(CONVERSATION)

    assert list(cast("Any", made.definition.parameters)["properties"]) == ["question"]
    assert await bound.call({"question": "why"}) == ("why", CONVERSATION)
    with pytest.raises(NotConnectedError, match="tool 'ask' is bound to no"):
        await made.call({"question": "why"})


def takes_rest(*rest: str) -> None: ...
def takes_options(**options: str) -> None: ...
def takes_by_position(first: int, /) -> None: ...
def takes_untyped(first) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001 - what is refused
def takes_unknown(first: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821 - what is refused
def takes_lock(first: threading.Barrier) -> None: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (takes_rest, r"'takes_rest' takes \*rest: name every argument"),
        (takes_options, r"'takes_options' takes \*\*options: name every argument"),
        (takes_by_position, "argument 'first' cannot be given by name"),
        (takes_untyped, "argument 'first' has no type: write first: str"),
        (takes_unknown, "a type hint names 'Nowhere', which is unknown"),
        (takes_lock, "tool 'takes_lock': .*Barrier"),
    ],
)
def test_a_function_of_which_no_schema_can_be_made_is_refused(
    function: Any, said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        FunctionTool(function)


def test_on_collects_the_types_of_its_classes() -> None:
    @on(RealtimeErrorEvent)
    @on(ToolEndEvent)
    def listen(event: object) -> None: ...

    assert wanted_by(listen) == frozenset({"realtime_error", "tool_end"})


def test_on_the_base_class_means_every_event() -> None:
    @on(RealtimeEvent)
    def listen(event: object) -> None: ...

    assert wanted_by(listen) == frozenset(EVENT_TYPES)


@pytest.mark.parametrize("events", [(), (str,), ("tool_end",)])
def test_on_refuses_what_is_no_class_of_events(events: Any) -> None:
    with pytest.raises(TypeError, match="@on "):
        on(*events)


async def test_a_listener_may_leave_out_the_conversation() -> None:
    seen: list[object] = []

    def one(event: object) -> None:
        seen.append(event)

    async def one_async(event: object) -> None:
        seen.append(event)

    listener(one)(ERROR, CONVERSATION)
    await cast("Any", listener(one_async)(ERROR, CONVERSATION))

    assert seen == [ERROR, ERROR]


@pytest.mark.parametrize(
    "function", [lambda: None, lambda a, b, c: None], ids=["none", "three"]
)
def test_a_listener_of_neither_form_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match=r"must take \(event, realtime\) or \(event\)"):
        listener(function)


async def test_a_handler_of_mixed_functions_calls_each_where_it_belongs() -> None:
    seen: list[tuple[str, bool]] = []

    def note(name: str) -> None:
        seen.append((name, threading.current_thread() is threading.main_thread()))

    def plain(event: object, realtime: object) -> None:
        note("plain")

    async def on_loop(event: object, realtime: object) -> None:
        note("async")

    handler = FunctionHandler("handlers.py", {"realtime_error": (plain, on_loop)})

    with handler.open(SESSION) as listen:
        await cast("Any", listen(ERROR, CONVERSATION))

    assert handler.events == {"realtime_error"}
    assert seen == [("plain", False), ("async", True)]


def test_a_handler_of_plain_functions_is_itself_plain() -> None:
    seen: list[object] = []

    def plain(event: object, realtime: object) -> None:
        seen.append((event, realtime))

    handler = FunctionHandler("handlers.py", {"realtime_error": (plain,)})

    with handler.open(SESSION) as listen:
        result = listen(ERROR, CONVERSATION)

    assert result is None
    assert seen == [(ERROR, CONVERSATION)]
