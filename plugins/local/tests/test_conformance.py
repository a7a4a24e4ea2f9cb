"""The local pipeline passes the conformance suite of all providers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from realtime_run.core.pcm import Pcm
from realtime_run.plugin.provider_api import Provider
from realtime_run.testing.conformance import *  # noqa: F403 - the tests
from realtime_run.testing.conformance import Scene, Subject
from realtime_run_local.provider import LocalProvider
from realtime_run_local.settings import LocalSettings

NO_NETWORK = "it runs in this process: there is no connection to lose or refuse"
FAST = "it speaks as fast as it is listened to"
STORY = {"when": "/long story/", "say": "This is one of many sentences. " * 7}
ADD = {
    "when": "/add 2 and 3/",
    "tool": "add",
    "arguments": {"a": 2, "b": 3},
    "say": "It is {result}.",
    "say_on_failure": "I cannot add.",
}

pytestmark = pytest.mark.timeout(30)


@asynccontextmanager
async def local(scene: Scene) -> AsyncIterator[Provider]:
    brain = {
        "use": "rules",
        "built_in": False,
        "otherwise": "Okay.",
        "replies": [ADD if scene is Scene.TOOL else STORY],
    }
    voice = {"use": "espeak", "rate": 450}
    given = {"brain": brain, "text_to_speech": voice}
    yield LocalProvider(LocalSettings.model_validate(given))


@pytest.fixture
def subject(recording: Callable[[str], Pcm]) -> Subject:
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
        name="local",
        stage=local,
        speech=recording("five_five.wav"),
        excuses=dict.fromkeys(network, NO_NETWORK)
        | {
            Scene.STEADY: FAST,
            Scene.LATE_AUDIO: "it never sends sound of what was interrupted",
            Scene.FALSE_ALARM: "it never takes an interruption back",
            Scene.TWO_TOOLS: "a rule calls one tool",
        },
        patience_s=20.0,  # each connection loads models: seconds, on a busy machine
        stall_s=1.0,  # pocketsphinx holds the interpreter while it loads its model
    )
