"""Whole conversations with the simulator."""

from pathlib import Path

import pytest

from realtime_run.testing.simulated.conversing import Conversing
from realtime_run.testing.simulated.tap import Tap
from realtime_run_qwen import plugin


@pytest.fixture
def tap() -> Tap:
    """What a conversation may be had `via`."""
    return Tap()


@pytest.fixture
def conversing(tmp_path: Path) -> Conversing:
    """Hold a conversation; at its end, every rule of events is checked."""
    return Conversing(
        name="qwen", plugin=plugin, folder=tmp_path, key="key-of-these-tests"
    )
