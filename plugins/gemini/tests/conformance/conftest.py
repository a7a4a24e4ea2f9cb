"""The scenes of the conformance suite, played by the simulator."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.simulated.staging import FAULTS, SPEECH, Staging
from realtime_run_gemini import plugin

KEY = "key-of-conformance"
SCENES = {**FAULTS, Scene.EXPIRY: {"go_away": "30"}}


@pytest.fixture
def subject_of(tmp_path: Path, closed_port: int) -> Callable[..., Subject]:
    """Describe Gemini to the suite, as a server with these faults in every scene."""

    def describe(**always: str) -> Subject:
        staging = Staging(
            plugin=plugin,
            folder=tmp_path,
            closed_port=closed_port,
            cut_after=b'"turnComplete"',
            provider={"api_key": KEY},
            faults={scene: {**SCENES.get(scene, {}), **always} for scene in Scene},
        )
        return Subject(
            name="gemini",
            stage=staging.stage,
            speech=SPEECH,
            secrets=frozenset({KEY}),
            excuses={Scene.FALSE_ALARM: "the server never takes an interruption back"},
        )

    return describe
