"""What a simulated model hears, calls and says: a YAML file.

    greeting: Good morning.
    turns:
      - heard: What is the weather in Rome?
        calls: [{name: get_weather, arguments: {city: Rome}}]
        say: The weather is {results}.
      - when: "*goodbye*"
        write: Goodbye.

Each of the user's turns takes the next entry whose `when` fits; once all are taken, the
model answers as it does without a script, or begins again with `repeat: true`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from realtime_run.core.errors import Problem, SpecError
from realtime_run.plugin.settings import Settings, value_error
from realtime_run.simulation import placeholders
from realtime_run.spec.files import read_bounded, why_unreadable
from realtime_run.spec.reader import MAX_BYTES, decode, read_tree
from realtime_run.spec.scalars import resolve
from realtime_run.spec.source import Source, SpecProblem
from realtime_run.spec.tree import MappingNode, Node, ScalarNode, SequenceNode, describe
from realtime_run.spec.validation import Validator


def _known_placeholders(text: str) -> str:
    wrong = placeholders.unknown(text)
    if wrong:
        known = ", ".join(f"{{{name}}}" for name in placeholders.NAMES)
        raise value_error(
            message="{got} stands for nothing",
            hint=f"one of {known}",
            got=f"'{{{wrong[0]}}}'",
        )
    return text


Template: TypeAlias = Annotated[str, AfterValidator(_known_placeholders)]
"""A text in which what `placeholders.NAMES` says is filled in."""


class ScriptedCall(Settings):
    """A tool that the model calls."""

    name: str = Field(min_length=1)
    arguments: Mapping[str, Any] = Field(default_factory=dict[str, Any])

    @property
    def arguments_json(self) -> str:
        """The arguments as a model writes them."""
        return json.dumps(self.arguments, ensure_ascii=False)


class ScriptedTurn(Settings):
    """What happens in one turn of the user."""

    heard: str | None = None
    """The transcript of what the user says, if the turn is spoken."""
    when: str | None = None
    """Taken only if what was heard or written fits this pattern: `*weather*`."""
    calls: tuple[ScriptedCall, ...] = ()
    """What the model calls before it answers."""
    say: Template | None = None
    """Its spoken answer, after the results of its calls."""
    write: Template | None = None
    """Its answer in text only, whatever the client asked for."""

    @model_validator(mode="after")
    def _has_one_answer(self) -> "ScriptedTurn":
        if self.say is not None and self.write is not None:
            raise value_error(message="has 'say' and 'write'", hint="leave one out")
        return self


class Script(Settings):
    """A whole conversation, from the model's side."""

    greeting: Template | None = None
    """What it says when it is asked to speak first."""
    turns: tuple[ScriptedTurn, ...] = ()
    repeat: bool = False
    """Begin again after the last turn."""


def read_script(file: Path) -> Script:
    """Read a script.

    Raises:
        SpecError: With every problem there is, at its line and column.
    """
    try:
        raw = read_bounded(file, MAX_BYTES)
    except (OSError, ValueError) as error:
        problem = Problem(message=why_unreadable(error), file=str(file))
        raise SpecError([problem]) from None
    return parse_script(raw, file)


def parse_script(raw: bytes, file: Path) -> Script:
    """Read a script from bytes, as if they were what `file` holds.

    Raises:
        SpecError: With every problem there is, at its line and column.
    """
    try:
        root = _root(raw, Source(str(file), file.parent.absolute(), ""))
        value = _value(root)
    except SpecProblem as error:
        raise SpecError([error.problem]) from None
    validator = Validator(
        root=root, root_value=value, secrets={}, broken=frozenset(), environ={}
    )
    script, problems, _ = validator.validate(Script, value)
    if script is None:
        raise SpecError(problems)
    return script


def _root(raw: bytes, source: Source) -> MappingNode:
    source = decode(raw, source)
    node, _, problems = read_tree(source)
    if problems:
        raise SpecError(problems)
    if node is None:
        message = "the script is empty"
        hint = "it needs at least: turns: []"
        raise SpecProblem(
            Problem(message=message, file=source.name, line=1, column=1, hint=hint)
        )
    if not isinstance(node, MappingNode):
        message = f"a script is a mapping of keys, not {describe(node)}"
        raise SpecProblem(node.span.problem(message, "begin with: turns:"))
    return node


def _value(node: Node) -> object:
    """Return what a tree says; `$` means nothing here."""
    match node:
        case MappingNode():
            return {key: _value(entry.value) for key, entry in node.entries.items()}
        case SequenceNode():
            return [_value(item) for item in node.items]
        case ScalarNode(plain=False):
            return node.text
        case ScalarNode():
            try:
                return resolve(node.text)
            except ValueError as error:
                raise SpecProblem(node.span.problem(str(error))) from None
