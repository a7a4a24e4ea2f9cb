"""Makes a tool of a function: schema from the type hints, words from the docstring."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from inspect import (
    Parameter,
    isasyncgenfunction,
    isawaitable,
    isclass,
    iscoroutinefunction,
    isgeneratorfunction,
    isroutine,
    signature,
)
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from realtime_run.core.errors import NotConnectedError
from realtime_run.plugin.api import Conversation, ToolDefinition
from realtime_run.plugin.threads import run_in_thread

CONVERSATION = "realtime"
"""The parameter that receives the conversation, and that the model does not see."""
DEFAULT_TIMEOUT_S = 30.0
_MARK = "__realtime_run_tool__"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOptions:
    """What `@tool(...)` was told; None leaves it to the function."""

    name: str | None = None
    description: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S


def mark(function: Callable[..., Any], options: ToolOptions) -> None:
    """Remember a function's options on the function itself."""
    setattr(function, _MARK, options)


def options_of(function: object) -> ToolOptions | None:
    """Return what `@tool` said of a function; None if it is not decorated."""
    options = getattr(function, _MARK, None)
    return options if isinstance(options, ToolOptions) else None


class FunctionTool:
    """A function the model may call.

    An `async def` runs on the loop, a plain function in a thread of its own, where it
    may block. A parameter named `realtime` receives the conversation.
    """

    def __init__(
        self, function: Callable[..., Any], options: ToolOptions | None = None
    ) -> None:
        """Read the signature.

        Args:
            function: With a type hint on every parameter.
            options: Instead of those of its `@tool` decorator.

        Raises:
            TypeError: If no schema can be made of its parameters.
        """
        options = options or options_of(function) or ToolOptions()
        name = options.name or str(getattr(function, "__name__", "tool"))
        summary, arguments = _documented(function)
        parameters = signature(function).parameters
        self._function = function
        self._conversation: Conversation | None = None
        self._wants_conversation = CONVERSATION in parameters
        self._names = tuple(n for n in parameters if n != CONVERSATION)
        self._model = _model_of(function, name, arguments)
        self._timeout_s = options.timeout_s
        self._definition = ToolDefinition(
            name=name,
            description=summary if options.description is None else options.description,
            parameters=_schema_of(self._model, name),
        )

    @property
    def definition(self) -> ToolDefinition:
        """What the model is told of it."""
        return self._definition

    @property
    def timeout_s(self) -> float:
        """How long a call may take."""
        return self._timeout_s

    def bind(self, conversation: Conversation) -> "FunctionTool":
        """Return this tool as one that hands `conversation` to its function."""
        bound = copy(self)
        bound._conversation = conversation  # noqa: SLF001 - a copy of this
        return bound

    def with_timeout(self, timeout_s: float) -> "FunctionTool":
        """Return this tool as one whose calls may take `timeout_s` seconds."""
        other = copy(self)
        other._timeout_s = timeout_s  # noqa: SLF001 - a copy of this
        return other

    def parse(self, arguments: str) -> Mapping[str, object]:
        """Return the call's arguments as JSON has them, checked against the type hints.

        Raises:
            ValueError: If they do not fit; one line that tells the model what to mend.
        """
        # Some models send nothing at all where there is nothing to say.
        parsed = _object(arguments) if arguments.strip() else {}
        self._converted(parsed)
        return parsed

    async def call(self, arguments: Mapping[str, object]) -> object:
        """Convert the arguments to the types of the hints, and run the function.

        Raises:
            ValueError: If the arguments do not fit.
            NotConnectedError: If it wants the conversation, and is not bound to one.
        """
        values = self._converted(arguments)
        if self._wants_conversation:
            if self._conversation is None:
                message = f"tool {self._definition.name!r} is bound to no conversation"
                raise NotConnectedError(message)
            values[CONVERSATION] = self._conversation
        if iscoroutinefunction(self._function):
            return await self._function(**values)
        result: object = await run_in_thread(self._function, **values)
        return await result if isawaitable(result) else result

    def _converted(self, arguments: Mapping[str, object]) -> dict[str, Any]:
        try:
            model = self._model.model_validate(arguments)
        except ValidationError as error:
            raise ValueError(_in_one_line(error)) from None
        # What the model left out is left to the function's own defaults.
        return {
            name: getattr(model, _field(at))
            for at, name in enumerate(self._names)
            if _field(at) in model.model_fields_set
        }


