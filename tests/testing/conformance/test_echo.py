"""The echo passes the conformance suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from realtime_run.builtin.echo_provider import Echo
from realtime_run.builtin.settings import EchoSettings
from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject

NO_NETWORK = "it runs in this process: there is no connection to lose or refuse"
EXACT = "it never sends too late, and takes nothing for speech that was none"
TONE = Pcm((b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 1500, 16_000)


@asynccontextmanager
async def echo(scene: Scene) -> AsyncIterator[Provider]:
    # An echo is as long as what it answers, and comes as fast as it is taken.
    yield Echo(EchoSettings())


@pytest.fixture
def subject() -> Subject:
    network = (
        Scene.DROP,
        Scene.CLOSE,
        Scene.STALL,
        Scene.RECALL,
        Scene.EXPIRY,
        Scene.REFUSED,
        Scene.UNAUTHORISED,
        Scene.GARBAGE,
    )
    return Subject(
        name="echo",
        stage=echo,
        speech=TONE,
        excuses=dict.fromkeys(network, NO_NETWORK)
        | dict.fromkeys((Scene.LATE_AUDIO, Scene.FALSE_ALARM), EXACT),
    )
