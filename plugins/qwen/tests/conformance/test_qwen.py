"""Qwen Omni Realtime passes the conformance suite of all providers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.simulated.staging import SPEECH, Staging
from realtime_run_qwen import plugin

KEY = "sk-conformance"
SHORT = {"api_key": KEY, "max_session": "30s"}
"""Nothing announces the end of a session: it is known beforehand."""


@pytest.fixture
def subject(tmp_path: Path, closed_port: int) -> Subject:
    staging = Staging(
        plugin=plugin,
        folder=tmp_path,
        closed_port=closed_port,
        cut_after=b'"response.done"',
        provider={"api_key": KEY},
    )
    short = replace(staging, provider=SHORT)

    @asynccontextmanager
    async def stage(scene: Scene) -> AsyncGenerator[Provider]:
        staged = short if scene is Scene.EXPIRY else staging
        async with staged.stage(scene) as provider:
            yield provider

    return Subject(
        name="qwen",
        stage=stage,
        speech=SPEECH,
        secrets=frozenset({KEY}),
        excuses={Scene.FALSE_ALARM: "the server never takes an interruption back"},
    )
