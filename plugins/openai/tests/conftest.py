"""Whole conversations with the simulator, over any transport."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from realtime_run.testing.conformance.talk import Talk
from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.tap import Tap
from realtime_run_openai import plugin


@pytest.fixture
def tap() -> Tap:
    """What a conversation over a WebSocket may be had `via`."""
    return Tap()


@pytest.fixture
def conversing(
    tmp_path: Path,
) -> Callable[..., AbstractAsyncContextManager[Talk]]:
    """Hold a conversation; at its end, every rule of events is checked."""

    def converse(transport: str, **asked: Any) -> AbstractAsyncContextManager[Talk]:
        hold = Conversing(
            name="openai",
            plugin=plugin,
            folder=tmp_path,
            key="key-of-these-tests",
            input_hz=asked.pop("input_hz", 16_000),
        )
        provider = {"transport": transport, **asked.pop("provider", {})}
        return hold(provider=provider, **asked)

    return converse
