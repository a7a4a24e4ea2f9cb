"""Finds plugins, and loads those a spec names.

A plugin is imported only when it is asked for: one that is broken disturbs no other.
"""

import importlib
import re
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import (
    EntryPoint,
    PackageNotFoundError,
    entry_points,
    requires,
)
from typing import TYPE_CHECKING, Any, Literal, overload

from realtime_run.core.errors import PluginError
from realtime_run.plugin.hooks import NAME, Offer
from realtime_run.plugin.inspection import KINDS, Kind, Plugin, explained
from realtime_run.plugin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_run.plugin.api import AudioEdge, Handler, Provider, Tool, VideoSource
    from realtime_run.plugin.hooks import SimulatorOffer
    from realtime_run.plugin.simulation import Simulator, Speech
    from realtime_run.plugin.sound_devices import SoundDevices
    from realtime_run.plugin.voice import Vad

_OURS = "realtime-run"
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPlugin:
    """A plugin as its distribution's metadata tells of it."""

    name: str
    """What a spec calls it."""
    distribution: str
    """What `pip` calls that which brings it; empty if that has no name."""
    version: str
    module: str
    """What would be imported: `realtime_run_parrot.plugin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginDescription:
    """A plugin as it turned out when it was imported."""

    name: str
    distribution: str
    """Empty if it was registered, not installed."""
    version: str
    kinds: tuple[Kind, ...]
    """What it offers; empty if that could not be found out."""
    error: str | None
    """Why it cannot be used."""


class Host:
    """The plugins of one process: what is installed, and what was registered.

    Metadata is read once, and again only for a name that was not found: a plugin may be
    installed while an agent runs. Each hook is called once, however often its offer is
    asked for.
    """

    def __init__(self) -> None:
        self._found: dict[str, list[EntryPoint]] | None = None
        self._loaded: dict[str, Plugin] = {}
        self._offers: dict[tuple[str, Kind], Offer[Any]] = {}

    def installed(self) -> tuple[InstalledPlugin, ...]:
        """Return the installed plugins by name, importing none.

        Two distributions that claim one name are both in it.
        """
        return tuple(
            InstalledPlugin(
                name=entry.name,
                distribution=_distribution(entry),
                version=str(entry.dist.metadata["Version"] or "") if entry.dist else "",
                module=entry.value,
            )
            for _, entries in sorted(self._entries().items())
            for entry in entries
        )

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin that is not installed: a module, or any object with hooks.

        It comes before an installed plugin of that name.

        Raises:
            PluginError: If its hooks are wrong.
        """
        self._loaded[name] = Plugin.inspect(plugin, name, hint=None)
        for kind in KINDS:
            self._offers.pop((name, kind), None)

    @overload
    def offer(self, kind: Literal["provider"], name: str) -> "Offer[Provider]": ...
    @overload
    def offer(self, kind: Literal["audio"], name: str) -> "Offer[AudioEdge]": ...
    @overload
    def offer(self, kind: Literal["video"], name: str) -> "Offer[VideoSource]": ...
    @overload
    def offer(self, kind: Literal["handler"], name: str) -> "Offer[Handler]": ...
    @overload
    def offer(self, kind: Literal["tools"], name: str) -> "Offer[Sequence[Tool]]": ...
    @overload
    def offer(
        self, kind: Literal["simulator"], name: str
    ) -> "SimulatorOffer[Simulator]": ...
    @overload
    def offer(self, kind: Literal["speech"], name: str) -> "Offer[Speech]": ...
    @overload
    def offer(self, kind: Literal["vad"], name: str) -> "Offer[Vad]": ...
    @overload
    def offer(self, kind: Literal["devices"], name: str) -> "Offer[SoundDevices]": ...
    @overload
    def offer(self, kind: Kind, name: str) -> Offer[Any]: ...

    def offer(self, kind: Kind, name: str) -> Offer[Any]:
        """Return what the plugin `name` offers of a kind, importing it if need be.

        Raises:
            PluginError: If no plugin or more than one has that name, or it cannot be
                loaded, or is of another kind, or what it hands over cannot be used.
        """
        if (name, kind) not in self._offers:
            self._offers[name, kind] = self._load(name).offer(kind)
        return self._offers[name, kind]

    def settings_of(self, kind: Kind, name: str) -> type[Settings]:
        """Return the model of what may stand beside `use: NAME`.

        Raises:
            PluginError: As `offer` does.
        """
        return self.offer(kind, name).settings

    def kinds(self, name: str) -> tuple[Kind, ...]:
        """Return what the plugin `name` offers, importing it if need be.

        Raises:
            PluginError: If there is none of that name, or it does not load.
        """
        return self._load(name).kinds

    def describe(self) -> tuple[PluginDescription, ...]:
        """Import every plugin and return how it went; raises nothing of theirs."""
        installed = self.installed()
        registered = self._loaded.keys() - {plugin.name for plugin in installed}
        return tuple(
            self._describe(name, distribution, version)
            for name, distribution, version in sorted(
                [(p.name, p.distribution, p.version) for p in installed]
                + [(name, "", "") for name in registered]
            )
        )

    def _describe(
        self, name: str, distribution: str, version: str
    ) -> PluginDescription:
        kinds: tuple[Kind, ...] = ()
        error: str | None = None
        try:
            kinds = self._load(name).kinds
            for kind in kinds:
                self.offer(kind, name)
        except PluginError as problem:
            error = problem.message
        return PluginDescription(
            name=name,
            distribution=distribution,
            version=version,
            kinds=kinds,
            error=error,
        )

    def _load(self, name: str) -> Plugin:
        if name not in self._loaded:
            entry = self._entry(name)
            distribution = _distribution(entry)
            hint = f"pip install --upgrade {distribution}" if distribution else None
            with explained(f"plugin {name!r} does not load", hint):
                plugin = entry.load()
            self._loaded[name] = Plugin.inspect(plugin, name, hint)
        return self._loaded[name]

    def _entry(self, name: str) -> EntryPoint:
        entries = self._entries().get(name)
        if not entries:
            importlib.invalidate_caches()
            self._found = None
            entries = self._entries().get(name)
        if not entries:
            raise self._missing(name)
        if len(entries) > 1:
            owners = sorted(map(_distribution, entries))
            message = f"plugin {name!r} is offered by {' and by '.join(owners)}"
            hint = f"keep one of them: pip uninstall {owners[-1]}"
            raise PluginError(message, hint=hint)
        return entries[0]

    def _entries(self) -> dict[str, list[EntryPoint]]:
        if self._found is None:
            found: dict[str, dict[str, EntryPoint]] = {}
            for entry in entry_points(group=NAME):
                # An editable and a normal installation of one distribution may both be
                # on the path; the first is the one that would be imported.
                owner = re.sub(r"[-_.]+", "-", _distribution(entry)).lower()
                found.setdefault(entry.name, {}).setdefault(owner, entry)
            self._found = {name: list(by.values()) for name, by in found.items()}
        return self._found

    def _missing(self, name: str) -> PluginError:
        names = sorted(self._entries().keys() | self._loaded.keys())
        near = get_close_matches(name, names, n=1)
        hint: str | None = None
        if near and name not in _separate():
            hint = f"did you mean {near[0]!r}?"
        elif _DISTRIBUTION.fullmatch(name):
            hint = f"pip install realtime-run-{name}"
        message = f"no plugin {name!r} (installed: {', '.join(names) or 'none'})"
        return PluginError(message, hint=hint)


def _separate() -> set[str]:
    """Return the plugins that our own extras install, by what a spec calls them."""
    try:
        requirements = requires(_OURS) or ()
    except PackageNotFoundError:  # run from where it lies
        return set()
    owners = {re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0] for one in requirements}
    return {
        owner.removeprefix(f"{_OURS}-")
        for owner in owners
        if owner.startswith(f"{_OURS}-")
    }


def _distribution(entry: EntryPoint) -> str:
    return str(entry.dist.metadata["Name"] or "") if entry.dist else ""
