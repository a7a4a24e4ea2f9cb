"""Validates values against a model, and shows each error where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from realtime_run.core.errors import Problem
from realtime_run.spec.masking import MASK, mask
from realtime_run.spec.scalars import clip, show
from realtime_run.spec.schema import (
    env_field_at,
    foreign_key_at,
    holds_secret,
    keys_at,
    legal_values,
)
from realtime_run.spec.source import Span
from realtime_run.spec.tree import (
    MappingNode,
    Node,
    NodePath,
    ScalarNode,
    child,
    lookup,
    show_path,
)
from realtime_run.spec.values import Settings
from realtime_run.spec.wording import Finding, retype_hint, word

MAX_ERRORS = 200
"""So many errors of a section are worded: finding suggestions takes its time."""
ModelT = TypeVar("ModelT", bound=Settings)


@dataclass(frozen=True, slots=True)
class Validator:
    """Knows the tree and its secrets; validates one section of it after another."""

    root: Node
    root_value: object
    secrets: Mapping[NodePath, frozenset[str]]
    broken: frozenset[NodePath]
    environ: Mapping[str, str]
    is_complete: bool = True
    """False if a file could not be read: what is missing may stand in it."""

    def validate(
        self, model: type[ModelT], value: object, section: NodePath = ()
    ) -> tuple[ModelT | None, list[Problem], frozenset[NodePath]]:
        """Return the settings, or what is wrong with them and at which paths."""
        try:
            made = model.model_validate(value, context={"environ": self.environ})
        except ValidationError as error:
            return self._problems(model, error, section)
        return made, [], frozenset()

    def _problems(
        self, model: type[ModelT], error: ValidationError, section: NodePath
    ) -> tuple[None, list[Problem], frozenset[NodePath]]:
        found: dict[NodePath, list[_Located]] = {}
        for one in error.errors(include_url=False)[:MAX_ERRORS]:
            located = self._locate(one, section)
            if not self._follows_from_another(located):
                found.setdefault(located.path, []).append(located)
        _drop_misspelt(found)
        problems: list[Problem] = []
        for path, errors in found.items():
            is_deeper = any(other[: len(path)] == path != other for other in found)
            problems.extend(self._at_one_place(model, errors, section, is_deeper))
        return None, problems, frozenset(found)

    def _locate(self, error: Any, section: NodePath) -> "_Located":
        """Follow an error's location down the tree; labels of unions lead nowhere."""
        path, node = section, lookup(self.root, section)
        beyond: list[str | int] = []
        for step in error["loc"]:
            below = child(node, step) if node is not None else None
            if below is None:
                beyond.append(step)
            else:
                path, node, beyond = (*path, step), below, []
        return _Located(error, path, tuple(beyond))

    def _follows_from_another(self, located: "_Located") -> bool:
        path = located.path
        return any(path[:length] in self.broken for length in range(len(path) + 1))

    def _at_one_place(
        self,
        model: type[ModelT],
        errors: Sequence["_Located"],
        section: NodePath,
        is_deeper: bool,  # noqa: FBT001 - one call
    ) -> list[Problem]:
        problems: list[Problem] = []
        expected: list[str] = []
        for located in errors:
            kind = located.error["type"]
            if kind == "missing" and not self.is_complete:
                continue
            if kind == "missing":
                problems.extend(self._missing(model, located, section))
            elif kind == "extra_forbidden":
                problems.append(self._unknown(model, located, section))
            else:
                finding = self._finding(model, located, section)
                if finding.expected is None:
                    problems.append(self._said(model, located, section, finding))
                elif finding.expected not in expected:
                    expected.append(finding.expected)
        if expected and not problems and not is_deeper:
            problems.append(self._wrong_type(model, errors[0], section, expected))
        return problems

    def _missing(
        self, model: type[ModelT], located: "_Located", section: NodePath
    ) -> list[Problem]:
        key = str(located.error["loc"][-1])
        relative = located.path[len(section) :]
        variable = env_field_at(model, relative, key)
        if variable is not None:
            name = show_path((*located.path, key))
            message = f"{name} is not set: set the environment variable {variable}"
            near = _nearest(variable, self.environ)
            hint = f"{near} is set: is it misspelt?" if near else None
            if variable in self.environ:
                hint = f"{variable} is empty"
            return [self._key_span(located.path).problem(message, hint)]
        where = f" in '{show_path(located.path)}'" if located.path else ""
        message = f"required key '{key}' is missing{where}"
        return [self._key_span(located.path).problem(message)]

    def _unknown(
        self, model: type[ModelT], located: "_Located", section: NodePath
    ) -> Problem:
        path = located.path
        key = str(path[-1])
        place = path[len(section) : -1]
        if hint := foreign_key_at(model, place, key):
            return self._key_span(path).problem(f"'{key}' cannot be written here", hint)
        known = keys_at(model, place)
        near = _nearest(key, known)
        if key in known:  # of one member of a union, and another was chosen
            hint = "it does not go with the keys beside it"
        elif near:
            hint = f"did you mean '{near}'?"
        elif known:
            hint = f"known keys: {', '.join(known)}"
        else:
            hint = "no other keys can stand here"
        return self._key_span(path).problem(f"unknown key '{key}'", hint)

    def _finding(
        self, model: type[ModelT], located: "_Located", section: NodePath
    ) -> Finding:
        relative = located.path[len(section) :]
        legal = legal_values(model, relative)
        return word(located.error, self._got(model, located, section), legal)

    def _said(
        self,
        model: type[ModelT],
        located: "_Located",
        section: NodePath,
        finding: Finding,
    ) -> Problem:
        path = located.path
        message, hint = self._masked(finding.message, path), finding.hint
        is_section = path == section
        span = self._key_span(path) if is_section else self._value_span(path)
        if located.beyond and isinstance(lookup(self.root, path), MappingNode):
            key = str(located.beyond[-1])
            span = self._key_span(path)
            name = show_path((*path, key))
            variable = env_field_at(model, path[len(section) :], key)
            if variable is not None and variable in self.environ:
                secret = self.environ[variable]
                message = message.replace(secret, MASK)
                name = f"environment variable {variable} (for {name})"
            return span.problem(f"{name}: {message}", hint)
        hint = self._masked(hint, path) if hint else None
        return span.problem(message, hint)

    def _wrong_type(
        self,
        model: type[ModelT],
        located: "_Located",
        section: NodePath,
        expected: list[str],
    ) -> Problem:
        path, value = located.path, self._value(located.path)
        relative = path[len(section) :]
        node = lookup(self.root, path)
        written = node.text if isinstance(node, ScalarNode) else ""
        message = (
            f"must be {' or '.join(expected)}, not {self._got(model, located, section)}"
        )
        hint = None
        if path in self.secrets:
            hint = f'put it in quotes: "{written}"' if expected == ["text"] else None
        elif holds_secret(model, relative):
            pass  # what it is must not be shown, so there is nothing to say
        elif words := _words_at(model, relative):
            near = _nearest(value, words) if isinstance(value, str) else None
            if value is False and "off" in words:
                near = "off"  # who writes `false` for a word thinks in YAML 1.1
            hint = f"did you mean '{near}'?" if near else None
            if isinstance(value, str) and value:
                message = f"'{clip(value)}' is not one of: {', '.join(words)}"
        elif not located.beyond or not isinstance(value, dict):
            hint = retype_hint(value, expected[0], written)
        return self._said(model, located, section, Finding(None, message, hint))

    def _got(self, model: type[ModelT], located: "_Located", section: NodePath) -> str:
        path, value = located.path, self._value(located.path)
        node = lookup(self.root, path)
        if located.beyond and isinstance(node, MappingNode):
            return "what it is"
        if path in self.secrets and isinstance(node, ScalarNode):
            return f"what '{node.text}' stands for"
        if holds_secret(model, path[len(section) :]):
            return "a " + ("number" if isinstance(value, int | float) else "value")
        return show(value)

    def _masked(self, text: str, path: NodePath) -> str:
        """Hide what came from the environment, should a message quote it."""
        return mask(text, self.secrets, path)

    def _value(self, path: NodePath) -> object:
        value: Any = self.root_value
        for step in path:
            value = value[step]
        return value

    def _value_span(self, path: NodePath) -> Span:
        node = lookup(self.root, path)
        return node.span if node is not None else self.root.span

    def _key_span(self, path: NodePath) -> Span:
        """Return the place of a section's key; of a list's entry, the entry's."""
        parent = lookup(self.root, path[:-1]) if path else None
        if isinstance(parent, MappingNode):
            return parent.entries[str(path[-1])].key
        span = self._value_span(path)
        node = lookup(self.root, path)
        if isinstance(node, MappingNode):
            own = (one.key for one in node.entries.values())
            near = (key for key in own if key.source is span.source)
            return min(near, key=lambda key: key.start, default=span)
        return span


@dataclass(frozen=True, slots=True)
class _Located:
    error: Any
    path: NodePath
    beyond: NodePath
    """What of the location is not in the tree: a missing key, a union's label."""


def _drop_misspelt(found: dict[NodePath, list[_Located]]) -> None:
    """Leave out missing keys that stand there misspelt: unknown keys are reported."""
    unknown: dict[NodePath, list[str]] = {}
    for path, errors in found.items():
        if errors[0].error["type"] == "extra_forbidden":
            unknown.setdefault(path[:-1], []).append(str(path[-1]))
    for path, keys in unknown.items():
        found[path] = [
            one
            for one in found.get(path, [])
            if one.error["type"] != "missing"
            or not _nearest(str(one.error["loc"][-1]), keys)
        ]
        if not found[path]:
            del found[path]


def _words_at(model: type[Settings], path: NodePath) -> list[str]:
    return [one for one in legal_values(model, path) if isinstance(one, str)]


def _nearest(word_: str, known: "Sequence[str] | Mapping[str, str]") -> str | None:
    import difflib  # noqa: PLC0415 - needed for mistakes only

    near = difflib.get_close_matches(word_[:100], known, 1, 0.6)
    return near[0] if near else None
