"""Makes what a spec's uses name: nothing is opened."""

from collections.abc import Callable
from typing import TypeVar

from realtime_run.core.errors import PluginError, RealtimeRunError, SpecError
from realtime_run.plugin.api import AdaptsToAudio, AudioEdge, Provider
from realtime_run.plugin.hooks import Offer
from realtime_run.plugin.host import Host
from realtime_run.plugin.voice import Vad
from realtime_run.spec.model import AUTO, AgentSpec, Use

T = TypeVar("T")

BEST_VAD = "silero"
"""What `vad: auto` takes where it is installed."""
BUILT_IN_VAD = "energy"
"""What it takes else."""


def made(offer: Callable[[], Offer[T]], use: Use) -> T:
    """Return what a plugin makes of a use.

    Args:
        offer: Finds the plugin's offer.
        use: Its settings, and its place in the spec.

    Raises:
        SpecError: If the plugin cannot make it; names the place.
    """
    return _guarded(lambda: offer().make(use.settings), use)


def provider_and_audio(spec: AgentSpec, host: Host) -> tuple[Provider, AudioEdge]:
    """Return the provider, as it works with the spec's audio, and that audio.

    Raises:
        SpecError: If a plugin cannot make one of them.
    """
    provider = made(lambda: host.offer("provider", spec.provider.use), spec.provider)
    audio = made(lambda: host.offer("audio", spec.audio.use), spec.audio)
    if isinstance(provider, AdaptsToAudio):
        provider = provider.adapted(live=audio.live)
    return provider, audio


def vad_name(use: Use, host: Host) -> str:
    """Return the plugin that hears where the user speaks.

    For `auto`, a plugin that does not load, or whose library is missing, counts as not
    installed.
    """
    if use.use != AUTO:
        return use.use
    try:
        host.offer("vad", BEST_VAD)
    except PluginError:
        return BUILT_IN_VAD
    return BEST_VAD


def vad_of(use: Use, host: Host) -> Vad:
    """Return what hears where the user speaks.

    Raises:
        SpecError: If its plugin cannot make one.
    """
    if use.use != AUTO:
        return made(lambda: host.offer("vad", use.use), use)

    def make() -> Vad:
        offer = host.offer("vad", vad_name(use, host))
        return offer.make(offer.settings())

    return _guarded(make, use)


def _guarded(make: Callable[[], T], use: Use) -> T:
    try:
        return make()
    except RealtimeRunError as error:
        raise SpecError([use.problem(str(error))]) from error
    except Exception as error:
        # A plugin's code: its traceback is for its author, the place for the user.
        message = f"plugin {use.use!r} failed: {type(error).__name__}: {error}"
        raise SpecError([use.problem(message)]) from error
