"""Loads a spec: reads all its layers, checks the whole, collects every problem.

From low to high: defaults, what the file extends, the file, `RT__…` variables, `--set`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from realtime_run.core.errors import Problem, SpecError
from realtime_run.spec.differences import reading_warnings
from realtime_run.spec.files import nearest_file, read_bounded, why_unreadable
from realtime_run.spec.layers import Layers
from realtime_run.spec.loaded import LoadedSpec
from realtime_run.spec.masking import mask_long
from realtime_run.spec.model import AgentSpec, SettingsLookup
from realtime_run.spec.overrides import (
    Override,
    apply,
    from_arguments,
    from_environment,
    with_known_keys,
)
from realtime_run.spec.reader import MAX_BYTES
from realtime_run.spec.references import MAX_SECRET_BYTES, References
from realtime_run.spec.resolution import Resolution
from realtime_run.spec.shape import default_layer
from realtime_run.spec.source import Source, SpecProblem
from realtime_run.spec.tree import (
    MappingNode,
    Node,
    ScalarNode,
    describe,
    lookup,
    overlay,
)
from realtime_run.spec.uses import UseReader
from realtime_run.spec.validation import Validator
from realtime_run.spec.values import Settings

MAX_PROBLEMS = 100
"""So many are shown; who has more repeats one mistake."""

__all__ = [
    "LoadedSpec",
    "SettingsLookup",
    "load",
    "load_bytes",
    "named_provider",
    "problems_as_json",
]


def load(
    file: Path,
    *,
    settings_of: SettingsLookup,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str],
) -> LoadedSpec:
    """Read a spec from its file, once.

    Args:
        file: The spec, as the user named it: problems show it so.
        settings_of: Finds the settings model of a plugin.
        overrides: `--set` arguments: `PATH=VALUE`.
        environ: The environment, for references, `RT__…` variables and `env` defaults.

    Raises:
        SpecError: With every problem there is, in the order of the file.
    """
    try:
        raw = read_bounded(file, MAX_BYTES)
    except (OSError, ValueError) as error:
        near = nearest_file(file) if isinstance(error, FileNotFoundError) else None
        hint = f"did you mean '{file.parent / near}'?" if near else None
        problem = Problem(message=why_unreadable(error), file=str(file), hint=hint)
        raise SpecError([problem]) from None
    return load_bytes(
        raw, file, settings_of=settings_of, overrides=overrides, environ=environ
    )


def load_bytes(
    raw: bytes,
    file: Path,
    *,
    settings_of: SettingsLookup,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str],
) -> LoadedSpec:
    """Read a spec from bytes, as if they were what `file` holds.

    Args:
        raw: The text, in UTF-8.
        file: Names the spec in problems; relative paths start from its folder.
        settings_of: Finds the settings model of a plugin.
        overrides: `--set` arguments: `PATH=VALUE`.
        environ: The environment.

    Raises:
        SpecError: With every problem there is, in the order of the file.
    """
    return _Load(file, settings_of, environ).run(raw, overrides)


def named_provider(
    file: Path, *, overrides: Sequence[str] = (), environ: Mapping[str, str]
) -> str | None:
    """Return the name of the provider that a spec uses, checking nothing else.

    None where it cannot be told: `load` says why.
    """

    def no_settings(kind: str, name: str) -> type[Settings]:
        raise NotImplementedError(kind, name)  # nothing is validated

    try:
        raw = read_bounded(file, MAX_BYTES)
        root = _Load(file, no_settings, environ).composed(raw, overrides)
    except (OSError, ValueError, SpecProblem):
        return None
    node = lookup(root, ("provider",)) if root is not None else None
    if isinstance(node, MappingNode):
        node = lookup(node, ("use",))
    return node.text if isinstance(node, ScalarNode) else None


def problems_as_json(problems: Sequence[Problem]) -> str:
    """Return problems as a JSON list of objects, for tools."""
    import json  # noqa: PLC0415 - needed for one output format only

    return json.dumps([asdict(one) for one in problems], indent=2)


class _Load:
    """The way of one spec through all the steps."""

    def __init__(
        self, file: Path, settings_of: SettingsLookup, environ: Mapping[str, str]
    ) -> None:
        self._file = file
        self._settings_of = settings_of
        self._environ = environ
        self._cache: dict[Path, bytes] = {}
        self._references = References(environ, self._secret_file)
        self._resolution = Resolution(self._references)
        self._source = Source(str(file), file.parent.absolute(), "")
        root = Path(os.path.realpath(file.parent))
        self._layers = Layers(root, Resolution(self._references))
        self._overrides: list[Override] = []
        self._problems: list[Problem] = []

    def run(self, raw: bytes, arguments: Sequence[str]) -> LoadedSpec:
        """Return the spec, or raise all problems."""
        try:
            root = self.composed(raw, arguments)
        except SpecProblem as error:
            self._problems.append(error.problem)
            root = None
        if root is None:
            raise self._failure()
        value = self._resolution.value(root)
        validator = Validator(
            root=root,
            root_value=value,
            secrets=self._resolution.secrets,
            broken=frozenset(self._resolution.broken),
            environ=self._environ,
            is_complete=not self._layers.problems,
        )
        uses = UseReader(validator, self._settings_of)
        filled = uses.read(cast("dict[str, Any]", value))
        spec, problems, faulty = validator.validate(AgentSpec, filled)
        self._problems += self._resolution.problems + uses.problems + problems
        if spec is None or self._problems or self._layers.problems:
            raise self._failure()
        warnings = reading_warnings(
            root, AgentSpec, uses.models, skip=uses.faulty | faulty
        )
        return LoadedSpec(
            spec=spec,
            file=self._file,
            warnings=tuple(self._sorted(warnings)),
            files=(*self._layers.files, *self._cache, *uses.files),
            references=frozenset(self._references.secrets),
            root=root,
            placed=self._resolution.secrets,
            environ=self._environ,
        )

    def composed(self, raw: bytes, arguments: Sequence[str]) -> Node | None:
        """Return all layers as one tree; None if the file itself cannot be read."""
        real = Path(os.path.realpath(self._file))
        here = Path.cwd()
        from_set, wrong_set = from_arguments(arguments, here)
        from_env, wrong_env = from_environment(self._environ, here)
        self._overrides = [*from_env, *from_set]
        self._problems += [*wrong_set, *wrong_env]
        root = self._layers.spec(self._source, raw, real)
        self._problems += self._layers.resolution.problems
        if root is None and self._layers.problems:
            return None
        if root is None:
            problem = Problem(
                message="the spec is empty",
                file=self._source.name,
                line=1,
                column=1,
                hint="it needs at least: provider: NAME",
            )
            self._problems.append(problem)
            return None
        if not isinstance(root, MappingNode):
            message = f"a spec is a mapping of keys, not {describe(root)}"
            self._problems.append(
                root.span.problem(message, "begin with: provider: NAME")
            )
            return None
        return self._overlaid(root, from_env, from_set)

    def _overlaid(
        self, root: Node, from_env: list[Override], from_set: list[Override]
    ) -> Node:
        default = Source(str(self._file), self._source.folder, "", origin="default")
        default.is_file = False
        root = overlay(default_layer(default), root)
        for overrides in (from_env, from_set):
            for override in overrides:
                filled = self._layers.filled(override.value, len(override.path))
                one = Override(override.path, override.source, filled)
                known = with_known_keys(one, root) if overrides is from_env else one
                try:
                    root = apply(root, known)
                except SpecProblem as error:
                    self._problems.append(error.problem)
        return root

    def _secret_file(self, path: Path) -> bytes:
        if path not in self._cache:
            self._cache[path] = read_bounded(path, MAX_SECRET_BYTES)
        return self._cache[path]

    def _failure(self) -> SpecError:
        problems = list(self._sorted([*self._layers.problems, *self._problems]))
        more = len(problems) - MAX_PROBLEMS
        if more > 0:
            last = Problem(
                message=f"and at least {more} more problems", file=str(self._file)
            )
            problems = [*problems[:MAX_PROBLEMS], last]
        return SpecError([self._masked(one) for one in problems])

    def _masked(self, problem: Problem) -> Problem:
        """Hide secrets, whoever worded the problem."""
        return replace(
            problem,
            message=mask_long(problem.message, self._references.secrets),
            hint=problem.hint and mask_long(problem.hint, self._references.secrets),
        )

    def _sorted(self, problems: Sequence[Problem]) -> Iterator[Problem]:
        """Yield each problem once, in the order of files and of places in them."""
        sources = [*self._layers.sources, *(one.source for one in self._overrides)]
        ranks = {source.name: rank for rank, source in enumerate(sources)}
        last = len(ranks)

        def place(one: Problem) -> tuple[int, int, int]:
            return ranks.get(one.file, last), one.line or 0, one.column or 0

        return iter(dict.fromkeys(sorted(problems, key=place)))
