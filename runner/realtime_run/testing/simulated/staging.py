"""The scenes of the conformance suite, played by a plugin's simulator."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.plugin.threads import run_in_thread
from realtime_run.testing.conformance.scenes import Scene
from realtime_run.testing.simulated.cable import cable
from realtime_run.testing.simulated.server import Plugin, Simulated, directly

SPEECH = Pcm((b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1000, 16_000)
"""A second that simulators take for speech."""
_ADD = {"name": "add", "arguments": {"a": 2, "b": 3}}
_ADD_AGAIN = {"name": "add", "arguments": {"a": 4, "b": 5}}
_OKAY = {"say": "Okay."}
_STORY = {"when": "*long story*", "say": "Once upon a time there was a ship. " * 2}
_NAME = {"when": "*What is my name*", "say": "You said: {before}"}
_TURNS: Mapping[Scene, list[dict[str, Any]]] = {
    Scene.TOOL: [{"when": "Add*", "calls": [_ADD], "say": "It is {results}."}],
    Scene.TWO_TOOLS: [
        {"when": "Add*", "calls": [_ADD, _ADD_AGAIN], "say": "They are {results}."}
    ],
    Scene.MEMORY: [_NAME],
    Scene.RECALL: [_NAME],
}
_SPEEDS = {Scene.FAST: 50.0, Scene.STEADY: 1.0}
_BROKEN = (Scene.DROP, Scene.RECALL, Scene.STALL)
FAULTS: dict[Scene, Mapping[str, str]] = {
    Scene.CLOSE: {"close": "1000@1"},
    Scene.EXPIRY: {"expire": "30"},
    Scene.GARBAGE: {"garbage": "", "unknown_event": ""},
    Scene.LATE_AUDIO: {"late_deltas": "3"},
    Scene.UNAUTHORISED: {"handshake": "401"},
}
"""What goes wrong in a scene, in the words of most simulators."""
OF_THE_FIRST = frozenset({Scene.CLOSE, Scene.EXPIRY})
"""Scenes in which the first connection only is not as PLAIN."""


@dataclass(frozen=True, kw_only=True)
class Staging:
    """Stages scenes with one plugin: `Subject.stage`."""

    plugin: Plugin
    folder: Path
    """Where the scripts are written."""
    closed_port: int
    """At which nobody listens."""
    cut_after: bytes | None
    """What the message holds that ends an answer: after it the connection breaks that
    a scene says breaks. None: it is no WebSocket, and `faults` break it."""
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    simulator: Mapping[str, Any] = field(default_factory=dict[str, Any])
    faults: Mapping[Scene, Mapping[str, str]] = field(default_factory=lambda: FAULTS)
    of_the_first: frozenset[Scene] = OF_THE_FIRST
    """Scenes whose faults concern the first connection only."""

    @asynccontextmanager
    async def stage(self, scene: Scene) -> AsyncGenerator[Provider]:
        """Play a scene, and give a provider that leads there."""
        simulated = self._simulated(scene)
        if scene is Scene.REFUSED:
            url = f"http://127.0.0.1:{self.closed_port}"
            yield await run_in_thread(simulated.provider_at, url)
            return
        async with simulated.open() as provider:
            yield provider

    def _simulated(self, scene: Scene) -> Simulated:
        turns = [*_TURNS.get(scene, []), _STORY, _OKAY]
        greeting = _STORY["say"] if scene is Scene.LONG else "{instructions}"
        simulated = Simulated(
            plugin=self.plugin,
            folder=self.folder,
            provider=self.provider,
            script={"greeting": greeting, "turns": turns, "repeat": True},
            simulator={
                "speed": _SPEEDS.get(scene, 10.0),
                "latency": "0s",
                "faults": self.faults.get(scene, {}),
                "faulty_connections": 1 if scene in self.of_the_first else None,
                **self.simulator,
            },
            via=directly,
        )
        if self.cut_after is None or scene not in _BROKEN:
            return simulated
        dead = scene is Scene.STALL
        return replace(simulated, via=partial(cable, after=self.cut_after, dead=dead))
