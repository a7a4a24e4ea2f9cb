"""Decides what one plugin offers, and explains what is wrong with it.

Every plugin has a pluggy manager to itself, so that one that implements hooks which do
not exist disturbs no other. Finding and importing plugins is left to the host.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import iscoroutine, isfunction
from typing import Any, Literal, TypeAlias, get_args

import pluggy

from realtime_run.core.errors import PluginError
from realtime_run.plugin import hooks
from realtime_run.plugin.hooks import NAME, Offer
from realtime_run.plugin.settings import Settings

Kind: TypeAlias = Literal[
    "provider",
    "audio",
    "video",
    "handler",
    "tools",
    "vad",
    "simulator",
    "speech",
    "devices",
]
"""What a plugin may offer: by the hook `realtime_run_<kind>`."""

KINDS: tuple[Kind, ...] = get_args(Kind)
_HOOKS: dict[str, Kind] = {f"{NAME}_{kind}": kind for kind in KINDS}
_IN_WORDS: dict[Kind, tuple[str, str]] = {
    "provider": ("a provider", "`provider:`"),
    "audio": ("an audio edge", "`audio:`"),
    "video": ("a video source", "`video:`"),
    "handler": ("a handler", "`handlers:`"),
    "tools": ("a set of tools", "`tools:`"),
    "vad": ("a voice detector", "`vad:`"),
    "simulator": ("a simulator", "`realtime-run simulate`"),
    "speech": ("a voice for simulators", "`realtime-run simulate`"),
    "devices": ("a list of sound devices", "`realtime-run devices`"),
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin whose hooks are in order."""

    name: str
    kinds: tuple[Kind, ...]
    """What it has hooks for."""
    manager: pluggy.PluginManager
    """Its own: it knows no other plugin."""

    @classmethod
    def inspect(cls, plugin: object, name: str, hint: str | None = None) -> "Plugin":
        """Return what a module or object with hooks offers, calling none of them.

        Args:
            plugin: As an entry point gives it.
            name: What a spec calls it.
            hint: What to do if it does not load.

        Raises:
            PluginError: If a hook is unknown, unmarked, or takes arguments.
        """
        manager = pluggy.PluginManager(NAME)
        manager.add_hookspecs(hooks)
        with explained(f"plugin {name!r} does not load", hint):
            manager.register(plugin, name)
            unmarked = [hook for hook in _HOOKS if _is_unmarked(plugin, hook)]
        if unmarked:
            message = f"plugin {name!r} defines {unmarked[0]} without @hookimpl"
            mark = "decorate it: from realtime_run.plugin.hooks import hookimpl"
            raise PluginError(message, hint=mark)
        found = _hooks_of(plugin, name, manager)
        kinds: tuple[Kind, ...] = tuple(
            kind for hook, kind in _HOOKS.items() if hook in found
        )
        return cls(name, kinds, manager)

    def offer(self, kind: Kind) -> Offer[Any]:
        """Call the hook of a kind and return what it hands over.

        Raises:
            PluginError: If it has no such hook, or the hook raises, or hands over what
                cannot be used.
        """
        if kind not in self.kinds:
            raise self._of_another_kind(kind)
        with explained(f"plugin {self.name!r} fails in {NAME}_{kind}", hint=None):
            offer: object = getattr(self.manager.hook, f"{NAME}_{kind}")()
        return _checked(offer, f"plugin {self.name!r}: {NAME}_{kind}")

    def _of_another_kind(self, kind: Kind) -> PluginError:
        if not self.kinds:
            message = f"plugin {self.name!r} offers nothing"
            return PluginError(message, hint=f"it has to implement {NAME}_{kind}")
        words = " and ".join(_IN_WORDS[other][0] for other in self.kinds)
        places = " or ".join(_IN_WORDS[other][1] for other in self.kinds)
        message = f"plugin {self.name!r} is {words}, not {_IN_WORDS[kind][0]}"
        return PluginError(message, hint=f"name it under {places}")


@contextmanager
def explained(what: str, hint: str | None) -> Generator[None, None, None]:
    """Turn whatever a plugin's code raises, `SystemExit` too, into a `PluginError`.

    Args:
        what: Begins the message: `plugin 'parrot' does not load`.
        hint: What to do about it.
    """
    try:
        yield
    except (KeyboardInterrupt, PluginError):
        raise  # a plugin that knows better what is wrong with it says so itself
    except BaseException as error:
        lines = str(error).strip().splitlines()
        said = f": {lines[0]}" if lines else ""
        message = f"{what}: {type(error).__name__}{said}"
        raise PluginError(message, hint=hint) from error


def _is_unmarked(plugin: object, hook: str) -> bool:
    function = getattr(plugin, hook, None)
    return isfunction(function) and not hasattr(function, f"{NAME}_impl")


def _hooks_of(plugin: object, name: str, manager: pluggy.PluginManager) -> set[str]:
    callers = manager.get_hookcallers(plugin) or []
    found = {caller.name for caller in callers}
    unknown = sorted(
        caller.name
        for caller in callers
        if caller.name not in _HOOKS
        and not all(impl.optionalhook for impl in caller.get_hookimpls())
    )
    if unknown:
        message = f"plugin {name!r} implements an unknown hook {unknown[0]!r}"
        near = get_close_matches(unknown[0], _HOOKS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"hooks: {', '.join(_HOOKS)}"
        raise PluginError(message, hint=hint)
    return found


def _checked(offer: object, what: str) -> Offer[Any]:
    hint = "return an Offer(settings, make)"
    if iscoroutine(offer):
        offer.close()  # or Python warns that it was never awaited
        message = f"{what} is an async function"
        raise PluginError(message, hint="hooks are synchronous")
    if not isinstance(offer, Offer):
        message = f"{what} returned {offer!r}, not an Offer"
        raise PluginError(message, hint=hint)
    checked: Offer[Any] = offer  # pyright: ignore[reportUnknownVariableType] - Any
    if not _is_settings(checked.settings):
        message = f"{what} offers settings that are no Settings: {checked.settings!r}"
        base = "derive the model from realtime_run.plugin.settings.Settings"
        raise PluginError(message, hint=base)
    if not callable(checked.make):
        message = f"{what} offers a factory that cannot be called: {checked.make!r}"
        raise PluginError(message, hint=hint)
    return checked


def _is_settings(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, Settings)
