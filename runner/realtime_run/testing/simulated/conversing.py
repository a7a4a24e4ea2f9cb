"""Whole conversations with a plugin's simulator, each judged at its end."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance.performance import talking
from realtime_run.testing.conformance.scenes import Scene
from realtime_run.testing.conformance.subject import Subject
from realtime_run.testing.conformance.talk import Options, Talk
from realtime_run.testing.simulated.server import Plugin, Simulated, Via, directly
from realtime_run.testing.simulated.staging import SPEECH
from realtime_run.testing.sound import HandMicrophone


@dataclass(frozen=True, kw_only=True)
class Held:
    """How a conversation is to be."""

    turns: Sequence[Mapping[str, Any]] = ()
    """Of the simulated model's script."""
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    faulty_connections: int | None = None
    """How many of the first connections the faults concern; None: all."""
    speed: float = 10.0
    simulator: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else `realtime-run simulate` takes with `--set`."""
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What stands beside `use:`."""
    via: Via = directly
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, kw_only=True)
class Conversing:
    """Holds conversations with one plugin: what a fixture gives.

    Called with the fields of `Held`, it gives a conversation that is connected; at its
    end, every rule of events is checked.
    """

    name: str
    """As a spec names the plugin."""
    plugin: Plugin
    folder: Path
    """Where scripts are written."""
    key: str
    """The API key, which no event may show."""
    input_hz: int = 16_000
    """The microphone's rate."""
    always: Held = field(default_factory=Held)
    """What every conversation is like, unless it says otherwise."""

    @asynccontextmanager
    async def __call__(self, **asked: Any) -> AsyncGenerator[Talk]:
        """Hold a conversation."""
        held = replace(self.always, **asked)

        @asynccontextmanager
        async def stage(_: Scene) -> AsyncGenerator[Provider]:
            async with self._simulated(held).open() as provider:
                yield provider

        subject = Subject(
            name=self.name,
            stage=stage,
            speech=SPEECH,
            secrets=frozenset({self.key}),
            patience_s=9.0,
        )
        async with talking(subject, Scene.PLAIN, held.options) as talk:
            talk.audio.microphone = microphone = HandMicrophone(self.input_hz)
            microphone.patient = True
            await talk.realtime.connect()
            yield talk

    def _simulated(self, held: Held) -> Simulated:
        return Simulated(
            plugin=self.plugin,
            folder=self.folder,
            script={"turns": list(held.turns)},
            simulator={
                "speed": held.speed,
                "latency": "0s",
                "faults": held.faults,
                "faulty_connections": held.faulty_connections,
                **held.simulator,
            },
            provider={"api_key": self.key, **held.provider},
            via=held.via,
        )
