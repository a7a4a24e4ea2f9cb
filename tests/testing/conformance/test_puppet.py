"""The puppet passes every test of the suite, and none of them is skipped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject
from realtime_run.testing.puppet import Puppet


@asynccontextmanager
async def stage(scene: Scene) -> AsyncIterator[Provider]:
    yield Puppet(scene)


@pytest.fixture
def subject() -> Subject:
    speech = Pcm(b"\x00\x20" * 16_000, 16_000)
    return Subject(name="puppet", stage=stage, speech=speech)
