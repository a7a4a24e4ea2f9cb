"""A plugin's provider that leads to a simulator of the same plugin."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from realtime_run.plugin.provider_api import Provider
from realtime_run.plugin.settings import Settings
from realtime_run.plugin.threads import run_in_thread

if TYPE_CHECKING:
    from realtime_run.plugin.hooks import Offer, SimulatorOffer
    from realtime_run.plugin.simulation import Simulator

Via: TypeAlias = Callable[[str], AbstractAsyncContextManager[str]]
"""Puts something between a provider and a simulator: given the URL of the latter,
gives the one that the provider is to use."""


class Plugin(Protocol):
    """What an entry point of a plugin with a simulator names: a module with hooks."""

    def realtime_run_provider(self) -> "Offer[Provider]":
        """Offer the provider."""
        ...

    def realtime_run_simulator(self) -> "SimulatorOffer[Simulator]":
        """Offer the simulator."""
        ...


@asynccontextmanager
async def directly(url: str) -> AsyncGenerator[str]:
    """Put nothing between a provider and a simulator."""
    yield url


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """How a plugin's simulator and its provider are to be."""

    plugin: Plugin
    folder: Path
    """Where the script is written."""
    script: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the simulated model hears, calls and says; empty: something plausible."""
    simulator: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What `realtime-run simulate` takes with `--set`."""
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What stands beside `use:` in a spec, the address aside."""
    via: Via = directly

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Provider]:
        """Serve the simulator, and give a provider that leads to it."""
        offer = self.plugin.realtime_run_simulator()
        settings = await run_in_thread(self._settings, offer.settings)
        async with offer.make(settings).open(None) as url, self.via(url) as at:
            yield await run_in_thread(self.provider_at, at)

    def provider_at(self, url: str) -> Provider:
        """Return a provider that leads to the simulator at a URL."""
        offer = self.plugin.realtime_run_provider()
        reach = self.plugin.realtime_run_simulator().reach
        given = {**reach(url), **self.provider}
        return offer.make(offer.settings.model_validate(given))

    def _settings(self, model: type[Settings]) -> Settings:
        given = dict(self.simulator)
        if self.script:
            script = self.folder / "script.yaml"
            script.write_text(json.dumps(self.script), encoding="utf-8")
            given["script"] = str(script)
        return model.model_validate(given)
