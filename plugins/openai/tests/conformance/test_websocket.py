"""OpenAI Realtime over a WebSocket passes the conformance suite of all providers."""

from typing import Any

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject


@pytest.fixture
def subject(staging: Any, speech: Pcm, key: str) -> Subject:
    return Subject(
        name="openai",
        stage=staging("websocket"),
        speech=speech,
        secrets=frozenset({key}),
        excuses={Scene.FALSE_ALARM: "the server never takes an interruption back"},
    )
