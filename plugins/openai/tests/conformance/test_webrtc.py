"""OpenAI Realtime over WebRTC passes the conformance suite of all providers."""

from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject

REAL_TIME = "over WebRTC, sound comes no faster than it is spoken"
LONG = "the table takes long in real time: one row is tried here, all by WebSocket"
SILENT = "it takes ten seconds of silence to be sure that a call was cut"
STILL = "a call whose sound goes on is alive, though no message comes"

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def subject(staging: Any, speech: Pcm, key: str) -> Subject:
    return Subject(
        name="openai",
        stage=staging("webrtc"),
        speech=speech,
        secrets=frozenset({key}),
        patience_s=14.0,
        pace_s=0.02,
        untried=dict.fromkeys(("eager", "guarded", "off"), LONG),
        excuses={
            Scene.FALSE_ALARM: "the server never takes an interruption back",
            Scene.FAST: REAL_TIME,
            Scene.DROP: SILENT,
            Scene.STALL: STILL,
        },
    )
