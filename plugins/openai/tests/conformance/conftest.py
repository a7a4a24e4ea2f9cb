"""The scenes of the conformance suite, played by the simulator."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import Scene
from realtime_run.testing.simulated.staging import (
    FAULTS,
    OF_THE_FIRST,
    SPEECH,
    Staging,
)
from realtime_run_openai import plugin

KEY = "sk-conformance"
CALL_FAULTS = {Scene.RECALL: {"close": "1011@1"}}
"""A call has no socket to cut: the server leaves it."""
Transport = Literal["websocket", "webrtc"]
Stage = Callable[[Scene], AbstractAsyncContextManager[Provider]]


@pytest.fixture
def speech() -> Pcm:
    return SPEECH


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def staging(tmp_path: Path, closed_port: int) -> Callable[[Transport], Stage]:
    def over(transport: Transport) -> Stage:
        calls = transport == "webrtc"
        return Staging(
            plugin=plugin,
            folder=tmp_path,
            closed_port=closed_port,
            cut_after=None if calls else b'"response.done"',
            provider={"api_key": KEY, "transport": transport},
            simulator={"transport": transport},
            faults=FAULTS | CALL_FAULTS if calls else FAULTS,
            of_the_first=OF_THE_FIRST | CALL_FAULTS.keys() if calls else OF_THE_FIRST,
        ).stage

    return over
