"""The table holds for a provider that interrupts itself and cannot be told not to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import (
    Scene,
    Subject,
    anyio_backend,
    test_each_sound_does_to_the_agent_what_barge_in_says,
)
from realtime_run.testing.puppet import EVERYTHING, Puppet

__all__ = ["anyio_backend", "test_each_sound_does_to_the_agent_what_barge_in_says"]

WILFUL = replace(
    EVERYTHING,
    manual_responses=False,
    manual_turns=False,
    response_instructions=False,
    can_disable_interrupt=False,
)
NATIVE = "it is native wherever a provider interrupts itself"


@asynccontextmanager
async def stage(scene: Scene) -> AsyncIterator[Provider]:
    yield Puppet(scene, WILFUL)


@pytest.fixture
def subject() -> Subject:
    return Subject(
        name="puppet",
        stage=stage,
        speech=Pcm(b"\x00\x20" * 16_000, 16_000),
        untried={"eager": NATIVE},
    )