class _Schema(GenerateJsonSchema):
    # Tells the model nothing that the names do not, and costs tokens in every session.
    ignored_warning_kinds = {"non-serializable-default", "skipped-choice"}  # noqa: RUF012 - as in the base

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _field(at: int) -> str:
    # A parameter may have a name that a model's own attribute has, such as `copy`.
    return f"argument_{at}"


def _documented(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    import docstring_parser  # noqa: PLC0415 - only specs with functions need it

    parsed = docstring_parser.parse(function.__doc__ or "")
    parts = (parsed.short_description, parsed.long_description)
    arguments = {
        entry.arg_name: " ".join(entry.description.split())
        for entry in parsed.params
        if entry.description
    }
    return "\n\n".join(part for part in parts if part), arguments


def _model_of(
    function: Callable[..., Any], tool: str, described: Mapping[str, str]
) -> type[BaseModel]:
    if (
        isclass(function)
        or isgeneratorfunction(function)
        or isasyncgenfunction(function)
    ):
        kind = "a class" if isclass(function) else "a generator"
        message = f"tool {tool!r} is {kind}, not a function that returns its result"
        raise TypeError(message)
    # Of an object that can be called, the hints stand on its class.
    hinted = function if isroutine(function) else type(function).__call__
    try:
        hints = get_type_hints(hinted, include_extras=True)
    except NameError as error:
        message = f"tool {tool!r}: a type hint names {error.name!r}, which is unknown"
        raise TypeError(message) from error
    fields: dict[str, Any] = {}
    parameters = signature(function).parameters.values()
    for at, parameter in enumerate(p for p in parameters if p.name != CONVERSATION):
        _check(parameter, hints, tool)
        default = ... if parameter.default is Parameter.empty else parameter.default
        hint = hints[parameter.name]
        field = Field(
            default,
            alias=parameter.name,
            description=FieldInfo.from_annotation(hint).description
            or described.get(parameter.name),
        )
        fields[_field(at)] = (hint, field)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    try:
        return create_model(tool, __config__=config, **fields)
    except PydanticUserError as error:
        message = f"tool {tool!r}: {error.message.splitlines()[0]}"
        raise TypeError(message) from error


def _check(parameter: Parameter, hints: Mapping[str, object], tool: str) -> None:
    if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
        stars = "*" if parameter.kind is Parameter.VAR_POSITIONAL else "**"
        message = f"tool {tool!r} takes {stars}{parameter.name}: name every argument"
        raise TypeError(message)
    if parameter.kind is Parameter.POSITIONAL_ONLY:
        message = f"tool {tool!r}: argument {parameter.name!r} cannot be given by name"
        raise TypeError(message)
    if parameter.name not in hints:
        message = (
            f"tool {tool!r}: argument {parameter.name!r} has no type: "
            f"write {parameter.name}: str, or whatever it is"
        )
        raise TypeError(message)


def _schema_of(model: type[BaseModel], tool: str) -> dict[str, object]:
    try:
        schema = model.model_json_schema(by_alias=True, schema_generator=_Schema)
    except PydanticUserError as error:
        message = f"tool {tool!r}: {error.message.splitlines()[0]}"
        raise TypeError(message) from error
    schema.pop("title", None)
    schema.setdefault("properties", {})
    return schema


def _object(text: str) -> dict[str, object]:
    try:
        parsed: object = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        message = f"the arguments are not valid JSON: {error}"
        raise ValueError(message) from None
    if not isinstance(parsed, dict):
        message = f"the arguments must be a JSON object, not {text.strip()[:40]}"
        raise ValueError(message)  # noqa: TRY004 - the promise of Tool.parse
    return cast("dict[str, object]", parsed)


def _refuse(constant: str) -> object:
    message = f"{constant} is not JSON"
    raise ValueError(message)


def _in_one_line(error: ValidationError) -> str:
    said: list[str] = []
    for problem in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, problem["loc"]))
        match problem["type"]:
            case "missing":
                said.append(f"argument {place!r} is missing")
            case "extra_forbidden":
                said.append(f"there is no argument {place!r}")
            case _:
                said.append(f"{place}: {problem['msg']}")
    return "; ".join(" ".join(part.split()) for part in said)
