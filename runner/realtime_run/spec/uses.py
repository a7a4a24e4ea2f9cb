"""Reads every `use:` of a spec: which plugin or file it names, and its settings."""

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime_run.core.errors import PluginError, Problem
from realtime_run.spec.files import missing_hint, read_bounded, why_unreadable
from realtime_run.spec.masking import mask
from realtime_run.spec.model import (
    AUTO,
    CHOSEN,
    LISTED_USES,
    SINGLE_USES,
    USER_FILE_SETTINGS,
    AutoSettings,
    PluginKind,
    SettingsLookup,
    Use,
)
from realtime_run.spec.plain import is_list, is_mapping
from realtime_run.spec.scalars import show
from realtime_run.spec.source import Span
from realtime_run.spec.tree import MappingNode, NodePath, lookup, show_path
from realtime_run.spec.validation import MAX_ERRORS, Validator
from realtime_run.spec.values import LocatedStr, Settings

_USE_TYPOS = frozenset({"us", "uses", "user", "using", "name", "plugin", "type"})
_MAX_CODE_BYTES = 1 << 20
_ATTRIBUTE = re.compile(r"(?P<file>.*\.py):(?P<name>[^/\\]*)", re.DOTALL)


def is_user_file(use: str) -> bool:
    """Return whether a `use` names a file of the user's own, not a plugin."""
    return (
        use.startswith(("./", "../", "/", "~/")) or use.endswith(".py") or ".py:" in use
    )


