"""Qwen Omni Realtime passes the conformance suite of all providers."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from realtime_run.core.capabilities import Capabilities
from realtime_run.plugin.provider_api import Connection, Opening, Provider
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.simulated.staging import SPEECH, Staging
from realtime_run_qwen import plugin

KEY = "sk-conformance"


class ShortLived:
    """Qwen whose sessions last 30 seconds: nothing announces the end of two hours."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._provider.capabilities, max_session_s=30.0)

    def connect(self, opening: Opening) -> AbstractAsyncContextManager[Connection]:
        return self._provider.connect(opening)


@pytest.fixture
def subject(tmp_path: Path, closed_port: int) -> Subject:
    staging = Staging(
        plugin=plugin,
        folder=tmp_path,
        closed_port=closed_port,
        cut_after=b'"response.done"',
        provider={"api_key": KEY},
    )

    @asynccontextmanager
    async def stage(scene: Scene) -> AsyncGenerator[Provider]:
        async with staging.stage(scene) as provider:
            yield ShortLived(provider) if scene is Scene.EXPIRY else provider

    return Subject(
        name="qwen",
        stage=stage,
        speech=SPEECH,
        secrets=frozenset({KEY}),
        excuses={Scene.FALSE_ALARM: "the server never takes an interruption back"},
    )
