"""The hooks a plugin may implement.

Hooks are synchronous, called while a spec is loaded, and hand over a settings model and
a factory. Whatever opens files or awaits lives in the objects the factory makes, and
what those need is best imported by the factory: it is not called to check a spec. A
plugin is a module named by an entry point:

    [project.entry-points.realtime_run]
    parrot = "realtime_run_parrot.plugin"

The entry point's name is the name in the spec: `provider: parrot`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import pluggy

from realtime_run.plugin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_run.plugin.api import AudioEdge, Handler, Provider, Tool, VideoSource
    from realtime_run.plugin.simulation import Simulator, Speech
    from realtime_run.plugin.sound_devices import SoundDevices
    from realtime_run.plugin.voice import Vad

NAME = "realtime_run"

hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)

MadeT = TypeVar("MadeT")


@dataclass(frozen=True, slots=True)
class Offer(Generic[MadeT]):
    """What a hook hands over."""

    settings: type[Settings]
    """The strict model of what stands beside `use:`; its fields appear in errors."""
    make: Callable[..., MadeT]
    """Called with one `settings` object, once per use in the spec, when the spec is run
    and not when it is validated. No side effects: the object opens things later."""


@dataclass(frozen=True, slots=True)
class SimulatorOffer(Offer[MadeT]):
    """What a hook hands over for a simulator."""

    reach: "Callable[[str], Mapping[str, object]]"
    """Given the simulator's URL, returns the provider settings that lead a spec to it:
    `{"base_url": url, "api_key": "sk-simulator"}`."""


@hookspec(firstresult=True)
def realtime_run_provider() -> "Offer[Provider] | None":
    """Offer the provider that `provider: NAME` names.

    Called once per load, and only if the spec names this plugin.
    """


@hookspec(firstresult=True)
def realtime_run_audio() -> "Offer[AudioEdge] | None":
    """Offer the place where the user is heard and hears: `audio: NAME`.

    Called once per load, and only if the spec names this plugin.
    """


@hookspec(firstresult=True)
def realtime_run_video() -> "Offer[VideoSource] | None":
    """Offer a source of pictures: `video: NAME`.

    Called once per load, and only if the spec names this plugin.
    """


@hookspec(firstresult=True)
def realtime_run_handler() -> "Offer[Handler] | None":
    """Offer a handler that an entry of `handlers:` names.

    Called once per load, and only if the spec names this plugin.
    """


@hookspec(firstresult=True)
def realtime_run_tools() -> "Offer[Sequence[Tool]] | None":
    """Offer the tools that an entry of `tools:` names.

    Called once per load, and only if the spec names this plugin.
    """


@hookspec(firstresult=True)
def realtime_run_simulator() -> "SimulatorOffer[Simulator] | None":
    """Offer a server on this machine that behaves as the provider of this name does.

    Its settings derive from `realtime_run.plugin.simulation.SimulatorSettings`. Called
    only for `realtime-run simulate NAME` and `--simulate`.
    """


@hookspec(firstresult=True)
def realtime_run_speech() -> "Offer[Speech] | None":
    """Offer a voice for simulators to speak with.

    Called only for `realtime-run simulate` and `--simulate`.
    """


@hookspec(firstresult=True)
def realtime_run_vad() -> "Offer[Vad] | None":
    """Offer a detector of speech: `vad: NAME`.

    Called once per load, and only if the spec names this plugin, or leaves the choice.

    Raises:
        PluginError: If what it needs is not installed, which it must tell without
            importing it. The hint says what to install; a spec that leaves the choice
            gets another detector.
    """


@hookspec(firstresult=True)
def realtime_run_devices() -> "Offer[SoundDevices] | None":
    """Offer to list and test the sound devices of this machine.

    Called only for `realtime-run devices`.
    """