@dataclass(slots=True)
class UseReader:
    """Makes the `Use` objects of one spec."""

    validator: Validator
    settings_of: SettingsLookup
    problems: list[Problem] = field(default_factory=list[Problem])
    models: dict[NodePath, type[Settings]] = field(
        default_factory=dict[NodePath, type[Settings]]
    )
    """Where which model applies."""
    faulty: set[NodePath] = field(default_factory=set[NodePath])
    """Places that have a problem."""
    files: list[Path] = field(default_factory=list[Path])
    """The user's files."""

    def read(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return a spec's values with a `Use` in every place that takes one.

        Where one cannot be made, something that validates stands in for it, and there
        is a problem.
        """
        result = dict(value)
        for key, kind in SINGLE_USES.items():
            if key in value:
                result[key] = self._use(value[key], (key,), kind)
        for key, kind in LISTED_USES.items():
            if key not in value:
                continue
            items: Any = value[key]
            if is_list(items):
                result[key] = tuple(
                    self._use(item, (key, index), kind)
                    for index, item in enumerate(items)
                )
            else:
                result[key] = ()
                hint = f"write [{items}]" if isinstance(items, str) and items else None
                self._report(
                    (key,), f"must be a list, not {self._shown(items, (key,))}", hint
                )
        return result

    def _miss_use(self, value: dict[str, Any], path: NodePath) -> None:
        if not self.validator.is_complete:
            return  # it may stand in a file that could not be read
        message = f"required key 'use' is missing in '{show_path(path)}'"
        hint = "it names the plugin"
        if written := next((one for one in value if one in _USE_TYPOS), None):
            hint = f"is '{written}' meant for it?"
        self.problems.append(self._section_span(path).problem(message, hint))

    def _use(self, value: Any, path: NodePath, kind: PluginKind) -> Use:
        if len(self.problems) > MAX_ERRORS:
            return _STAND_IN
        if not is_mapping(value):
            message = f"must name a plugin, not {self._shown(value, path)}"
            hint = "write a plugin's name, or a mapping with 'use'"
            self._report(path, message, hint)
            return _STAND_IN
        if "use" not in value:
            self._miss_use(value, path)
            return _STAND_IN
        named: Any = value["use"]
        place = self._span((*path, "use"))
        if not isinstance(named, str) or not named:
            shown = self._shown(named, (*path, "use"))
            self._report((*path, "use"), f"must name a plugin, not {shown}")
            return _STAND_IN
        use = Use(use=str(named), place=place)
        if is_user_file(named):
            use, model = self._user_file(named, use, kind)
        else:
            model = self._plugin(use, kind)
        if model is None:
            self.faulty.add(path)
            return _STAND_IN
        self.models[path] = model
        given = {key: one for key, one in value.items() if key != "use"}
        settings = self._settings(use, model, given, path)
        return Use(
            use=use.use,
            settings=settings,
            path=use.path,
            attribute=use.attribute,
            place=place,
        )

    def _settings(
        self, use: Use, model: type[Settings], given: dict[str, Any], path: NodePath
    ) -> Settings | None:
        try:
            settings, problems, faulty = self.validator.validate(model, given, path)
        except Exception as error:  # noqa: BLE001 - a plugin's validators are its own code
            what = mask(
                f"{type(error).__name__}: {error}", self.validator.secrets, path
            )
            message = f"the settings of plugin '{use.use}' cannot be checked: {what}"
            self.problems.append(use.problem(message))
            return None
        self.problems.extend(problems)
        self.faulty |= faulty
        return settings

    def _plugin(self, use: Use, kind: PluginKind) -> type[Settings] | None:
        if use.use == AUTO and kind in CHOSEN:
            return AutoSettings
        try:
            return self.settings_of(kind, use.use)
        except PluginError as error:
            self.problems.append(use.problem(error.message, error.hint))
            return None

    def _user_file(
        self, named: str, use: Use, kind: PluginKind
    ) -> tuple[Use, type[Settings] | None]:
        model = USER_FILE_SETTINGS.get(kind)
        if model is None:
            hint = "a file of your own can stand in 'tools' and 'handlers'"
            message = f"'{named}' is a file, but a plugin is wanted here"
            self.problems.append(use.problem(message, hint))
            return use, None
        split = _ATTRIBUTE.fullmatch(named)
        written, attribute = (split["file"], split["name"]) if split else (named, None)
        if attribute is not None and not attribute.isidentifier():
            message = f"'{attribute}' is no name in Python"
            self.problems.append(use.problem(message, "write ./file.py:name"))
            return use, None
        folder = named.folder if isinstance(named, LocatedStr) else Path()
        path = folder / written
        if written.startswith("~/"):
            path = Path(written).expanduser()
        wrong = _code_problem(path, written, use)
        if wrong is not None:
            self.problems.append(wrong)
            return use, None
        self.files.append(path)
        return Use(use=use.use, path=path, attribute=attribute, place=use.place), model

    def _report(self, path: NodePath, message: str, hint: str | None = None) -> None:
        broken = self.validator.broken
        self.faulty.add(path)
        if not any(path[:length] in broken for length in range(len(path) + 1)):
            self.problems.append(self._span(path).problem(message, hint))

    def _shown(self, value: object, path: NodePath) -> str:
        return "what it stands for" if path in self.validator.secrets else show(value)

    def _span(self, path: NodePath) -> Span:
        node = lookup(self.validator.root, path)
        return node.span if node is not None else self.validator.root.span

    def _section_span(self, path: NodePath) -> Span:
        parent = lookup(self.validator.root, path[:-1])
        if isinstance(parent, MappingNode):
            return parent.entries[str(path[-1])].key
        return self._span(path)


_STAND_IN = Use(use="?")


def _code_problem(path: Path, written: str, use: Use) -> Problem | None:
    """Return why a file is no Python that could be run, without running it."""
    try:
        code = read_bounded(path, _MAX_CODE_BYTES)
    except (OSError, ValueError) as error:
        why = why_unreadable(error)
        if why == "no such file":
            return use.problem(f"no such file: '{written}'", missing_hint(path))
        return use.problem(f"'{written}' {why}")
    if len(code) > _MAX_CODE_BYTES:
        return use.problem(f"'{written}' is longer than {_MAX_CODE_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        return use.problem(f"'{written}' is not valid Python: {line}{error.msg}")
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return use.problem(f"'{written}' is not valid Python: {error}")
    return None
